//! Offline secrets: each number of each kind once, the newest one standing.

use countersign_protocol::{
    Instant, SecretId, TenantId, WorkstationId, offline::SecretVersion, wire::state::StateVersion,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::offline_secrets,
    types::{at, id},
};

/// What a secret opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// One workstation.
    Named,
    /// All workstations of a tenant.
    Shared,
    /// Nothing by itself: a tenant's derived secrets follow from it.
    Root,
}

impl SecretKind {
    /// The kind's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Shared => "shared",
            Self::Root => "root",
        }
    }
}

/// A secret as it is stored.
#[derive(Clone, Debug, Queryable)]
pub struct SecretRow {
    /// Its id.
    pub id: SecretId,
    /// Its tenant.
    pub tenant: TenantId,
    /// The one workstation that it opens.
    pub workstation: Option<WorkstationId>,
    /// What it opens.
    pub kind: SecretKind,
    /// Its number; of a root, the tenant's epoch.
    pub number: i32,
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub made_at: Instant,
    /// When it was replaced.
    pub replaced_at: Option<Instant>,
    /// Until when it works beside its successor.
    pub accepted_until: Option<Instant>,
    ended_tenant: Option<i64>,
    ended_own: Option<i64>,
}

impl SecretRow {
    /// Its number.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number.try_into().unwrap_or(0)
    }

    /// Its version, as prompts name it; a root has none.
    #[must_use]
    pub fn version(&self) -> Option<SecretVersion> {
        match self.kind {
            SecretKind::Named => Some(SecretVersion::Named(self.number())),
            SecretKind::Shared => Some(SecretVersion::Shared(self.number())),
            SecretKind::Root => None,
        }
    }

    /// Its version in words, for the record.
    #[must_use]
    pub fn called(&self) -> String {
        self.version()
            .map_or_else(|| format!("root {}", self.number), |version| version.to_string())
    }

    /// The first state document that knows it no more, or knows it as one that ends.
    #[must_use]
    pub fn ended(&self) -> Option<StateVersion> {
        let part = |number: i64| number.try_into().unwrap_or(0);
        Some(StateVersion { tenant: part(self.ended_tenant?), own: part(self.ended_own?) })
    }
}

macro_rules! columns {
    () => {
        (
            offline_secrets::id,
            offline_secrets::tenant,
            offline_secrets::workstation,
            offline_secrets::kind,
            offline_secrets::number,
            offline_secrets::sealed,
            offline_secrets::made_at,
            offline_secrets::replaced_at,
            offline_secrets::accepted_until,
            offline_secrets::ended_tenant,
            offline_secrets::ended_own,
        )
    };
}

/// A secret to be written down.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// Its id.
    pub id: SecretId,
    /// Its tenant.
    pub tenant: TenantId,
    /// The one workstation that it opens.
    pub workstation: Option<WorkstationId>,
    /// What it opens.
    pub kind: SecretKind,
    /// Its number.
    pub number: u32,
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    /// The first state document that knows it.
    pub since: StateVersion,
    /// The present.
    pub now: Instant,
}

