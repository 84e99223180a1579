//! Every sealed value of the database, to be sealed anew: read in pages, written only where it is still what was read.
//! A value's second byte is the id of the key that it is sealed under.

use countersign_protocol::{Instant, MspId};
use diesel::{
    define_sql_function,
    prelude::*,
    sql_types::{BigInt, Binary, Integer},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{
    Conn, Scope, Store, StoreError,
    conn::on,
    prepared::Prepared,
    schema::{
        audit_origins, audit_webhooks, offline_secrets, recovery_codes, signing_keys, vendor_tokens,
    },
    types::{Id, id},
};
use crate::domain::SealedTable;

/// A sealed value, and the place that it was sealed for.
#[derive(Clone, Debug)]
pub struct SealedRow {
    key: Key,
    msp: MspId,
    /// The version of its place.
    pub version: i64,
    /// The value.
    pub sealed: Vec<u8>,
}

/// What a page goes on behind.
#[derive(Clone, Debug)]
enum Key {
    Id(Uuid),
    Name(String),
    Number(i32),
}

impl SealedRow {
    /// The row of its place.
    #[must_use]
    pub fn row(&self) -> &[u8] {
        match &self.key {
            Key::Id(id) => id.as_bytes(),
            Key::Name(name) => name.as_bytes(),
            Key::Number(_) => self.msp.as_bytes(),
        }
    }

    /// Its row as people look it up.
    #[must_use]
    pub fn called(&self) -> String {
        match &self.key {
            Key::Id(id) => id.to_string(),
            Key::Name(name) => name.clone(),
            Key::Number(number) => format!("{} {number}", self.msp),
        }
    }
}

define_sql_function! {
    /// Bytes `first` and on of a value, from 1. Both databases have it.
    fn substr(value: Binary, first: Integer, length: Integer) -> Binary;
}

macro_rules! page {
    ($conn:expr, $table:ident.$key:ident > $after:expr, $version:ident, $page:expr $(, $msp:expr)?) => {
        page!($conn, $table.$key > $after, $version; $table::sealed, $page $(, $msp)?)
    };
    ($conn:expr, $table:ident.$key:ident > $after:expr, $version:ident; $sealed:expr, $page:expr $(, $msp:expr)?) => {
        on!($conn, |c| $table::table
            $(.filter($table::msp.eq(id($msp))))?
            .filter(substr($sealed, 2, 1).ne(&$page.0[..]))
            // What was removed has no secret any more.
            .filter(substr($sealed, 2, 1).ne(&[] as &[u8]))
            .filter($table::$key.gt($after))
            .order($table::$key)
            .limit($page.1)
            .select(($table::$key, $table::$version, $sealed))
            .load(c))
    };
}

macro_rules! exchange {
    ($conn:expr, $table:ident.$key:ident = $this:expr, $row:expr, $new:expr $(, $msp:expr)?) => {
        exchange!($conn, $table.$key = $this; sealed, $row, $new $(, $msp)?)
    };
    ($conn:expr, $table:ident.$key:ident = $this:expr; $sealed:ident, $row:expr, $new:expr $(, $msp:expr)?) => {
        on!($conn, |c| Prepared(
            diesel::update(
                $table::table
                    $(.filter($table::msp.eq(id($msp))))?
                    .filter($table::$key.eq($this))
                    .filter($table::$sealed.eq(&$row.sealed))
            )
            .set($table::$sealed.eq($new))
        )
        .execute(c))
    };
}

/// The values of a table that are sealed under another key than `current`, in the order of their rows: at most `limit`
/// behind `after`. A table of the msps' is read within `msp`; of the installation's, `msp` is not heeded.
///
/// # Errors
/// If the database does not answer.
pub async fn page(
    store: &Store,
    (table, msp): (SealedTable, MspId),
    current: u8,
    after: Option<&SealedRow>,
    limit: i64,
) -> Result<Vec<SealedRow>, StoreError> {
    let mut conn = connected(store, (table, msp)).await?;
    let conn = &mut conn;
    let page = ([current], limit);
    let after = after.map(|row| &row.key);
    let behind = match after {
        Some(Key::Id(id)) => *id,
        _ => Uuid::nil(),
    };
    let name = match after {
        Some(Key::Name(name)) => name.as_str(),
        _ => "",
    };
    let number = match after {
        Some(Key::Number(number)) => *number,
        _ => 0,
    };
    let of = |key, version, sealed| SealedRow { key, msp, version, sealed };
    Ok(match table {
        SealedTable::SigningKeys => {
            let rows: Vec<(String, i32, Vec<u8>)> =
                page!(conn, signing_keys.kid > name, ordinal, page)?;
            rows.into_iter().map(|(kid, _, sealed)| of(Key::Name(kid), 1, sealed)).collect()
        }
        SealedTable::VendorTokens => {
            let rows: Vec<(String, Instant, Vec<u8>)> =
                page!(conn, vendor_tokens.name > name, made_at, page)?;
            let of =
                |(name, at, sealed): (_, Instant, _)| of(Key::Name(name), at.unix_millis(), sealed);
            rows.into_iter().map(of).collect()
        }
        SealedTable::AuditOrigins => {
            let rows: Vec<(i32, i32, Vec<u8>)> =
                page!(conn, audit_origins.generation > number, generation, page, msp)?;
            let of =
                |(key, version, sealed): (_, i32, _)| of(Key::Number(key), version.into(), sealed);
            rows.into_iter().map(of).collect()
        }
        SealedTable::OfflineSecrets => {
            let rows: Vec<(Uuid, i32, Vec<u8>)> =
                page!(conn, offline_secrets.id > id(behind), number, page, msp)?;
            let of = |(key, version, sealed): (_, i32, _)| of(Key::Id(key), version.into(), sealed);
            rows.into_iter().map(of).collect()
        }
        SealedTable::RecoveryCodes => {
            let rows: Vec<(Uuid, i32, Vec<u8>)> =
                page!(conn, recovery_codes.id > id(behind), number, page, msp)?;
            let of = |(key, version, sealed): (_, i32, _)| of(Key::Id(key), version.into(), sealed);
            rows.into_iter().map(of).collect()
        }
        SealedTable::AuditWebhooks => {
            let rows: Vec<(Uuid, i32, Vec<u8>)> =
                page!(conn, audit_webhooks.id > id(behind), secret_number, page, msp)?;
            let of = |(key, version, sealed): (_, i32, _)| of(Key::Id(key), version.into(), sealed);
            rows.into_iter().map(of).collect()
        }
        SealedTable::OldAuditWebhooks => {
            let old = audit_webhooks::old_sealed.assume_not_null();
            let rows: Vec<(Uuid, i32, Vec<u8>)> =
                page!(conn, audit_webhooks.id > id(behind), secret_number; old, page, msp)?;
            let of = |(key, version, sealed): (_, i32, _)| {
                of(Key::Id(key), i64::from(version) - 1, sealed)
            };
            rows.into_iter().map(of).collect()
        }
    })
}

/// Puts `new` in the place of a row's value, if that is still what was read: one statement that commits by itself, so
/// that nobody waits for more than a row. No event: what the row means is unchanged.
///
/// # Errors
/// If the database does not answer.
pub async fn exchange(
    store: &Store,
    (table, msp): (SealedTable, MspId),
    row: &SealedRow,
    new: &[u8],
) -> Result<bool, StoreError> {
    let mut conn = connected(store, (table, msp)).await?;
    let conn = &mut conn;
    let changed = match (table, &row.key) {
        (SealedTable::SigningKeys, Key::Name(kid)) => {
            exchange!(conn, signing_keys.kid = kid, row, new)?
        }
        (SealedTable::VendorTokens, Key::Name(name)) => {
            exchange!(conn, vendor_tokens.name = name, row, new)?
        }
        (SealedTable::AuditOrigins, Key::Number(number)) => {
            exchange!(conn, audit_origins.generation = number, row, new, msp)?
        }
        (SealedTable::OfflineSecrets, Key::Id(key)) => {
            exchange!(conn, offline_secrets.id = id(*key), row, new, msp)?
        }
        (SealedTable::RecoveryCodes, Key::Id(key)) => {
            exchange!(conn, recovery_codes.id = id(*key), row, new, msp)?
        }
        (SealedTable::AuditWebhooks, Key::Id(key)) => {
            exchange!(conn, audit_webhooks.id = id(*key), row, new, msp)?
        }
        (SealedTable::OldAuditWebhooks, Key::Id(key)) => {
            exchange!(conn, audit_webhooks.id = id(*key); old_sealed, row, new, msp)?
        }
        _ => 0,
    };
    Ok(changed == 1)
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Binary)]
    key: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many values of a table are sealed under which key.
