//! Logins that end because their time did, their workstation withdrew them, or something they rest on was
//! suspended.

use countersign_protocol::{
    DeviceId, Instant, LoginId, MspId, TechnicianId, TenantId, WorkstationId,
    wire::{LoginState, desktop::Outcome},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::store::{
    Across, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::{logins, workstations},
    types::{at, id},
};

/// A login that has just been ended.
#[derive(Clone, Debug, Queryable)]
pub struct EndedLogin {
    /// The login.
    pub id: LoginId,
    /// Its version.
    pub version: i64,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its workstation.
    pub workstation: WorkstationId,
    /// Its technician, if it had one.
    pub technician: Option<TechnicianId>,
}

/// Whose open logins end.
#[derive(Clone, Copy, Debug)]
pub enum Whose {
    /// All of a technician.
    Technician(TechnicianId),
    /// Those that a phone claimed or approved.
    Device(DeviceId),
    /// All of a workstation.
    Workstation(WorkstationId),
    /// All of a tenant.
    Tenant(TenantId),
    /// Those of a technician at a tenant.
    Delegation(TenantId, TechnicianId),
}

/// Cancels every pending login and every approved one whose grant was not taken.
///
/// # Errors
/// If the database does not answer.
pub async fn end_open(
    tx: &mut Tx,
    whose: Whose,
    outcome: Outcome,
) -> Result<Vec<EndedLogin>, StoreError> {
    let msp = tx.scope().msp;
    macro_rules! cancel {
        ($belongs:expr) => {
            on!(&mut *tx, |c| Prepared(
                diesel::update(
                    logins::table.filter(logins::msp.eq(id(msp))).filter($belongs).filter(
                        logins::state.eq(word(LoginState::Pending)).or(logins::state
                            .eq(word(LoginState::Approved))
                            .and(logins::granted_at.is_null()))
                    )
                )
                .set((
                    logins::state.eq(word(LoginState::Cancelled)),
                    logins::outcome.eq(word(outcome).nullable()),
                    logins::version.eq(logins::version + 1),
                ))
                .returning((
                    logins::id,
                    logins::version,
                    logins::tenant,
                    logins::workstation,
                    logins::technician,
                ))
            )
            .get_results::<EndedLogin>(c))
        };
    }
    match whose {
        Whose::Technician(technician) => cancel!(logins::technician.eq(id(technician))),
        Whose::Device(device) => cancel!(logins::device.eq(id(device))),
        Whose::Workstation(workstation) => cancel!(logins::workstation.eq(id(workstation))),
        Whose::Tenant(tenant) => cancel!(logins::tenant.eq(id(tenant))),
        Whose::Delegation(tenant, technician) => {
            cancel!(logins::technician.eq(id(technician)).and(logins::tenant.eq(id(tenant))))
        }
    }
}

/// Ends one login of a workstation, pending or approved but not taken, as cancelled; its version.
///
/// # Errors
/// If the database does not answer.
pub async fn end_pending(
    tx: &mut Tx,
    login: LoginId,
    workstation: WorkstationId,
    outcome: Outcome,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let ended = on!(&mut *tx, |c| Prepared(
        diesel::update(
            logins::table
                .filter(logins::msp.eq(id(msp)))
                .filter(logins::id.eq(id(login)))
                .filter(logins::workstation.eq(id(workstation)))
                .filter(logins::state.eq(word(LoginState::Pending)).or(
                    logins::state.eq(word(LoginState::Approved)).and(logins::granted_at.is_null())
                ))
        )
        .set((
            logins::state.eq(word(LoginState::Cancelled)),
            logins::outcome.eq(word(outcome).nullable()),
            logins::version.eq(logins::version + 1),
        ))
        .returning(logins::version)
    )
    .get_result::<i64>(c));
    found_or_none(ended)
}

/// A login whose time has ended.
#[derive(Clone, Copy, Debug, Queryable)]
pub struct Due {
    /// The login.
    pub id: LoginId,
    /// Its msp.
    pub msp: MspId,
}

/// Up to `limit` logins, of all msps, that are pending past their time or approved and not taken in time.
///
/// # Errors
/// If the database does not answer.
pub async fn due(across: &mut Across, now: Instant, limit: i64) -> Result<Vec<Due>, StoreError> {
    on!(&mut across.0, |c| logins::table
        .filter(
            logins::state.eq(word(LoginState::Pending)).and(logins::expires_at.le(at(now))).or(
                logins::state
                    .eq(word(LoginState::Approved))
                    .and(logins::granted_at.is_null())
                    .and(logins::take_until.le(at(now)))
            )
        )
        .select((logins::id, logins::msp))
        .order(logins::id)
        .limit(limit)
        .load::<Due>(c))
}

/// Writes down that a login's time has ended: a pending one is expired, an approved one cancelled as not
/// taken. `None` if somebody was faster.
///
/// # Errors
/// If the database does not answer.
pub async fn expire(
    tx: &mut Tx,
    login: LoginId,
    now: Instant,
) -> Result<Option<(EndedLogin, LoginState, String)>, StoreError> {
    let msp = tx.scope().msp;
    let returned =
        (logins::id, logins::version, logins::tenant, logins::workstation, logins::technician);
    let expired = on!(&mut *tx, |c| Prepared(
        diesel::update(
            logins::table
                .filter(logins::msp.eq(id(msp)))
                .filter(logins::id.eq(id(login)))
                .filter(logins::state.eq(word(LoginState::Pending)))
                .filter(logins::expires_at.le(at(now)))
        )
        .set(
            (logins::state.eq(word(LoginState::Expired)), logins::version.eq(logins::version + 1),)
        )
        .returning(returned)
    )
    .get_result::<EndedLogin>(c));
    let ended = match found_or_none(expired)? {
        Some(ended) => (ended, LoginState::Expired),
        None => {
            let not_taken = on!(&mut *tx, |c| Prepared(
                diesel::update(
                    logins::table
                        .filter(logins::msp.eq(id(msp)))
                        .filter(logins::id.eq(id(login)))
                        .filter(logins::state.eq(word(LoginState::Approved)))
                        .filter(logins::granted_at.is_null())
                        .filter(logins::take_until.le(at(now)))
                )
                .set((
                    logins::state.eq(word(LoginState::Cancelled)),
                    logins::outcome.eq(word(Outcome::NotTaken).nullable()),
                    logins::version.eq(logins::version + 1),
                ))
                .returning(returned)
            )
            .get_result::<EndedLogin>(c));
            match found_or_none(not_taken)? {
                Some(ended) => (ended, LoginState::Cancelled),
                None => return Ok(None),
            }
        }
    };
    let workstation = ended.0.workstation;
    let host_name = on!(&mut *tx, |c| workstations::table
        .filter(workstations::id.eq(id(workstation)))
        .select(workstations::host_name)
        .first::<String>(c))?;
    Ok(Some((ended.0, ended.1, host_name)))
}
