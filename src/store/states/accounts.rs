//! What each account is on each workstation.

pub use countersign_protocol::wire::accounts::AccountState;
use countersign_protocol::{
    Instant, TechnicianId, TenantId, WorkstationId,
    wire::accounts::{AccountTrouble, WorkstationAccount},
};
use diesel::{prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    prepared::word,
    schema::{account_names, workstation_accounts},
    types::{at, id},
};

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

/// What each account is on a workstation, by name: also those that it has removed, and those that it found and did not
/// make.
///
/// # Errors
/// If the database does not answer.
pub async fn accounts_of(
    conn: &mut Conn,
    workstation: WorkstationId,
    most: i64,
) -> Result<Vec<WorkstationAccount>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| workstation_accounts::table
        .filter(workstation_accounts::msp.eq(id(msp)))
        .filter(workstation_accounts::workstation.eq(id(workstation)))
        .order(workstation_accounts::account)
        .limit(most)
        .select((
            workstation_accounts::account,
            workstation_accounts::technician,
            workstation_accounts::state,
            workstation_accounts::trouble,
            workstation_accounts::changed_at,
        ))
        .load::<(String, Option<TechnicianId>, AccountState, Option<String>, Instant)>(c))?;
    let taken = AccountTrouble::AccountTaken;
    let told = rows.into_iter().map(|(name, technician_id, state, trouble, changed_at)| {
        let trouble = trouble.filter(|word| word == taken.as_str()).map(|_| taken);
        WorkstationAccount { name, technician_id, state, trouble, changed_at }
    });
    Ok(told.collect())
}

/// Writes down that an account is used on a workstation, which so has made it. If it `stays`, one that was to leave
/// stays after all; otherwise it is there, and to leave. True if that changed anything.
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
            workstation_accounts::trouble.eq(None::<String>),
            workstation_accounts::changed_at.eq(excluded(workstation_accounts::changed_at)),
        ))
        .filter(
            workstation_accounts::state
                .ne(word(to))
                .or(workstation_accounts::trouble.is_not_null())
        )
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

/// Writes down that the workstation found accounts of these names which it did not make. Of those that it never had, the
/// names that the msp gave stand here too, as removed; others stand in the record alone, since a machine could tell any.
///
/// # Errors
/// If the database does not answer.
pub async fn mark_taken(
    tx: &mut Tx,
    (tenant, workstation): (TenantId, WorkstationId),
    accounts: &[String],
    now: Instant,
) -> Result<(), StoreError> {
    if accounts.is_empty() {
        return Ok(());
    }
    let (msp, taken) = (tx.scope().msp, AccountTrouble::AccountTaken.as_str());
    on!(&mut *tx, |c| diesel::update(
        workstation_accounts::table
            .filter(workstation_accounts::msp.eq(id(msp)))
            .filter(workstation_accounts::workstation.eq(id(workstation)))
            .filter(workstation_accounts::account.eq_any(accounts.to_vec()))
            .filter(workstation_accounts::trouble.is_null())
    )
    .set((workstation_accounts::trouble.eq(taken), workstation_accounts::changed_at.eq(at(now))))
    .execute(c))?;
    let given = on!(&mut *tx, |c| account_names::table
        .filter(account_names::msp.eq(id(msp)))
        .filter(account_names::name.eq_any(accounts.to_vec()))
        .filter(account_names::tenant.is_null().or(account_names::tenant.eq(id(tenant))))
        .select((account_names::name, account_names::technician))
        .load::<(String, Option<TechnicianId>)>(c))?;
    for (account, technician) in given {
        on!(&mut *tx, |c| diesel::insert_into(workstation_accounts::table)
            .values((
                workstation_accounts::workstation.eq(id(workstation)),
                workstation_accounts::account.eq(account.as_str()),
                workstation_accounts::msp.eq(id(msp)),
                workstation_accounts::tenant.eq(id(tenant)),
                workstation_accounts::technician.eq(technician.map(id)),
                workstation_accounts::state.eq(word(AccountState::Removed)),
                workstation_accounts::trouble.eq(taken),
                workstation_accounts::changed_at.eq(at(now)),
            ))
            .on_conflict_do_nothing()
            .execute(c))?;
    }
    Ok(())
}
