//! Who lost their tokens, and when.

use countersign_protocol::Instant;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{
    Across, StoreError, Tx,
    conn::on,
    schema::revocations,
    types::{at, id},
};

/// Every token of `subject` (a technician, device or workstation) issued until `now` is dead.
///
/// # Errors
/// If the database does not answer.
pub async fn revoke(tx: &mut Tx, subject: impl Into<Uuid>, now: Instant) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let subject: Uuid = subject.into();
    on!(&mut *tx, |c| diesel::insert_into(revocations::table)
        .values((
            revocations::subject.eq(id(subject)),
            revocations::msp.eq(id(msp)),
            revocations::revoked_at.eq(at(now)),
        ))
        .on_conflict(revocations::subject)
        .do_update()
        .set(revocations::revoked_at.eq(at(now)))
        .execute(c))?;
    Ok(())
}

/// All revocations since `since`, of all msps.
///
/// # Errors
/// If the database does not answer.
pub async fn since(
    across: &mut Across,
    since: Instant,
) -> Result<Vec<(Uuid, Instant)>, StoreError> {
    on!(&mut across.0, |c| revocations::table
        .filter(revocations::revoked_at.ge(at(since)))
        .select((revocations::subject, revocations::revoked_at))
        .load::<(Uuid, Instant)>(c))
}

/// Forgets revocations older than any token still alive.
///
/// # Errors
/// If the database does not answer.
pub async fn forget_before(across: &mut Across, instant: Instant) -> Result<usize, StoreError> {
    on!(&mut across.0, |c| diesel::delete(
        revocations::table.filter(revocations::revoked_at.lt(at(instant)))
    )
    .execute(c))
}
