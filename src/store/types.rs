//! One set of SQL types over both databases: each keeps its native type (uuid or BLOB, timestamptz or
//! INTEGER, text), and rows are read straight into ids, instants and words. What is written goes through
//! [`id`], [`at`] and [`bytes`]; words through [`word`](super::prepared::word).

use std::io::Write;

use countersign_protocol::{
    AdminTokenId, BatchId, Bytes, DeviceId, EnrolmentTokenId, Entry, EventId, GrantId, Instant,
    LoginId, MspId, Nonce, RecoveryCodeId, RecoveryId, ReplacementId, SecretId, SessionId,
    StateChangeId, TechnicianId, TenantId, TicketId, WebhookId, WorkstationId,
    wire::{
        LoginState, Status, accounts::AccountMode, admin::AdminRole, desktop::Outcome,
        sessions::Trust, webhooks::WebhookState,
    },
};
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, Queryable},
    expression::AsExpression,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{BigInt, Binary, SqlType, Text},
    sqlite::Sqlite,
};
use uuid::Uuid;

use super::{offline::SecretKind, states::AccountState};

/// An id: `uuid` on PostgreSQL, a 16-byte BLOB on SQLite.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
pub struct Id;

/// An instant: `timestamptz` on PostgreSQL, Unix milliseconds on SQLite.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Long"))]
pub struct Moment;

/// A word of a closed set, as text.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 25, array_oid = 1009), sqlite_type(name = "Text"))]
pub struct Word;

/// 32 bytes.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 17, array_oid = 1001), sqlite_type(name = "Binary"))]
pub struct Bytes32;

/// PostgreSQL counts microseconds since 2000-01-01 (its manual, section 8.5).
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// An id on its way to the database.
#[derive(Debug, Clone, Copy, AsExpression)]
#[diesel(sql_type = Id)]
pub struct WrittenId(Uuid);

/// An instant on its way to the database.
#[derive(Debug, Clone, Copy, AsExpression)]
#[diesel(sql_type = Moment)]
pub struct WrittenInstant(Instant);

/// 32 bytes on their way to the database.
#[derive(Debug, Clone, Copy, AsExpression)]
#[diesel(sql_type = Bytes32)]
pub struct WrittenBytes([u8; 32]);

/// An id, to compare with or to store.
pub(super) fn id(id: impl Into<Uuid>) -> WrittenId {
    WrittenId(id.into())
}

/// An instant, to compare with or to store.
pub(super) fn at(instant: Instant) -> WrittenInstant {
    WrittenInstant(instant)
}

/// 32 bytes, to compare with or to store.
pub(super) fn bytes(nonce: Nonce) -> WrittenBytes {
    raw(nonce.0)
}

/// 32 bytes, to compare with or to store.
pub(super) fn raw(bytes: [u8; 32]) -> WrittenBytes {
    WrittenBytes(bytes)
}

impl ToSql<Id, Pg> for WrittenId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Id, Sqlite> for WrittenId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl ToSql<Moment, Pg> for WrittenInstant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let micros = self.0.unix_millis() * 1000 - POSTGRES_EPOCH_MICROS;
        out.write_all(&micros.to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Moment, Sqlite> for WrittenInstant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.unix_millis());
        Ok(IsNull::No)
    }
}

impl ToSql<Bytes32, Pg> for WrittenBytes {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&self.0)?;
        Ok(IsNull::No)
    }
}

impl ToSql<Bytes32, Sqlite> for WrittenBytes {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_slice());
        Ok(IsNull::No)
    }
}

macro_rules! readable {
    ($sql:ty: $($rust:ty),+) => {$(
        impl<DB> Queryable<$sql, DB> for $rust
        where
            DB: Backend,
            Self: FromSql<$sql, DB>,
        {
            type Row = Self;
            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
    )+};
}

macro_rules! ids {
    ($($id:ty),+) => {$(
        readable!(Id: $id);
        impl FromSql<Id, Pg> for $id {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Ok(Uuid::from_slice(value.as_bytes())?.into())
            }
        }
        impl FromSql<Id, Sqlite> for $id {
            fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
                Ok(Uuid::from_slice(&bytes)?.into())
            }
        }
    )+};
}

ids!(
    Uuid,
    AdminTokenId,
    BatchId,
    DeviceId,
    EnrolmentTokenId,
    EventId,
    GrantId,
    LoginId,
    MspId,
    RecoveryCodeId,
    RecoveryId,
    ReplacementId,
    SecretId,
    SessionId,
    StateChangeId,
    TechnicianId,
    TenantId,
    TicketId,
    WebhookId,
    WorkstationId
);

readable!(Moment: Instant);

impl FromSql<Moment, Pg> for Instant {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = i64::from_be_bytes(value.as_bytes().try_into()?);
        Ok(Self::from_unix_millis((micros + POSTGRES_EPOCH_MICROS).div_euclid(1000)))
    }
}

impl FromSql<Moment, Sqlite> for Instant {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, Sqlite>>::from_sql(value).map(Self::from_unix_millis)
    }
}

readable!(Bytes32: Nonce);

impl FromSql<Bytes32, Pg> for Nonce {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Bytes(value.as_bytes().try_into()?))
    }
}

impl FromSql<Bytes32, Sqlite> for Nonce {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        Ok(Bytes(bytes.as_slice().try_into()?))
    }
}

/// What a column of words holds.
pub(super) trait AsWord: Copy {
    /// The word.
    fn as_word(self) -> &'static str;
}

macro_rules! words {
    ($($word:ty: $($variant:ident),+;)+) => {$(
        readable!(Word: $word);
        impl AsWord for $word {
            fn as_word(self) -> &'static str {
                self.as_str()
            }
        }
        impl FromSql<Word, Pg> for $word {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                parse_word(std::str::from_utf8(value.as_bytes())?, &[$(Self::$variant),+])
            }
        }
        impl FromSql<Word, Sqlite> for $word {
            fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
                let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
                parse_word(&text, &[$(Self::$variant),+])
            }
        }
    )+};
}

words! {
    AdminRole: Admin, Auditor;
    Status: Pending, Active, Suspended, Quarantined, Retired;
    LoginState: Pending, Approved, Denied, Expired, Cancelled, Superseded;
    Entry: Push, Qr;
    AccountMode: Named, Shared;
    AccountState: Present, Removing, Removed;
    SecretKind: Named, Shared, Root;
    WebhookState: Active, Paused, Gone, Removed;
    Trust: Approved, Claimed, ShownByCode, Confirmed, Recovered;
    Outcome: Mistake, Fraud, WrongCode, WrongClaims, Withdrawn, Suspended, NotTaken;
}

fn parse_word<T: AsWord>(text: &str, all: &[T]) -> deserialize::Result<T> {
    all.iter()
        .find(|one| one.as_word() == text)
        .copied()
        .ok_or_else(|| format!("{text:?} is not a word of this column").into())
}

/// A JSON document in a text column.
pub(super) fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, super::StoreError> {
    serde_json::from_str(text).map_err(|error| {
        super::StoreError::Corrupt(format!("a JSON column does not parse: {error}"))
    })
}

/// The text of a JSON document.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, super::StoreError> {
    serde_json::to_string(value).map_err(|error| {
        super::StoreError::Corrupt(format!("a value does not become JSON: {error}"))
    })
}
