//! One event.

use countersign_protocol::{
    ProblemCode,
    audit::Plan,
    wire::audit::{AuditEvent, CheckpointProof},
};

use super::{observed::observed, page::number, proofs::hashes};
use crate::{
    domain::{AuditFilter, Failure, Order, Refusal},
    flows::{AdminCaller, Context},
    store::{
        Conn,
        audit::{self, Bounds, Stretch},
    },
};

/// The event at a position, with its proof against the newest checkpoint that covers it.
///
/// # Errors
/// `not_found`; `pruned` where only the leaf is left; or that the database does not answer.
pub async fn event(
    ctx: &Context,
    caller: AdminCaller,
    position: u64,
) -> Result<AuditEvent, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    if position >= audit::size(&mut conn).await? {
        return Err(Refusal::not_found().into());
    }
    let stretch = Stretch { positions: position..=position, order: Order::Oldest };
    let bounds = Bounds { rows: 1, scanned: 1 };
    let found = audit::search(&mut conn, &AuditFilter::default(), &stretch, bounds).await?;
    let row = found.rows.into_iter().next();
    let row = row.ok_or_else(|| Failure::from(ProblemCode::Pruned))?;
    let proof = proof(&mut conn, position).await?;
    drop(conn);
    observed(ctx, caller, &format!("position={position}"), "event", 1);
    Ok(AuditEvent { entry: row.entry()?, proof })
}

async fn proof(conn: &mut Conn, position: u64) -> Result<Option<CheckpointProof>, Failure> {
    let Some((size, checkpoint)) = audit::newest_checkpoint(conn).await? else { return Ok(None) };
    let size = number(size)?;
    let Ok(plan) = Plan::inclusion(position, size) else { return Ok(None) };
    let hashes = hashes(conn, &plan).await?;
    Ok(Some(CheckpointProof { checkpoint, size, hashes }))
}
