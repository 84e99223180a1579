//! Proofs from the stored tree.

use countersign_protocol::{
    ProblemCode,
    audit::{Hash, Nodes, NotInTree, Plan},
    wire::audit::{ConsistencyProof, InclusionProof},
};

use crate::{
    domain::{Failure, Refusal},
    flows::{AdminCaller, Context},
    store::{Conn, audit},
};

/// That the leaf at `position` stands in the tree of the first `size` leaves.
///
/// # Errors
/// `not_found` for a tree that there isn't yet, `invalid_request` for a position beyond it; or that the database does
/// not answer.
pub async fn inclusion(
    ctx: &Context,
    caller: AdminCaller,
    position: u64,
    size: u64,
) -> Result<InclusionProof, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    within_the_log(&mut conn, size).await?;
    let plan = Plan::inclusion(position, size).map_err(|error| beyond("position", error))?;
    let leaf = audit::leaves(&mut conn, position..position + 1).await?.pop();
    let leaf = leaf.ok_or_else(|| Failure::Fault(format!("the log lacks the leaf {position}")))?;
    let hashes = hashes(&mut conn, &plan).await?;
    Ok(InclusionProof { position, size, hash: Hash(leaf.hash.0), hashes })
}

/// That the first `old` leaves are the beginning of the first `new`.
///
/// # Errors
/// `not_found` for a tree that there isn't yet, `invalid_request` for an older tree that is the larger; or that the
/// database does not answer.
pub async fn consistency(
    ctx: &Context,
    caller: AdminCaller,
    old: u64,
    new: u64,
) -> Result<ConsistencyProof, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    within_the_log(&mut conn, new).await?;
    let plan = Plan::consistency(old, new).map_err(|error| beyond("old", error))?;
    let hashes = hashes(&mut conn, &plan).await?;
    Ok(ConsistencyProof { old, new, hashes })
}

async fn within_the_log(conn: &mut Conn, size: u64) -> Result<(), Failure> {
    if size > audit::size(conn).await? { Err(Refusal::not_found().into()) } else { Ok(()) }
}

fn beyond(name: &str, error: NotInTree) -> Refusal {
    Refusal::because(ProblemCode::InvalidRequest, format!("{name}: {error}"))
}

/// The plan's hashes, from the nodes that it needs.
pub(super) async fn hashes(conn: &mut Conn, plan: &Plan) -> Result<Vec<Hash>, Failure> {
    let mut nodes = Nodes::default();
    for range in plan.needs() {
        let read = audit::nodes(conn, &range).await?;
        nodes.extend(read.into_iter().map(|(index, hash)| (range.level, index, hash)));
    }
    plan.hashes(&nodes).map_err(|missing| Failure::Fault(missing.to_string()))
}
