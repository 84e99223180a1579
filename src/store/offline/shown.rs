//! Codes that phones say they showed.

use countersign_protocol::{
    DeviceId, Instant, SecretId, TechnicianId, WorkstationId,
    offline::{SecretVersion, ShownCode},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    schema::{offline_handovers, shown_codes},
    types::{at, id},
};

/// Keeps a phone's record of a code it showed; false if it was kept before.
///
/// # Errors
/// If the database does not answer.
pub async fn keep_shown(tx: &mut Tx, shown: &ShownCode, now: Instant) -> Result<bool, StoreError> {
    let msp = tx.scope().msp;
    let kept = on!(&mut *tx, |c| diesel::insert_into(shown_codes::table)
        .values((
            shown_codes::device.eq(id(shown.device)),
            shown_codes::workstation.eq(id(shown.workstation)),
            shown_codes::secret_version.eq(shown.version.to_string()),
            shown_codes::step.eq(i64::try_from(shown.step).unwrap_or(i64::MAX)),
            shown_codes::msp.eq(id(msp)),
            shown_codes::technician.eq(id(shown.technician)),
            shown_codes::shown_at.eq(at(shown.shown_at)),
            shown_codes::reported_at.eq(at(now)),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(kept == 1)
}

/// The technician's phones that say that they showed this code.
///
/// # Errors
/// If the database does not answer.
pub async fn shown_by(
    conn: &mut Conn,
    technician: TechnicianId,
    workstation: WorkstationId,
    (version, step): (&str, i64),
) -> Result<Vec<DeviceId>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| shown_codes::table
        .filter(shown_codes::msp.eq(id(msp)))
        .filter(shown_codes::workstation.eq(id(workstation)))
        .filter(shown_codes::secret_version.eq(version))
        .filter(shown_codes::step.eq(step))
        .filter(shown_codes::technician.eq(id(technician)))
        .select(shown_codes::device)
        .load::<DeviceId>(c))
}

/// The epoch that a hand-over of a version's secret stands under: the technician's, of a derived one.
#[must_use]
pub fn epoch_of(version: SecretVersion) -> u32 {
    match version {
        SecretVersion::Derived(epochs) => epochs.technician,
        SecretVersion::Named(_) | SecretVersion::Shared(_) => 0,
    }
}

/// True if one of these phones received the secret: no other can have shown a code of it.
///
/// # Errors
/// If the database does not answer.
pub async fn received(
    conn: &mut Conn,
    devices: &[DeviceId],
    secret: SecretId,
    epoch: u32,
) -> Result<bool, StoreError> {
    if devices.is_empty() {
        return Ok(false);
    }
    let msp = conn.scope().msp;
    let devices: Vec<_> = devices.iter().map(|device| id(*device)).collect();
    let found = on!(conn, |c| offline_handovers::table
        .filter(offline_handovers::msp.eq(id(msp)))
        .filter(offline_handovers::secret.eq(id(secret)))
        .filter(offline_handovers::device.eq_any(&devices))
        .filter(offline_handovers::epoch.eq(i32::try_from(epoch).unwrap_or(i32::MAX)))
        .select(offline_handovers::device)
        .first::<DeviceId>(c));
    Ok(found_or_none(found)?.is_some())
}
