//! A whole log, read from its beginning by whoever verifies it.

use countersign_protocol::{EventId, Instant, MspId, Nonce};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::store::{
    Across, StoreError,
    conn::on,
    found_or_none,
    schema::{
        audit_checkpoints, audit_events, audit_leaves, audit_logs, audit_nodes, audit_origins,
    },
    types::id,
};

/// The msps that have a log, or an origin of one.
///
/// # Errors
/// If the database does not answer.
pub async fn logs(across: &mut Across) -> Result<Vec<MspId>, StoreError> {
    let mut msps =
        on!(&mut across.0, |c| audit_logs::table.select(audit_logs::msp).load::<MspId>(c))?;
    msps.extend(on!(&mut across.0, |c| audit_origins::table
        .select(audit_origins::msp)
        .distinct()
        .load::<MspId>(c))?);
    msps.sort();
    msps.dedup();
    Ok(msps)
}

/// An origin as everyone may know it: number, name, public key, and the size when it began.
pub type KnownOrigin = (i32, String, Nonce, i64);

/// The origins of a log, oldest first.
///
/// # Errors
/// If the database does not answer.
pub async fn origins(across: &mut Across, msp: MspId) -> Result<Vec<KnownOrigin>, StoreError> {
    on!(&mut across.0, |c| audit_origins::table
        .filter(audit_origins::msp.eq(id(msp)))
        .order(audit_origins::generation)
        .select((
            audit_origins::generation,
            audit_origins::name,
            audit_origins::public_key,
            audit_origins::from_size,
        ))
        .load::<KnownOrigin>(c))
}

/// The head of a log as it is stored, unread: size, right edge, instant of the last entry.
pub type StoredHead = (i64, Vec<u8>, Instant);

/// The head of a log.
///
/// # Errors
/// If the database does not answer.
pub async fn stored_head(
    across: &mut Across,
    msp: MspId,
) -> Result<Option<StoredHead>, StoreError> {
    let head = on!(&mut across.0, |c| audit_logs::table
        .filter(audit_logs::msp.eq(id(msp)))
        .select((audit_logs::size, audit_logs::frontier, audit_logs::recorded_at))
        .first::<StoredHead>(c));
    found_or_none(head)
}

/// The last position that has a leaf.
///
/// # Errors
/// If the database does not answer.
pub async fn last_leaf(across: &mut Across, msp: MspId) -> Result<Option<i64>, StoreError> {
    let last = on!(&mut across.0, |c| audit_leaves::table
        .filter(audit_leaves::msp.eq(id(msp)))
        .order(audit_leaves::position.desc())
        .select(audit_leaves::position)
        .first::<i64>(c));
    found_or_none(last)
}

/// A leaf: position, event, hash.
pub type LeafAt = (i64, EventId, Nonce);

/// The leaves from `from` to before `until`.
///
/// # Errors
/// If the database does not answer.
pub async fn leaves(
    across: &mut Across,
    msp: MspId,
    (from, until): (i64, i64),
) -> Result<Vec<LeafAt>, StoreError> {
    on!(&mut across.0, |c| audit_leaves::table
        .filter(audit_leaves::msp.eq(id(msp)))
        .filter(audit_leaves::position.ge(from))
        .filter(audit_leaves::position.lt(until))
        .order(audit_leaves::position)
        .select((audit_leaves::position, audit_leaves::event_id, audit_leaves::hash))
        .load::<LeafAt>(c))
}

/// A body and the columns beside it.
#[derive(Clone, Debug, Queryable)]
pub struct BodyAt {
    /// Its position.
    pub position: i64,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// The event.
    pub event_id: EventId,
    /// The fact's word.
    pub kind: String,
    /// How it went.
    pub outcome: Option<String>,
    /// The tenant.
    pub tenant: Option<Uuid>,
    /// The technician.
    pub technician: Option<Uuid>,
    /// The workstation.
    pub workstation: Option<Uuid>,
    /// The account.
    pub account: Option<String>,
    /// The sentence.
    pub sentence: String,
    /// The event's text.
    pub body: String,
}

/// The bodies from `from` to before `until`.
///
/// # Errors
/// If the database does not answer.
pub async fn bodies(
    across: &mut Across,
    msp: MspId,
    (from, until): (i64, i64),
) -> Result<Vec<BodyAt>, StoreError> {
    on!(&mut across.0, |c| audit_events::table
        .filter(audit_events::msp.eq(id(msp)))
        .filter(audit_events::position.ge(from))
        .filter(audit_events::position.lt(until))
        .order(audit_events::position)
        .select((
            audit_events::position,
            audit_events::recorded_at,
            audit_events::event_id,
            audit_events::kind,
            audit_events::outcome,
            audit_events::tenant,
            audit_events::technician,
            audit_events::workstation,
            audit_events::account,
            audit_events::sentence,
            audit_events::body,
        ))
        .load::<BodyAt>(c))
}

/// The nodes of a level from the index `from` to before `until`: index and hash.
///
/// # Errors
/// If the database does not answer.
pub async fn nodes(
    across: &mut Across,
    msp: MspId,
    level: i16,
    (from, until): (i64, i64),
) -> Result<Vec<(i64, Nonce)>, StoreError> {
    on!(&mut across.0, |c| audit_nodes::table
        .filter(audit_nodes::msp.eq(id(msp)))
        .filter(audit_nodes::level.eq(level))
        .filter(audit_nodes::position.ge(from))
        .filter(audit_nodes::position.lt(until))
        .select((audit_nodes::position, audit_nodes::hash))
        .load::<(i64, Nonce)>(c))
}

/// A signed head: number of its origin, size, note.
pub type CheckpointAt = (i32, i64, String);

/// The checkpoints over sizes above `above` and up to `through`, of all origins; `limit` of them at most.
///
/// # Errors
/// If the database does not answer.
pub async fn checkpoints(
    across: &mut Across,
    msp: MspId,
    (above, through): (i64, i64),
    limit: i64,
) -> Result<Vec<CheckpointAt>, StoreError> {
    on!(&mut across.0, |c| audit_checkpoints::table
        .filter(audit_checkpoints::msp.eq(id(msp)))
        .filter(audit_checkpoints::size.gt(above))
        .filter(audit_checkpoints::size.le(through))
        .order((audit_checkpoints::size, audit_checkpoints::generation))
        .limit(limit)
        .select((audit_checkpoints::generation, audit_checkpoints::size, audit_checkpoints::note))
        .load::<CheckpointAt>(c))
}

/// The largest size that was signed.
///
/// # Errors
/// If the database does not answer.
pub async fn last_checkpoint_size(
    across: &mut Across,
    msp: MspId,
) -> Result<Option<i64>, StoreError> {
    let last = on!(&mut across.0, |c| audit_checkpoints::table
        .filter(audit_checkpoints::msp.eq(id(msp)))
        .order(audit_checkpoints::size.desc())
        .select(audit_checkpoints::size)
        .first::<i64>(c));
    found_or_none(last)
}
