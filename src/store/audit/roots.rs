//! The root of the tree as it was, from the nodes that are stored.

use countersign_protocol::{
    MspId, Nonce,
    audit::{Hash, NodeRange, Nodes, Plan},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::heads::position;
use crate::store::{
    Across, Conn, StoreError,
    conn::on,
    schema::{audit_leaves, audit_nodes},
    types::id,
};

/// The root over the first `size` entries; `None` where the tree has fewer, or lacks nodes.
///
/// # Errors
/// If the database does not answer.
pub async fn root(across: &mut Across, msp: MspId, size: u64) -> Result<Option<Hash>, StoreError> {
    root_at(&mut across.0, msp, size).await
}

pub(super) async fn root_at(
    conn: &mut Conn,
    msp: MspId,
    size: u64,
) -> Result<Option<Hash>, StoreError> {
    let plan = Plan::root(size);
    let mut nodes = Nodes::default();
    for NodeRange { level, start, end } in plan.needs() {
        let range = (position(start)?, position(end)?);
        let found = read(conn, msp, level, range).await?;
        let found = found.into_iter();
        nodes.extend(found.map(|(index, hash)| (level, index.unsigned_abs(), Hash(hash.0))));
    }
    let root = plan.hashes(&nodes).ok();
    Ok(root.map(|root| root.into_iter().next().unwrap_or_else(Hash::of_empty_tree)))
}

async fn read(
    conn: &mut Conn,
    msp: MspId,
    level: u8,
    (from, until): (i64, i64),
) -> Result<Vec<(i64, Nonce)>, StoreError> {
    if level == 0 {
        return on!(conn, |c| audit_leaves::table
            .filter(audit_leaves::msp.eq(id(msp)))
            .filter(audit_leaves::position.ge(from))
            .filter(audit_leaves::position.lt(until))
            .select((audit_leaves::position, audit_leaves::hash))
            .load(c));
    }
    on!(conn, |c| audit_nodes::table
        .filter(audit_nodes::msp.eq(id(msp)))
        .filter(audit_nodes::level.eq(i16::from(level)))
        .filter(audit_nodes::position.ge(from))
        .filter(audit_nodes::position.lt(until))
        .select((audit_nodes::position, audit_nodes::hash))
        .load(c))
}
