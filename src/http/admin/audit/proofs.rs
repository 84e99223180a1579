//! Proofs about the tree, for whoever keeps checkpoints.

use actix_web::{get, web};
use countersign_protocol::wire::audit::{ConsistencyProof, InclusionProof};

use super::{
    params::{ConsistencyParams, InclusionParams},
    query::{ConsistencyOf, InclusionOf},
};
use crate::{
    flows::{Context, audit},
    http::{Answer, Json, authenticate::LogReader},
};

crate::refusals! {
    /// What a proof is refused with.
    Proving: NotFound
}

/// Prove that a leaf stands in a tree
///
/// RFC 6962 section 2.1.1. `not_found` for a tree larger than the log.
#[utoipa::path(
    params(InclusionParams),
    responses((status = 200, description = "The proof", body = InclusionProof), Proving),
)]
#[get("/admin/v1/audit/proofs/inclusion")]
pub async fn prove_inclusion(
    LogReader(caller): LogReader,
    InclusionOf(position, size): InclusionOf,
    ctx: web::Data<Context>,
) -> Answer<Json<InclusionProof>> {
    Ok(Json(audit::inclusion(&ctx, caller, position, size).await?))
}

/// Prove that an older tree is the beginning of a newer one
///
/// RFC 6962 section 2.1.2. `not_found` for a tree larger than the log.
#[utoipa::path(
    params(ConsistencyParams),
    responses((status = 200, description = "The proof", body = ConsistencyProof), Proving),
)]
#[get("/admin/v1/audit/proofs/consistency")]
pub async fn prove_consistency(
    LogReader(caller): LogReader,
    ConsistencyOf(old, new): ConsistencyOf,
    ctx: web::Data<Context>,
) -> Answer<Json<ConsistencyProof>> {
    Ok(Json(audit::consistency(&ctx, caller, old, new).await?))
}
