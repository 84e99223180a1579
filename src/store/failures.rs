//! Failed approvals of a technician, counted across nodes and restarts, and what follows from them.

use countersign_protocol::{DeviceId, Instant, TechnicianId, WorkstationId, wire::Status};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::{devices, technicians, workstations},
    types::{WrittenInstant, at, id},
};

/// Counts one failure; the new version and count.
///
/// # Errors
/// If the database does not answer.
pub async fn count(tx: &mut Tx, technician: TechnicianId) -> Result<(i64, i32), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| Prepared(
        diesel::update(
            technicians::table
                .filter(technicians::msp.eq(id(msp)))
                .filter(technicians::id.eq(id(technician)))
        )
        .set((
            technicians::consecutive_failures.eq(technicians::consecutive_failures + 1),
            technicians::version.eq(technicians::version + 1),
        ))
        .returning((technicians::version, technicians::consecutive_failures))
    )
    .get_result::<(i64, i32)>(c))
}

/// Pauses the technician's push logins; the new version.
///
/// # Errors
/// If the database does not answer.
pub async fn pause(
    tx: &mut Tx,
    technician: TechnicianId,
    until: Instant,
) -> Result<i64, StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| Prepared(
        diesel::update(
            technicians::table
                .filter(technicians::msp.eq(id(msp)))
                .filter(technicians::id.eq(id(technician)))
        )
        .set((
            technicians::push_paused_until.eq(at(until)),
            technicians::version.eq(technicians::version + 1),
        ))
        .returning(technicians::version)
    )
    .get_result::<i64>(c))
}

/// Clears the count after a success, and ends the pause it led to; the new version, or `None` if it was
/// clear.
///
/// # Errors
/// If the database does not answer.
pub async fn clear(tx: &mut Tx, technician: TechnicianId) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let cleared = on!(&mut *tx, |c| Prepared(
        diesel::update(
            technicians::table
                .filter(technicians::msp.eq(id(msp)))
                .filter(technicians::id.eq(id(technician)))
                .filter(technicians::consecutive_failures.gt(0))
        )
        .set((
            technicians::consecutive_failures.eq(0),
            technicians::push_paused_until.eq(None::<WrittenInstant>),
            technicians::version.eq(technicians::version + 1),
        ))
        .returning(technicians::version)
    )
    .get_result::<i64>(c));
    found_or_none(cleared)
}

/// Suspends every active device of the technician; each with its new version.
///
/// # Errors
/// If the database does not answer.
pub async fn suspend_devices(
    tx: &mut Tx,
    technician: TechnicianId,
) -> Result<Vec<(DeviceId, i64, String)>, StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| Prepared(
        diesel::update(
            devices::table
                .filter(devices::msp.eq(id(msp)))
                .filter(devices::technician.eq(id(technician)))
                .filter(devices::status.eq(word(Status::Active)))
        )
        .set((
            devices::status.eq(word(Status::Suspended)),
            devices::version.eq(devices::version + 1),
        ))
        .returning((devices::id, devices::version, devices::name))
    )
    .get_results::<(DeviceId, i64, String)>(c))
}

/// Raises the signature counter of a passkey that counts; `false` if it did not rise: two answers were made
/// with one counter, or the passkey was cloned.
///
/// # Errors
/// If the database does not answer.
pub async fn raise_sign_count(
    tx: &mut Tx,
    device: DeviceId,
    sign_count: i64,
    passkey: &str,
) -> Result<bool, StoreError> {
    let msp = tx.scope().msp;
    let raised = on!(&mut *tx, |c| Prepared(
        diesel::update(
            devices::table
                .filter(devices::msp.eq(id(msp)))
                .filter(devices::id.eq(id(device)))
                .filter(devices::sign_count.lt(sign_count))
        )
        .set((devices::sign_count.eq(sign_count), devices::passkey.eq(passkey)))
    )
    .execute(c))?;
    Ok(raised == 1)
}

/// Freezes the workstation's push logins after a fraud report; the new version.
///
/// # Errors
/// If the database does not answer.
pub async fn freeze_push(
    tx: &mut Tx,
    workstation: WorkstationId,
    now: Instant,
) -> Result<i64, StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| Prepared(
        diesel::update(
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::id.eq(id(workstation)))
        )
        .set((
            workstations::push_frozen_at.eq(at(now)),
            workstations::version.eq(workstations::version + 1),
        ))
        .returning(workstations::version)
    )
    .get_result::<i64>(c))
}
