//! Signed heads.

use countersign_protocol::{Instant, MspId, audit::Frontier};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::heads::{Head, head, position};
use crate::store::{
    Across, StoreError,
    conn::on,
    found_or_none,
    prepared::Prepared,
    schema::{audit_checkpoints, audit_logs},
    types::{at, id},
};

/// Heads that have grown since they were signed, by their msps, the `limit` first ones behind `after`; one that is no
/// tree is an error of its own.
///
/// # Errors
/// If the database does not answer.
pub async fn unsigned(
    across: &mut Across,
    after: MspId,
    limit: i64,
) -> Result<Vec<(MspId, Result<Head, StoreError>)>, StoreError> {
    let rows = on!(&mut across.0, |c| audit_logs::table
        .filter(audit_logs::signed_size.lt(audit_logs::size))
        .filter(audit_logs::msp.gt(id(after)))
        .order(audit_logs::msp)
        .select((audit_logs::msp, audit_logs::size, audit_logs::frontier, audit_logs::recorded_at))
        .limit(limit)
        .load::<(MspId, i64, Vec<u8>, Instant)>(c))?;
    Ok(rows.into_iter().map(|row| (row.0, head(row))).collect())
}

/// Keeps the signed head of an origin's tree. The head was committed before it was signed.
///
/// # Errors
/// If the database does not answer.
pub async fn keep_checkpoint(
    across: &mut Across,
    msp: MspId,
    generation: i32,
    (frontier, note): (&Frontier, &str),
    now: Instant,
) -> Result<(), StoreError> {
    let size = position(frontier.size())?;
    on!(&mut across.0, |c| diesel::insert_into(audit_checkpoints::table)
        .values((
            audit_checkpoints::msp.eq(id(msp)),
            audit_checkpoints::generation.eq(generation),
            audit_checkpoints::size.eq(size),
            audit_checkpoints::note.eq(note),
            audit_checkpoints::signed_at.eq(at(now)),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    let raised = on!(&mut across.0, |c| Prepared(
        diesel::update(
            audit_logs::table
                .filter(audit_logs::msp.eq(id(msp)))
                .filter(audit_logs::signed_size.lt(size))
        )
        .set(audit_logs::signed_size.eq(size))
        .returning(audit_logs::signed_size)
    )
    .get_result::<i64>(c));
    found_or_none(raised).map(drop)
}

/// The newest checkpoint of an msp's newest origin.
///
/// # Errors
/// If the database does not answer.
pub async fn latest_checkpoint(
    across: &mut Across,
    msp: MspId,
) -> Result<Option<String>, StoreError> {
    let latest = on!(&mut across.0, |c| audit_checkpoints::table
        .filter(audit_checkpoints::msp.eq(id(msp)))
        .order((audit_checkpoints::generation.desc(), audit_checkpoints::size.desc()))
        .select(audit_checkpoints::note)
        .first::<String>(c));
    found_or_none(latest)
}
