//! Who lost their tokens, and when.

use std::time::Duration;

use countersign_protocol::Instant;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{
    Across, StoreError, Tx,
    conn::on,
    found_or_none,
    schema::revocations,
    types::{at, id},
};

/// Every token of `subject` (a technician, device or workstation) issued until `now` is dead.
///
/// A token given after a revocation begins with the next second, since tokens carry whole ones. So a
/// second revocation counts as at least a second later than the one before: it ends that token too.
///
/// # Errors
/// If the database does not answer.
pub async fn revoke(tx: &mut Tx, subject: impl Into<Uuid>, now: Instant) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let subject: Uuid = subject.into();
    let before = on!(&mut *tx, |c| revocations::table
        .filter(revocations::msp.eq(id(msp)))
        .filter(revocations::subject.eq(id(subject)))
        .select(revocations::revoked_at)
        .first::<Instant>(c));
    let before = found_or_none(before)?;
    let revoked_at = before.map_or(now, |before| now.max(before + Duration::from_secs(1)));
    on!(&mut *tx, |c| diesel::insert_into(revocations::table)
        .values((
            revocations::subject.eq(id(subject)),
            revocations::msp.eq(id(msp)),
            revocations::revoked_at.eq(at(revoked_at)),
        ))
        .on_conflict(revocations::subject)
        .do_update()
        .set(revocations::revoked_at.eq(at(revoked_at)))
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
