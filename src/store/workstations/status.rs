//! What admins change of a workstation.

use countersign_protocol::{TenantId, WorkstationId, wire::Status};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::store::{
    StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::workstations,
    types::{WrittenInstant, id},
};

/// The stored counter of a workstation that an admin released: its next assertion is taken whatever it
/// shows, once, and counting goes on from there.
pub const RESYNCHRONISE: i64 = -1;

/// A workstation that was just changed.
#[derive(Clone, Debug, Queryable)]
pub struct ChangedWorkstation {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub host_name: String,
    /// Its tenant.
    pub tenant: TenantId,
}

/// Changes a workstation's status, if it is `from`.
///
/// # Errors
/// If the database does not answer.
pub async fn change_status(
    tx: &mut Tx,
    workstation: WorkstationId,
    from: Status,
    to: Status,
) -> Result<Option<ChangedWorkstation>, StoreError> {
    let msp = tx.scope().msp;
    let changed = on!(&mut *tx, |c| Prepared(
        diesel::update(
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::id.eq(id(workstation)))
                .filter(workstations::status.eq(word(from)))
        )
        .set((
            workstations::status.eq(word(to)),
            workstations::version.eq(workstations::version + 1)
        ))
        .returning((workstations::version, workstations::host_name, workstations::tenant))
    )
    .get_result::<ChangedWorkstation>(c));
    found_or_none(changed)
}

/// Releases a quarantined workstation: its next assertion is taken whatever counter it shows.
///
/// # Errors
/// If the database does not answer.
pub async fn release(
    tx: &mut Tx,
    workstation: WorkstationId,
) -> Result<Option<ChangedWorkstation>, StoreError> {
    let msp = tx.scope().msp;
    let released = on!(&mut *tx, |c| Prepared(
        diesel::update(
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::id.eq(id(workstation)))
                .filter(workstations::status.eq(word(Status::Quarantined)))
        )
        .set((
            workstations::status.eq(word(Status::Active)),
            workstations::counter.eq(RESYNCHRONISE),
            workstations::rotation.eq(None::<Vec<u8>>),
            workstations::version.eq(workstations::version + 1),
        ))
        .returning((workstations::version, workstations::host_name, workstations::tenant))
    )
    .get_result::<ChangedWorkstation>(c));
    found_or_none(released)
}

/// Counts one more clearance of offline failures; with the workstation's own part of the state version after it.
///
/// # Errors
/// If the database does not answer.
pub async fn clear_offline_failures(
    tx: &mut Tx,
    workstation: WorkstationId,
) -> Result<Option<(ChangedWorkstation, i64)>, StoreError> {
    let msp = tx.scope().msp;
    let cleared = on!(&mut *tx, |c| Prepared(
        diesel::update(
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::id.eq(id(workstation)))
                .filter(workstations::status.ne(word(Status::Retired)))
        )
        .set((
            workstations::clearances.eq(workstations::clearances + 1),
            workstations::state_version.eq(workstations::state_version + 1),
            workstations::version.eq(workstations::version + 1),
        ))
        .returning((
            (workstations::version, workstations::host_name, workstations::tenant),
            workstations::state_version,
        ))
    )
    .get_result::<(ChangedWorkstation, i64)>(c));
    found_or_none(cleared)
}

/// Allows push logins again on a workstation where they are frozen.
///
/// # Errors
/// If the database does not answer.
pub async fn unfreeze(
    tx: &mut Tx,
    workstation: WorkstationId,
) -> Result<Option<ChangedWorkstation>, StoreError> {
    let msp = tx.scope().msp;
    let unfrozen = on!(&mut *tx, |c| Prepared(
        diesel::update(
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::id.eq(id(workstation)))
                .filter(workstations::status.ne(word(Status::Retired)))
                .filter(workstations::push_frozen_at.is_not_null())
        )
        .set((
            workstations::push_frozen_at.eq(None::<WrittenInstant>),
            workstations::version.eq(workstations::version + 1),
        ))
        .returning((workstations::version, workstations::host_name, workstations::tenant))
    )
    .get_result::<ChangedWorkstation>(c));
    found_or_none(unfrozen)
}
