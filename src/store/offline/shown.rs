//! Codes that phones say they showed.

use countersign_protocol::{Instant, TechnicianId, WorkstationId, offline::ShownCode};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    schema::shown_codes,
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

/// True if a phone of the technician says that it showed this code.
///
/// # Errors
/// If the database does not answer.
pub async fn shown_by(
    conn: &mut Conn,
    technician: TechnicianId,
    workstation: WorkstationId,
    (version, step): (&str, i64),
) -> Result<bool, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| shown_codes::table
        .filter(shown_codes::msp.eq(id(msp)))
        .filter(shown_codes::workstation.eq(id(workstation)))
        .filter(shown_codes::secret_version.eq(version))
        .filter(shown_codes::step.eq(step))
        .filter(shown_codes::technician.eq(id(technician)))
        .select(shown_codes::step)
        .first::<i64>(c));
    Ok(found_or_none(found)?.is_some())
}
