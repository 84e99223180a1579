//! Which checkpoints somebody else has.

use countersign_protocol::{Instant, MspId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::walk::CheckpointAt;
use crate::store::{
    Across, StoreError,
    conn::on,
    found_or_none,
    schema::{audit_checkpoints, audit_logs, audit_origins, audit_shipments},
    types::{at, id},
};

/// The logs that were signed, and over how many entries last.
///
/// # Errors
/// If the database does not answer.
pub async fn signed(across: &mut Across) -> Result<Vec<(MspId, i64)>, StoreError> {
    on!(&mut across.0, |c| audit_logs::table
        .filter(audit_logs::signed_size.gt(0))
        .order(audit_logs::msp)
        .select((audit_logs::msp, audit_logs::signed_size))
        .load::<(MspId, i64)>(c))
}

/// The number of each log's newest origin.
///
/// # Errors
/// If the database does not answer.
pub async fn generations(across: &mut Across) -> Result<Vec<(MspId, Option<i32>)>, StoreError> {
    on!(&mut across.0, |c| audit_origins::table
        .group_by(audit_origins::msp)
        .select((audit_origins::msp, diesel::dsl::max(audit_origins::generation)))
        .load::<(MspId, Option<i32>)>(c))
}

/// The newest checkpoint of a log.
///
/// # Errors
/// If the database does not answer.
pub async fn newest(across: &mut Across, msp: MspId) -> Result<Option<CheckpointAt>, StoreError> {
    let newest = on!(&mut across.0, |c| audit_checkpoints::table
        .filter(audit_checkpoints::msp.eq(id(msp)))
        .order((audit_checkpoints::generation.desc(), audit_checkpoints::size.desc()))
        .select((audit_checkpoints::generation, audit_checkpoints::size, audit_checkpoints::note))
        .first::<CheckpointAt>(c));
    found_or_none(newest)
}

/// What a target has of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub struct Shipment {
    /// Whose log.
    pub msp: MspId,
    /// The number of the origin.
    pub generation: i32,
    /// Over how many entries the checkpoint is.
    pub size: i64,
    /// Whether it is of another history.
    pub contradicted: bool,
}

/// What a target has of each log.
///
/// # Errors
/// If the database does not answer.
pub async fn at_target(across: &mut Across, target: &str) -> Result<Vec<Shipment>, StoreError> {
    on!(&mut across.0, |c| audit_shipments::table
        .filter(audit_shipments::target.eq(target))
        .select((
            audit_shipments::msp,
            audit_shipments::generation,
            audit_shipments::size,
            audit_shipments::contradicted,
        ))
        .load::<Shipment>(c))
}

/// The size at which somebody has another history under an origin's name.
///
/// # Errors
/// If the database does not answer.
pub async fn contradicted(
    across: &mut Across,
    msp: MspId,
    generation: i32,
) -> Result<Option<i64>, StoreError> {
    let found = on!(&mut across.0, |c| audit_shipments::table
        .filter(audit_shipments::msp.eq(id(msp)))
        .filter(audit_shipments::generation.eq(generation))
        .filter(audit_shipments::contradicted.eq(true))
        .select(audit_shipments::size)
        .first::<i64>(c));
    found_or_none(found)
}

/// The largest size of an origin's checkpoint that somebody has.
///
/// # Errors
/// If the database does not answer.
pub async fn largest(
    across: &mut Across,
    msp: MspId,
    generation: i32,
) -> Result<Option<i64>, StoreError> {
    let largest = on!(&mut across.0, |c| audit_shipments::table
        .filter(audit_shipments::msp.eq(id(msp)))
        .filter(audit_shipments::generation.eq(generation))
        .order(audit_shipments::size.desc())
        .select(audit_shipments::size)
        .first::<i64>(c));
    found_or_none(largest)
}

/// Notes what a target has.
///
/// # Errors
/// If the database does not answer.
pub async fn shipped(
    across: &mut Across,
    target: &str,
    shipment: Shipment,
    now: Instant,
) -> Result<(), StoreError> {
    let Shipment { msp, generation, size, contradicted } = shipment;
    on!(&mut across.0, |c| diesel::insert_into(audit_shipments::table)
        .values((
            audit_shipments::target.eq(target),
            audit_shipments::msp.eq(id(msp)),
            audit_shipments::generation.eq(generation),
            audit_shipments::size.eq(size),
            audit_shipments::shipped_at.eq(at(now)),
            audit_shipments::contradicted.eq(contradicted),
        ))
        .on_conflict((audit_shipments::target, audit_shipments::msp))
        .do_update()
        .set((
            audit_shipments::generation.eq(generation),
            audit_shipments::size.eq(size),
            audit_shipments::shipped_at.eq(at(now)),
            audit_shipments::contradicted.eq(contradicted),
        ))
        .execute(c))?;
    Ok(())
}
