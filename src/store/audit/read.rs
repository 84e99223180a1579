//! The log as its readers see it: within their msp, and nothing but what was committed.

use std::ops::Range;

use countersign_protocol::{
    EventId, Instant, Nonce,
    audit::{Hash, NodeRange},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::heads::position;
use crate::store::{
    Conn, StoreError,
    conn::on,
    found_or_none,
    schema::{
        audit_checkpoints, audit_events, audit_leaves, audit_logs, audit_nodes, audit_origins,
    },
    types::{at, id},
};

/// A leaf.
#[derive(Clone, Debug, Queryable)]
pub struct Leaf {
    /// Its position.
    pub position: i64,
    /// The event.
    pub event_id: EventId,
    /// Its hash.
    pub hash: Nonce,
}

/// What a leaf is the hash of.
#[derive(Clone, Debug, Queryable)]
pub struct Body {
    /// Its position.
    pub position: i64,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// The event's text.
    pub body: String,
}

/// The public side of an origin.
#[derive(Clone, Debug, Queryable)]
pub struct OriginKey {
    /// Its number; the first is 1.
    pub generation: i32,
    /// Its name, as checkpoints bear it.
    pub name: String,
    /// Its Ed25519 public key.
    pub public_key: Nonce,
    /// How many entries the log had when it began.
    pub from_size: i64,
}

/// How many entries the msp's log has.
///
/// # Errors
/// If the database does not answer.
pub async fn size(conn: &mut Conn) -> Result<u64, StoreError> {
    let msp = conn.scope().msp;
    let size = on!(conn, |c| audit_logs::table
        .filter(audit_logs::msp.eq(id(msp)))
        .select(audit_logs::size)
        .first::<i64>(c));
    let size = found_or_none(size)?.unwrap_or(0);
    u64::try_from(size).map_err(|_| StoreError::Corrupt(format!("a log of {size} entries")))
}

/// The position of the first event that was recorded then or later and has its body still.
///
/// # Errors
/// If the database does not answer.
pub async fn first_since(conn: &mut Conn, since: Instant) -> Result<Option<u64>, StoreError> {
    let msp = conn.scope().msp;
    let first = on!(conn, |c| audit_events::table
        .filter(audit_events::msp.eq(id(msp)))
        .filter(audit_events::recorded_at.ge(at(since)))
        .order((audit_events::recorded_at, audit_events::position))
        .select(audit_events::position)
        .first::<i64>(c));
    Ok(found_or_none(first)?.and_then(|first| u64::try_from(first).ok()))
}

/// The position of the last event that was recorded earlier and has its body still.
///
/// # Errors
/// If the database does not answer.
pub async fn last_before(conn: &mut Conn, before: Instant) -> Result<Option<u64>, StoreError> {
    let msp = conn.scope().msp;
    let last = on!(conn, |c| audit_events::table
        .filter(audit_events::msp.eq(id(msp)))
        .filter(audit_events::recorded_at.lt(at(before)))
        .order((audit_events::recorded_at.desc(), audit_events::position.desc()))
        .select(audit_events::position)
        .first::<i64>(c));
    Ok(found_or_none(last)?.and_then(|last| u64::try_from(last).ok()))
}

/// The leaves at these positions, in their order.
///
/// # Errors
/// If the database does not answer.
pub async fn leaves(conn: &mut Conn, positions: Range<u64>) -> Result<Vec<Leaf>, StoreError> {
    let msp = conn.scope().msp;
    let (start, end) = (position(positions.start)?, position(positions.end)?);
    on!(conn, |c| audit_leaves::table
        .filter(audit_leaves::msp.eq(id(msp)))
        .filter(audit_leaves::position.ge(start))
        .filter(audit_leaves::position.lt(end))
        .order(audit_leaves::position)
        .select((audit_leaves::position, audit_leaves::event_id, audit_leaves::hash))
        .load::<Leaf>(c))
}

/// The bodies at these positions, in their order, without those that were pruned.
///
/// # Errors
/// If the database does not answer.
pub async fn bodies(conn: &mut Conn, positions: Range<u64>) -> Result<Vec<Body>, StoreError> {
    let msp = conn.scope().msp;
    let (start, end) = (position(positions.start)?, position(positions.end)?);
    on!(conn, |c| audit_events::table
        .filter(audit_events::msp.eq(id(msp)))
        .filter(audit_events::position.ge(start))
        .filter(audit_events::position.lt(end))
        .order(audit_events::position)
        .select((audit_events::position, audit_events::recorded_at, audit_events::body))
        .load::<Body>(c))
}

/// Stored nodes of the tree side by side, with their indices; fewer than asked for where they are not all there.
///
/// # Errors
/// If the database does not answer.
pub async fn nodes(conn: &mut Conn, range: &NodeRange) -> Result<Vec<(u64, Hash)>, StoreError> {
    let msp = conn.scope().msp;
    let rows: Vec<(i64, Nonce)> = if range.level == 0 {
        let leaves = leaves(conn, range.start..range.end).await?;
        leaves.into_iter().map(|leaf| (leaf.position, leaf.hash)).collect()
    } else {
        let (start, end) = (position(range.start)?, position(range.end)?);
        on!(conn, |c| audit_nodes::table
            .filter(audit_nodes::msp.eq(id(msp)))
            .filter(audit_nodes::level.eq(i16::from(range.level)))
            .filter(audit_nodes::position.ge(start))
            .filter(audit_nodes::position.lt(end))
            .order(audit_nodes::position)
            .select((audit_nodes::position, audit_nodes::hash))
            .load::<(i64, Nonce)>(c))?
    };
    let index = |at: i64| {
        u64::try_from(at).map_err(|_| StoreError::Corrupt(format!("a node at the position {at}")))
    };
    rows.into_iter().map(|(at, hash)| Ok((index(at)?, Hash(hash.0)))).collect()
}

/// The msp's origins, oldest first.
///
/// # Errors
/// If the database does not answer.
pub async fn origins(conn: &mut Conn) -> Result<Vec<OriginKey>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| audit_origins::table
        .filter(audit_origins::msp.eq(id(msp)))
        .order(audit_origins::generation)
        .select((
            audit_origins::generation,
            audit_origins::name,
            audit_origins::public_key,
            audit_origins::from_size,
        ))
        .load::<OriginKey>(c))
}

/// The newest checkpoints of an origin, or of the newest one that has any, newest first: their sizes and notes.
///
/// # Errors
/// If the database does not answer.
pub async fn newest_checkpoints(
    conn: &mut Conn,
    generation: i32,
    limit: i64,
) -> Result<Vec<(i64, String)>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| audit_checkpoints::table
        .filter(audit_checkpoints::msp.eq(id(msp)))
        .filter(audit_checkpoints::generation.eq(generation))
        .order(audit_checkpoints::size.desc())
        .limit(limit)
        .select((audit_checkpoints::size, audit_checkpoints::note))
        .load::<(i64, String)>(c))
}

/// The size and the note of the newest checkpoint of the newest origin.
///
/// # Errors
/// If the database does not answer.
pub async fn newest_checkpoint(conn: &mut Conn) -> Result<Option<(i64, String)>, StoreError> {
    let msp = conn.scope().msp;
    let newest = on!(conn, |c| audit_checkpoints::table
        .filter(audit_checkpoints::msp.eq(id(msp)))
        .order((audit_checkpoints::generation.desc(), audit_checkpoints::size.desc()))
        .select((audit_checkpoints::size, audit_checkpoints::note))
        .first::<(i64, String)>(c));
    found_or_none(newest)
}