///
/// # Errors
/// If the database does not answer.
pub async fn census(
    store: &Store,
    (table, msp): (SealedTable, MspId),
) -> Result<Vec<(u8, u64)>, StoreError> {
    let mut conn = connected(store, (table, msp)).await?;
    let (name, column) = (table.as_str(), table.column());
    let within = if is_of_an_msp(table) { "msp = $1" } else { "$1 IS NOT NULL" };
    let query = format!(
        "SELECT substr({column}, 2, 1) AS key, count(*) AS count FROM {name} \
         WHERE {within} AND length({column}) > 0 GROUP BY 1 ORDER BY 1"
    );
    let counted: Vec<Counted> =
        on!(&mut conn, |c| diesel::sql_query(&query).bind::<Id, _>(id(msp)).load(c))?;
    let key = |bytes: &[u8]| bytes.first().copied().unwrap_or(0);
    Ok(counted.iter().map(|row| (key(&row.key), row.count.unsigned_abs())).collect())
}

/// Whether the table's rows belong to msps; the others are the installation's.
#[must_use]
pub fn is_of_an_msp(table: SealedTable) -> bool {
    match table {
        SealedTable::SigningKeys | SealedTable::VendorTokens => false,
        SealedTable::AuditOrigins
        | SealedTable::OfflineSecrets
        | SealedTable::RecoveryCodes
        | SealedTable::AuditWebhooks
        | SealedTable::OldAuditWebhooks => true,
    }
}

/// The keys of logs are the worker role's; everything else is within a scope.
async fn connected(store: &Store, (table, msp): (SealedTable, MspId)) -> Result<Conn, StoreError> {
    match table {
        SealedTable::AuditOrigins => Ok(store.across().await?.0),
        _ if is_of_an_msp(table) => store.within(Scope::msp(msp)).await,
        _ => store.within(Scope::installation()).await,
    }
}
