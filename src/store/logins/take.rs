//! Taking the grant of an approved login.

use countersign_protocol::{
    Account, Entry, GrantId, Instant, LoginId, MspId, Nonce, Purpose, TechnicianId, TenantId,
    WorkstationId,
    wire::{LoginState, Status, accounts::AccountMode},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{account::account, active::all_active};
use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::{delegations, devices, logins, technicians, tenants, workstations},
    types::{at, id},
};

/// An approved login with all that its grant says. Only there while everything it rests on is active.
#[derive(Clone, Debug, Queryable)]
pub struct Takeable {
    /// The msp.
    pub msp: MspId,
    /// The tenant.
    pub tenant: TenantId,
    /// The workstation's nonce.
    pub workstation_nonce: Nonce,
    /// The technician.
    pub technician: TechnicianId,
    /// Their e-mail address.
    pub email: String,
    /// Their user name.
    pub user_name: String,
    account_name: String,
    account_mode: AccountMode,
    shared_account: Option<String>,
    granted_account: Option<String>,
    /// The workstation's shown name.
    pub host_name: String,
    /// The program, for an elevation.
    pub program: Option<String>,
    /// The reason, for an elevation.
    pub reason: Option<String>,
    /// Until when it can be taken.
    pub take_until: Option<Instant>,
    /// The grant that was handed over before, and when it was first.
    pub grant_id: Option<GrantId>,
    /// When the grant was first handed over.
    pub granted_at: Option<Instant>,
}

impl Takeable {
    /// The account that it opens: once it was handed over, the one that it said then.
    #[must_use]
    pub fn account(&self) -> Account {
        match &self.granted_account {
            Some(granted) if *granted == self.account_name => {
                account(AccountMode::Named, None, granted)
            }
            Some(granted) => account(AccountMode::Shared, Some(granted), &self.account_name),
            None => account(self.account_mode, self.shared_account.as_deref(), &self.account_name),
        }
    }

    /// What the grant is for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        match (&self.program, &self.reason) {
            (Some(program), Some(reason)) => {
                Purpose::Elevate { program: program.clone(), reason: reason.clone() }
            }
            _ => Purpose::SignIn,
        }
    }
}

/// The approved login of this workstation, if everything it rests on is active.
///
/// # Errors
/// If the database does not answer.
pub async fn takeable(
    conn: &mut Conn,
    login: LoginId,
    workstation: WorkstationId,
) -> Result<Option<Takeable>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| logins::table
        .inner_join(workstations::table.on(workstations::id.eq(logins::workstation)))
        .inner_join(tenants::table.on(tenants::id.eq(logins::tenant)))
        .inner_join(devices::table.on(logins::device.eq(devices::id.nullable())))
        .inner_join(technicians::table.on(technicians::id.eq(devices::technician)))
        .inner_join(delegations::table.on(
            delegations::tenant.eq(logins::tenant).and(delegations::technician.eq(technicians::id))
        ),)
        .filter(logins::msp.eq(id(msp)))
        .filter(logins::id.eq(id(login)))
        .filter(logins::workstation.eq(id(workstation)))
        .filter(logins::state.eq(word(LoginState::Approved)))
        .filter(workstations::status.eq(word(Status::Active)))
        .filter(devices::status.eq(word(Status::Active)))
        .filter(technicians::status.eq(word(Status::Active)))
        .filter(delegations::active.eq(true))
        .select((
            logins::msp,
            logins::tenant,
            logins::workstation_nonce,
            technicians::id,
            technicians::email,
            technicians::user_name,
            technicians::account_name,
            tenants::account_mode,
            tenants::shared_account,
            logins::granted_account,
            workstations::host_name,
            logins::program,
            logins::reason,
            logins::take_until,
            logins::grant_id,
            logins::granted_at,
        ))
        .first::<Takeable>(c));
    found_or_none(found)
}

/// Marks the grant as handed over, once; the new version, or `None` if it was before, is too late, or
/// something that the login rests on has ended.
///
/// # Errors
/// If the database does not answer.
pub async fn mark_granted(
    tx: &mut Tx,
    login: LoginId,
    (grant, account): (GrantId, &str),
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let marked = on!(&mut *tx, |c| Prepared(
        diesel::update(
            logins::table
                .filter(logins::msp.eq(id(msp)))
                .filter(logins::id.eq(id(login)))
                .filter(logins::state.eq(word(LoginState::Approved)))
                .filter(logins::grant_id.is_null())
                .filter(all_active!(devices::id.nullable().eq(logins::device)))
                .filter(logins::take_until.gt(at(now)))
        )
        .set((
            logins::grant_id.eq(id(grant)),
            logins::granted_at.eq(at(now)),
            logins::granted_account.eq(account),
            logins::version.eq(logins::version + 1),
        ))
        .returning(logins::version)
    )
    .get_result::<i64>(c));
    found_or_none(marked)
}
