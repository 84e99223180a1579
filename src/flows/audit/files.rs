//! The log as C2SP tlog-tiles lays it out: checkpoint, tiles, entry bundles, and the keys of the checkpoints.

use countersign_protocol::{
    MspId, ProblemCode,
    audit::{LogKey, NodeRange, Tile, TileContent, entry, entry_bundle as bundle},
    wire::audit::{LogKeys, LogOrigin},
};

use super::{observed::observed, page::number};
use crate::{
    domain::{Failure, Refusal},
    flows::{AdminCaller, Context},
    store::{Conn, Scope, audit},
};

/// The newest checkpoint of an msp's log.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn checkpoint(ctx: &Context, msp: MspId) -> Result<String, Failure> {
    let mut conn = ctx.store.within(Scope::msp(msp)).await?;
    let newest = audit::newest_checkpoint(&mut conn).await?;
    Ok(newest.ok_or_else(Refusal::not_found)?.1)
}

/// A tile of hashes, 32 bytes each.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn hash_tile(ctx: &Context, msp: MspId, tile: Tile) -> Result<Vec<u8>, Failure> {
    let TileContent::Nodes(level) = tile.content() else {
        return Err(Refusal::not_found().into());
    };
    let range = tile.range();
    let range = NodeRange { level, start: range.start, end: range.end };
    let mut conn = ctx.store.within(Scope::msp(msp)).await?;
    let nodes = audit::nodes(&mut conn, &range).await?;
    // Nodes are added in their order: a tile that isn't whole isn't there yet.
    if nodes.len() < usize::from(tile.width()) {
        return Err(Refusal::not_found().into());
    }
    Ok(nodes.into_iter().flat_map(|(_, hash)| hash.0).collect())
}

/// A bundle of entries, for who may read the msp's events.
///
/// # Errors
/// `not_found`, also for another msp's log; `pruned`; or that the database does not answer.
pub async fn entry_bundle(
    ctx: &Context,
    caller: AdminCaller,
    msp: MspId,
    tile: Tile,
) -> Result<Vec<u8>, Failure> {
    if msp != caller.scope.msp || tile.content() != TileContent::Entries {
        return Err(Refusal::not_found().into());
    }
    let mut conn = ctx.store.within(caller.scope).await?;
    if !tile.is_in(audit::size(&mut conn).await?) {
        return Err(Refusal::not_found().into());
    }
    let bodies = audit::bodies(&mut conn, tile.range()).await?;
    drop(conn);
    if bodies.len() < usize::from(tile.width()) {
        return Err(ProblemCode::Pruned.into());
    }
    let fault = |error: &dyn std::fmt::Display| Failure::Fault(format!("{tile}: {error}"));
    let entries = bodies.iter().map(|body| entry(body.recorded_at, &body.body));
    let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|error| fault(&error))?;
    let bytes = bundle(&entries).map_err(|error| fault(&error))?;
    observed(ctx, caller, &tile.to_string(), "entries", entries.len() as u64);
    Ok(bytes)
}

/// The verifier keys of an msp's log.
///
/// # Errors
/// `not_found` if it has none yet, or that the database does not answer.
pub async fn keys(ctx: &Context, msp: MspId) -> Result<LogKeys, Failure> {
    let mut conn = ctx.store.within(Scope::msp(msp)).await?;
    let origins = origins(&mut conn).await?;
    if origins.is_empty() { Err(Refusal::not_found().into()) } else { Ok(LogKeys { msp, origins }) }
}

/// The origins within the connection's scope, oldest first.
pub(super) async fn origins(conn: &mut Conn) -> Result<Vec<LogOrigin>, Failure> {
    let rows = audit::origins(conn).await?;
    let origin = |row: audit::OriginKey| {
        let vkey = LogKey::new(&row.name, row.public_key.0)
            .map_err(|error| Failure::Fault(format!("the origin {}: {error}", row.name)))?;
        let from_size = number(row.from_size)?;
        Ok(LogOrigin { generation: row.generation, name: row.name, vkey, from_size })
    };
    rows.into_iter().map(origin).collect()
}