pub(super) fn part(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Ends a secret that stands, by the state document `since`, at once or at an instant; its row's version, or `None` if
/// it had ended.
///
/// # Errors
/// If the database does not answer.
pub async fn replace(
    tx: &mut Tx,
    secret: SecretId,
    accepted_until: Option<Instant>,
    since: StateVersion,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let replaced = on!(&mut *tx, |c| Prepared(
        diesel::update(
            offline_secrets::table
                .filter(offline_secrets::msp.eq(id(msp)))
                .filter(offline_secrets::id.eq(id(secret)))
                .filter(offline_secrets::replaced_at.is_null())
        )
        .set((
            offline_secrets::replaced_at.eq(at(now)),
            offline_secrets::accepted_until.eq(accepted_until.map(at)),
            offline_secrets::ended_tenant.eq(Some(part(since.tenant))),
            offline_secrets::ended_own.eq(Some(part(since.own))),
            offline_secrets::version.eq(offline_secrets::version + 1),
        ))
        .returning(offline_secrets::version)
    )
    .get_result::<i64>(c));
    found_or_none(replaced)
}

/// Which of a tenant's secrets.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// All.
    All,
    /// Of one kind.
    Kind(SecretKind),
    /// Of one kind, those that open this workstation: its own, or the tenant's.
    Opening(SecretKind, WorkstationId),
    /// These workstations' own.
    Own(&'a [WorkstationId]),
}

/// The secrets of a tenant that stand, or still work beside their successors: each workstation's oldest first.
///
/// # Errors
/// If the database does not answer.
pub async fn standing(
    conn: &mut Conn,
    tenant: TenantId,
    which: Which<'_>,
    now: Instant,
) -> Result<Vec<SecretRow>, StoreError> {
    let msp = conn.scope().msp;
    macro_rules! standing {
        ($($those:expr),*) => {
            on!(conn, |c| offline_secrets::table
                .filter(offline_secrets::msp.eq(id(msp)))
                .filter(offline_secrets::tenant.eq(id(tenant)))
                $(.filter($those))*
                .filter(
                    offline_secrets::replaced_at
                        .is_null()
                        .or(offline_secrets::accepted_until.gt(at(now)))
                )
                .order((offline_secrets::workstation, offline_secrets::number))
                .select(columns!())
                .load::<SecretRow>(c))
        };
    }
    match which {
        Which::All => standing!(),
        Which::Kind(kind) => standing!(offline_secrets::kind.eq(word(kind))),
        Which::Opening(kind, here) => standing!(
            offline_secrets::kind.eq(word(kind)),
            offline_secrets::workstation.is_null().or(offline_secrets::workstation.eq(id(here)))
        ),
        Which::Own(these) => {
            let these: Vec<_> = these.iter().map(|one| Some(id(*one))).collect();
            standing!(offline_secrets::workstation.eq_any(these.clone()))
        }
    }
}

/// Every secret of this kind that ever opened the workstation (or, of a tenant's kind, the tenant), oldest first.
///
/// # Errors
/// If the database does not answer.
pub async fn secret_history(
    conn: &mut Conn,
    tenant: TenantId,
    workstation: WorkstationId,
    kind: SecretKind,
) -> Result<Vec<SecretRow>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| offline_secrets::table
        .filter(offline_secrets::msp.eq(id(msp)))
        .filter(offline_secrets::tenant.eq(id(tenant)))
        .filter(offline_secrets::kind.eq(word(kind)))
        .filter(
            offline_secrets::workstation
                .is_null()
                .or(offline_secrets::workstation.eq(id(workstation)))
        )
        .order(offline_secrets::number)
        .select(columns!())
        .load::<SecretRow>(c))
}

/// The secret of a version that opened the workstation once; of a derived one, the root.
///
/// # Errors
/// If the database does not answer.
pub async fn of_version(
    conn: &mut Conn,
    (tenant, workstation): (TenantId, WorkstationId),
    version: SecretVersion,
) -> Result<Option<SecretRow>, StoreError> {
    let msp = conn.scope().msp;
    let (kind, number) = match version {
        SecretVersion::Named(number) => (SecretKind::Named, number),
        SecretVersion::Shared(number) => (SecretKind::Shared, number),
        SecretVersion::Derived(epochs) => (SecretKind::Root, epochs.tenant),
    };
    let here =
        offline_secrets::workstation.is_null().or(offline_secrets::workstation.eq(id(workstation)));
    let found = on!(conn, |c| offline_secrets::table
        .filter(offline_secrets::msp.eq(id(msp)))
        .filter(offline_secrets::tenant.eq(id(tenant)))
        .filter(offline_secrets::kind.eq(word(kind)))
        .filter(here)
        .filter(offline_secrets::number.eq(i32::try_from(number).unwrap_or(i32::MAX)))
        .select(columns!())
        .first::<SecretRow>(c));
    found_or_none(found)
}

/// One secret.
///
/// # Errors
/// If the database does not answer.
pub async fn one(conn: &mut Conn, secret: SecretId) -> Result<Option<SecretRow>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| offline_secrets::table
        .filter(offline_secrets::msp.eq(id(msp)))
        .filter(offline_secrets::id.eq(id(secret)))
        .select(columns!())
        .first::<SecretRow>(c));
    found_or_none(found)
}

/// Ends the time in which a replaced secret works beside its successor, by the state document `since`; its row's
/// version, or `None` if that time was over.
///
/// # Errors
/// If the database does not answer.
pub async fn end_acceptance(
    tx: &mut Tx,
    secret: SecretId,
    since: StateVersion,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let ended = on!(&mut *tx, |c| Prepared(
        diesel::update(
            offline_secrets::table
                .filter(offline_secrets::msp.eq(id(msp)))
                .filter(offline_secrets::id.eq(id(secret)))
                .filter(offline_secrets::accepted_until.gt(at(now)))
        )
        .set((
            offline_secrets::accepted_until.eq(at(now)),
            offline_secrets::ended_tenant.eq(Some(part(since.tenant))),
            offline_secrets::ended_own.eq(Some(part(since.own))),
            offline_secrets::version.eq(offline_secrets::version + 1),
        ))
        .returning(offline_secrets::version)
    )
    .get_result::<i64>(c));
    found_or_none(ended)
}
