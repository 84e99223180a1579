//! What each account is on each workstation.

use countersign_protocol::{Instant, TechnicianId, TenantId, WorkstationId};
use diesel::{prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    prepared::word,
    schema::workstation_accounts,
    types::{at, id},
};

/// What an account is on a workstation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// It may be used.
    Present,
    /// It is disabled, and to be removed once no session runs.
    Removing,
    /// The workstation has removed it.
    Removed,
}

impl AccountState {
    /// The state's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Removing => "removing",
            Self::Removed => "removed",
        }
    }
}

/// An account on a workstation.
#[derive(Clone, Debug, Queryable)]
pub struct AccountRow {
    /// Its name.
    pub account: String,
    /// Whose it is; of a tenant's, nobody's.
    pub technician: Option<TechnicianId>,
    /// What it is.
    pub state: AccountState,
}

/// The accounts that a workstation has or had to have, and has not removed.
///
/// # Errors
/// If the database does not answer.
pub async fn accounts_here(
    conn: &mut Conn,
    workstation: WorkstationId,
) -> Result<Vec<AccountRow>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| workstation_accounts::table
        .filter(workstation_accounts::msp.eq(id(msp)))
        .filter(workstation_accounts::workstation.eq(id(workstation)))
        .filter(workstation_accounts::state.ne(word(AccountState::Removed)))
        .order(workstation_accounts::account)
        .select((
            workstation_accounts::account,
            workstation_accounts::technician,
            workstation_accounts::state,
        ))
        .load::<AccountRow>(c))
}

/// Writes down that an account is used on a workstation. If it `stays`, one that was to leave stays after all; otherwise
/// it is there, and to leave. True if that changed anything.
///
/// # Errors
/// If the database does not answer.
pub async fn have(
    tx: &mut Tx,
    (tenant, workstation): (TenantId, WorkstationId),
    (account, technician): (&str, Option<TechnicianId>),
    stays: bool,
    now: Instant,
) -> Result<bool, StoreError> {
    use diesel::query_dsl::methods::FilterDsl; // the WHERE of DO UPDATE

    let msp = tx.scope().msp;
    let to = if stays { AccountState::Present } else { AccountState::Removing };
    let changed = on!(&mut *tx, |c| diesel::insert_into(workstation_accounts::table)
        .values((
            workstation_accounts::workstation.eq(id(workstation)),
            workstation_accounts::account.eq(account),
            workstation_accounts::msp.eq(id(msp)),
            workstation_accounts::tenant.eq(id(tenant)),
            workstation_accounts::technician.eq(technician.map(id)),
            workstation_accounts::state.eq(word(to)),
            workstation_accounts::changed_at.eq(at(now)),
        ))
        .on_conflict((workstation_accounts::workstation, workstation_accounts::account))
        .do_update()
        .set((
            workstation_accounts::state.eq(word(to)),
            workstation_accounts::changed_at.eq(excluded(workstation_accounts::changed_at)),
        ))
        .filter(workstation_accounts::state.ne(word(to)))
        .execute(c))?;
    Ok(changed > 0)
}

macro_rules! ordered {
    ($tx:expr, $to:expr, $now:expr, $which:expr) => {{
        let (msp, to, now) = ($tx.scope().msp, $to, $now);
        on!(&mut *$tx, |c| diesel::update(
            workstation_accounts::table
                .filter(workstation_accounts::msp.eq(id(msp)))
                .filter($which)
        )
        .set((
            workstation_accounts::state.eq(word(to)),
            workstation_accounts::changed_at.eq(at(now)),
        ))
        .returning(workstation_accounts::workstation)
        .get_results::<WorkstationId>(c))
    }};
}

/// Orders every account of a technician (at one tenant, or everywhere) to be disabled now and removed after its last
/// session; on which workstations.
///
/// # Errors
/// If the database does not answer.
pub async fn leave(
    tx: &mut Tx,
    technician: TechnicianId,
    tenant: Option<TenantId>,
    now: Instant,
) -> Result<Vec<WorkstationId>, StoreError> {
    let standing = workstation_accounts::state.eq(word(AccountState::Present));
    let whose = workstation_accounts::technician.eq(id(technician));
    match tenant {
        Some(tenant) => ordered!(
            tx,
            AccountState::Removing,
            now,
            whose.and(workstation_accounts::tenant.eq(id(tenant))).and(standing)
        ),
        None => ordered!(tx, AccountState::Removing, now, whose.and(standing)),
    }
}

/// Orders every account at a tenant to leave, but `stays`.
///
/// # Errors
/// If the database does not answer.
pub async fn remove_of_tenant(
    tx: &mut Tx,
    tenant: TenantId,
    stays: Option<&str>,
    now: Instant,
) -> Result<Vec<WorkstationId>, StoreError> {
    let whose = workstation_accounts::tenant
        .eq(id(tenant))
        .and(workstation_accounts::account.ne(stays.unwrap_or_default().to_owned()))
        .and(workstation_accounts::state.ne(word(AccountState::Removed)));
    ordered!(tx, AccountState::Removing, now, whose)
}

/// Writes down that the workstation has removed these accounts.
///
/// # Errors
/// If the database does not answer.
pub async fn mark_removed(
    tx: &mut Tx,
    workstation: WorkstationId,
    accounts: &[String],
    now: Instant,
) -> Result<usize, StoreError> {
    let these = workstation_accounts::workstation
        .eq(id(workstation))
        .and(workstation_accounts::account.eq_any(accounts.to_vec()))
        .and(workstation_accounts::state.eq(word(AccountState::Removing)));
    Ok(ordered!(tx, AccountState::Removed, now, these)?.len())
}

/// Writes down that the workstation found accounts of these names which it did not make.
///
/// # Errors
/// If the database does not answer.
pub async fn mark_taken(
    tx: &mut Tx,
    workstation: WorkstationId,
    accounts: &[String],
) -> Result<usize, StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| diesel::update(
        workstation_accounts::table
            .filter(workstation_accounts::msp.eq(id(msp)))
            .filter(workstation_accounts::workstation.eq(id(workstation)))
            .filter(workstation_accounts::account.eq_any(accounts.to_vec()))
    )
    .set(workstation_accounts::trouble.eq("account_taken"))
    .execute(c))
}
