//! Which version of its state document a workstation has applied.

use countersign_protocol::{
    Instant, WorkstationId, offline::skew::Offset, wire::state::StateVersion,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::Prepared,
    schema::{workstation_acks, workstations},
    types::{at, id},
};

/// What a workstation says with a version that it has applied.
#[derive(Clone, Copy, Debug)]
pub struct NewlyApplied {
    /// The workstation.
    pub workstation: WorkstationId,
    /// The version; not above the one that stands.
    pub version: StateVersion,
    /// The present.
    pub now: Instant,
}

/// Writes down which version was applied, which never goes back, and since when; the row's version.
///
/// # Errors
/// If the database does not answer.
pub async fn apply(tx: &mut Tx, new: NewlyApplied) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let part = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (tenant, own) = (part(new.version.tenant), part(new.version.own));
    let applied = on!(&mut *tx, |c| Prepared(
        diesel::update(
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::id.eq(id(new.workstation)))
                .filter(workstations::acked_tenant.le(tenant))
                .filter(workstations::acked_own.le(own))
        )
        .set((
            workstations::acked_tenant.eq(tenant),
            workstations::acked_own.eq(own),
            workstations::acked_at.eq(at(new.now)),
            workstations::last_seen_at.eq(at(new.now)),
            workstations::version.eq(workstations::version + 1),
        ))
        .returning(workstations::version)
    )
    .get_result::<i64>(c));
    let applied = found_or_none(applied)?;
    if applied.is_some() {
        on!(&mut *tx, |c| diesel::insert_into(workstation_acks::table)
            .values((
                workstation_acks::workstation.eq(id(new.workstation)),
                workstation_acks::msp.eq(id(msp)),
                workstation_acks::tenant_version.eq(tenant),
                workstation_acks::own_version.eq(own),
                workstation_acks::acked_at.eq(at(new.now)),
            ))
            .on_conflict_do_nothing()
            .execute(c))?;
    }
    Ok(applied)
}

/// When a workstation had first applied a version, or one that covers it.
///
/// # Errors
/// If the database does not answer.
pub async fn had_applied(
    conn: &mut Conn,
    workstation: WorkstationId,
    version: StateVersion,
) -> Result<Option<Instant>, StoreError> {
    let msp = conn.scope().msp;
    let part = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let found = on!(conn, |c| workstation_acks::table
        .filter(workstation_acks::msp.eq(id(msp)))
        .filter(workstation_acks::workstation.eq(id(workstation)))
        .filter(workstation_acks::tenant_version.ge(part(version.tenant)))
        .filter(workstation_acks::own_version.ge(part(version.own)))
        .order(workstation_acks::acked_at)
        .select(workstation_acks::acked_at)
        .first::<Instant>(c));
    found_or_none(found)
}

/// How far off a clock is kept to be at the most, and how inexact, in milliseconds: the database reckons with both.
const FARTHEST: i64 = 1 << 52;

/// Keeps how far a workstation's clock was off.
///
/// # Errors
/// If the database does not answer.
pub async fn measured(
    tx: &mut Tx,
    workstation: WorkstationId,
    offset: Offset,
    now: Instant,
) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| diesel::update(
        workstations::table
            .filter(workstations::msp.eq(id(msp)))
            .filter(workstations::id.eq(id(workstation)))
    )
    .set((
        workstations::clock_offset_ms.eq(Some(offset.millis.clamp(-FARTHEST, FARTHEST))),
        workstations::clock_within_ms
            .eq(i64::try_from(offset.within_millis).unwrap_or(FARTHEST).min(FARTHEST)),
        workstations::clock_measured_at.eq(at(now)),
    ))
    .execute(c))?;
    Ok(())
}

/// Writes down up to which number a workstation's offline sessions are kept; false if somebody else was faster.
///
/// # Errors
/// If the database does not answer.
pub async fn uploaded(
    tx: &mut Tx,
    workstation: WorkstationId,
    before: u64,
    through: u64,
) -> Result<bool, StoreError> {
    let msp = tx.scope().msp;
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let moved = on!(&mut *tx, |c| diesel::update(
        workstations::table
            .filter(workstations::msp.eq(id(msp)))
            .filter(workstations::id.eq(id(workstation)))
            .filter(workstations::uploaded.eq(number(before)))
    )
    .set(workstations::uploaded.eq(number(through)))
    .execute(c))?;
    Ok(moved == 1)
}
