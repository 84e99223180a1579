//! The heads of the trees, locked by whoever numbers entries.

use countersign_protocol::{Instant, MspId, audit::Frontier};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Recording;
use crate::store::{
    StoreError,
    conn::{by_database, on},
    prepared::Prepared,
    schema::audit_logs,
    types::{WrittenId, at, id},
};

/// The head of an msp's tree.
#[derive(Clone, Debug)]
pub struct Head {
    /// Whose.
    pub msp: MspId,
    /// Size and right edge.
    pub frontier: Frontier,
    /// When the last entry was recorded.
    pub recorded_at: Instant,
}

/// Locks the heads of these msps, in the msps' order, and makes those that are missing. `msps` is sorted and has
/// nobody twice.
pub(super) async fn lock(
    tx: &mut Recording,
    msps: &[MspId],
    now: Instant,
) -> Result<Vec<Head>, StoreError> {
    let mut heads = locked(tx, msps).await?;
    if heads.len() < msps.len() {
        for missing in msps.iter().filter(|msp| heads.iter().all(|head| head.msp != **msp)) {
            on!(&mut *tx, |c| diesel::insert_into(audit_logs::table)
                .values((
                    audit_logs::msp.eq(id(*missing)),
                    audit_logs::size.eq(0_i64),
                    audit_logs::frontier.eq(Vec::<u8>::new()),
                    audit_logs::recorded_at.eq(at(now)),
                    audit_logs::signed_size.eq(0_i64),
                ))
                .on_conflict_do_nothing()
                .execute(c))?;
        }
        heads = locked(tx, msps).await?;
    }
    Ok(heads)
}

async fn locked(tx: &mut Recording, msps: &[MspId]) -> Result<Vec<Head>, StoreError> {
    let ids: Vec<WrittenId> = msps.iter().map(|msp| id(*msp)).collect();
    macro_rules! heads {
        () => {
            audit_logs::table.filter(audit_logs::msp.eq_any(&ids)).order(audit_logs::msp).select((
                audit_logs::msp,
                audit_logs::size,
                audit_logs::frontier,
                audit_logs::recorded_at,
            ))
        };
    }
    let rows = by_database!(
        &mut *tx,
        pg | c | heads!().for_update().load::<Row>(c),
        // BEGIN IMMEDIATE has locked everything.
        sqlite | c | heads!().load::<Row>(c)
    )?;
    rows.into_iter().map(head).collect()
}

type Row = (MspId, i64, Vec<u8>, Instant);

pub(super) fn head((msp, size, edge, recorded_at): Row) -> Result<Head, StoreError> {
    let edge = u64::try_from(size).ok().and_then(|size| Frontier::from_bytes(size, &edge).ok());
    let frontier = edge.ok_or_else(|| {
        StoreError::Corrupt(format!("the head of the log of {msp} is no tree of {size} entries"))
    })?;
    Ok(Head { msp, frontier, recorded_at })
}

/// Moves a locked head.
pub(super) async fn advance(tx: &mut Recording, head: &Head) -> Result<(), StoreError> {
    let size = position(head.frontier.size())?;
    on!(&mut *tx, |c| Prepared(
        diesel::update(audit_logs::table.filter(audit_logs::msp.eq(id(head.msp))))
            .set((
                audit_logs::size.eq(size),
                audit_logs::frontier.eq(head.frontier.to_bytes()),
                audit_logs::recorded_at.eq(at(head.recorded_at)),
            ))
            .returning(audit_logs::size)
    )
    .get_result::<i64>(c))?;
    Ok(())
}

/// A position or a size, as the database counts.
pub(super) fn position(position: u64) -> Result<i64, StoreError> {
    i64::try_from(position)
        .map_err(|_| StoreError::Corrupt("a log of more than 2^63 entries".into()))
}
