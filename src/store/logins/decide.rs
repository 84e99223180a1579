//! The conditional UPDATEs that decide. Each changes one row, or none: then somebody else decided, or
//! something the login rests on has ended.

use countersign_protocol::{
    DeviceId, Entry, Instant, LoginId, TechnicianId,
    wire::{LoginState, Status, desktop::Outcome},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::active::all_active;
use crate::{
    domain::login::CLOCK_SKEW,
    store::{
        StoreError, Tx,
        conn::on,
        found_or_none,
        prepared::{Prepared, word},
        schema::{delegations, devices, logins, technicians, workstations},
        types::{at, id},
    },
};

/// Who decides, and on which version of the row.
#[derive(Clone, Copy, Debug)]
pub struct Approval {
    /// The login.
    pub login: LoginId,
    /// The version whose statement was signed.
    pub version: i64,
    /// The technician.
    pub technician: TechnicianId,
    /// The phone that signed.
    pub device: DeviceId,
    /// Until when the grant can be taken.
    pub take_until: Instant,
    /// Now.
    pub now: Instant,
}

macro_rules! pending {
    ($msp:expr, $login:expr, $now:expr) => {
        logins::table
            .filter(logins::msp.eq(id($msp)))
            .filter(logins::id.eq(id($login)))
            .filter(logins::state.eq(word(LoginState::Pending)))
            .filter(logins::expires_at.gt(at($now)))
            .filter(logins::opened_at.le(at($now + CLOCK_SKEW)))
    };
}

/// Approves, if the login is still pending and everything it rests on is active; the new version.
///
/// # Errors
/// If the database does not answer.
pub async fn approve(tx: &mut Tx, approval: Approval) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let Approval { login, version, technician, device, take_until, now } = approval;
    let decided = on!(&mut *tx, |c| Prepared(
        diesel::update(
            pending!(msp, login, now)
                .filter(logins::version.eq(version))
                .filter(logins::technician.eq(id(technician)))
                .filter(logins::device.is_null().or(logins::device.eq(id(device))))
                .filter(all_active!(
                    devices::id.eq(id(device)).and(technicians::id.eq(id(technician)))
                ))
        )
        .set((
            logins::state.eq(word(LoginState::Approved)),
            logins::device.eq(id(device)),
            logins::take_until.eq(at(take_until)),
            logins::version.eq(logins::version + 1),
        ))
        .returning(logins::version)
    )
    .get_result::<i64>(c));
    found_or_none(decided)
}

/// Denies, if the login is still pending; the new version.
///
/// # Errors
/// If the database does not answer.
pub async fn deny(
    tx: &mut Tx,
    login: LoginId,
    device: DeviceId,
    outcome: Outcome,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let decided = on!(&mut *tx, |c| Prepared(
        diesel::update(
            pending!(msp, login, now)
                .filter(logins::device.is_null().or(logins::device.eq(id(device))))
        )
        .set((
            logins::state.eq(word(LoginState::Denied)),
            logins::outcome.eq(word(outcome).nullable()),
            logins::device.eq(id(device)),
            logins::version.eq(logins::version + 1),
        ))
        .returning(logins::version)
    )
    .get_result::<i64>(c));
    found_or_none(decided)
}

/// Who claims, and from where.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The login.
    pub login: LoginId,
    /// The technician.
    pub technician: TechnicianId,
    /// The phone.
    pub device: DeviceId,
    /// The phone's network address.
    pub claimed_from: String,
    /// Now.
    pub now: Instant,
}

/// Claims a QR login that nobody has claimed; the new version.
///
/// # Errors
/// If the database does not answer.
pub async fn claim(tx: &mut Tx, claimed: &Claimed) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let Claimed { login, technician, device, claimed_from, now } = claimed.clone();
    let decided = on!(&mut *tx, |c| Prepared(
        diesel::update(
            pending!(msp, login, now)
                .filter(logins::entry.eq(word(Entry::Qr)))
                .filter(logins::technician.is_null())
                .filter(logins::device.is_null())
                .filter(all_active!(
                    devices::id.eq(id(device)).and(technicians::id.eq(id(technician)))
                ))
        )
        .set((
            logins::technician.eq(id(technician)),
            logins::device.eq(id(device)),
            logins::claimed_from.eq(&claimed_from),
            logins::version.eq(logins::version + 1),
        ))
        .returning(logins::version)
    )
    .get_result::<i64>(c));
    found_or_none(decided)
}

/// Counts a wrong secret, and denies the login when `max` is reached; the new version and count.
///
/// # Errors
/// If the database does not answer.
pub async fn count_wrong_claim(
    tx: &mut Tx,
    login: LoginId,
    max: i32,
    now: Instant,
) -> Result<Option<(i64, i32)>, StoreError> {
    let msp = tx.scope().msp;
    let counted = on!(&mut *tx, |c| Prepared(
        diesel::update(
            pending!(msp, login, now)
                .filter(logins::technician.is_null())
                .filter(logins::wrong_claims.lt(max - 1))
        )
        .set((
            logins::wrong_claims.eq(logins::wrong_claims + 1),
            logins::version.eq(logins::version + 1),
        ))
        .returning((logins::version, logins::wrong_claims))
    )
    .get_result::<(i64, i32)>(c));
    if let Some(counted) = found_or_none(counted)? {
        return Ok(Some(counted));
    }
    let ended = on!(&mut *tx, |c| Prepared(
        diesel::update(pending!(msp, login, now).filter(logins::technician.is_null()))
            .set((
                logins::state.eq(word(LoginState::Denied)),
                logins::outcome.eq(word(Outcome::WrongClaims).nullable()),
                logins::wrong_claims.eq(logins::wrong_claims + 1),
                logins::version.eq(logins::version + 1),
            ))
            .returning((logins::version, logins::wrong_claims))
    )
    .get_result::<(i64, i32)>(c));
    found_or_none(ended)
}
