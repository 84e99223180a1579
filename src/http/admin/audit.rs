//! Reading the audit log.

use actix_web::{HttpResponse, get, http::header, web};
use countersign_protocol::wire::audit::{AuditEvent, AuditPage, ConsistencyProof, InclusionProof};
use futures_util::stream;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    flows::{
        Context,
        audit::{self, Export, PageAsked},
    },
    http::{Answer, AuditQuery, Ids, Json, authenticate::LogReader},
};

/// A page of the audit log
///
/// Newest or oldest first. A cursor stays right while events arrive. `committed_through` is a position at and below
/// which there is no hole. Reading is itself an observation in the log.
#[utoipa::path(params(AuditQuery), responses((status = 200, description = "A page", body = AuditPage)))]
#[get("/admin/v1/audit")]
pub async fn read_audit_log(
    LogReader(caller): LogReader,
    asked: AuditQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<AuditPage>> {
    let AuditQuery { filter, order, limit, after, .. } = asked;
    Ok(Json(audit::page(&ctx, caller, PageAsked { filter, order, limit, after }).await?))
}

crate::refusals! {
    /// What reading one event is refused with.
    Reading: Pruned
}

/// One event, with its proof
///
/// The inclusion proof (RFC 6962) is against the newest checkpoint that covers the event.
#[utoipa::path(
    params(("position" = u64, Path, description = "The event's position")),
    responses((status = 200, description = "The event", body = AuditEvent), Reading),
)]
#[get("/admin/v1/audit/events/{position}")]
pub async fn read_audit_event(
    LogReader(caller): LogReader,
    Ids(position): Ids<u64>,
    ctx: web::Data<Context>,
) -> Answer<Json<AuditEvent>> {
    Ok(Json(audit::event(&ctx, caller, position).await?))
}

/// Which leaf of which tree.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InclusionAsked {
    /// The leaf's position.
    #[param(example = 7)]
    position: u64,
    /// The tree's size.
    #[param(example = 12)]
    size: u64,
}

/// Prove that an event stands in a tree
#[utoipa::path(params(InclusionAsked), responses((status = 200, description = "The proof", body = InclusionProof)))]
#[get("/admin/v1/audit/proofs/inclusion")]
pub async fn prove_inclusion(
    LogReader(caller): LogReader,
    asked: web::Query<InclusionAsked>,
    ctx: web::Data<Context>,
) -> Answer<Json<InclusionProof>> {
    Ok(Json(audit::inclusion(&ctx, caller, asked.position, asked.size).await?))
}

/// Which two trees.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConsistencyAsked {
    /// The older tree's size.
    #[param(example = 7)]
    old: u64,
    /// The newer tree's size.
    #[param(example = 12)]
    new: u64,
}

/// Prove that an older tree is the beginning of a newer one
#[utoipa::path(params(ConsistencyAsked), responses((status = 200, description = "The proof", body = ConsistencyProof)))]
#[get("/admin/v1/audit/proofs/consistency")]
pub async fn prove_consistency(
    LogReader(caller): LogReader,
    asked: web::Query<ConsistencyAsked>,
    ctx: web::Data<Context>,
) -> Answer<Json<ConsistencyProof>> {
    Ok(Json(audit::consistency(&ctx, caller, asked.old, asked.new).await?))
}

/// Export the audit log
///
/// A stream, oldest first, as far as the log had come when it began. `ndjson` is evidence: unfiltered, it can be
/// checked without the service.
#[utoipa::path(params(AuditQuery), responses((status = 200, description = "The events, one a line", content_type = "application/x-ndjson", body = String, example = "{\"countersign_audit\":1}")))]
#[get("/admin/v1/audit/export")]
pub async fn export_audit_log(
    LogReader(caller): LogReader,
    asked: AuditQuery,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    let AuditQuery { filter, format, .. } = asked;
    let export = Export::start(ctx.into_inner(), caller, filter, format).await?;
    let lines = stream::try_unfold(export, async |mut export| {
        // A stream that can't go on is cut: an export without its last line is told apart from a whole one.
        match export.next().await {
            Ok(Some(lines)) => Ok(Some((web::Bytes::from(lines), export))),
            Ok(None) => Ok(None),
            Err(failure) => {
                tracing::warn!(?failure, "an export of the audit log was cut");
                Err(std::io::Error::other("the export was cut"))
            }
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, format.media_type()))
        .streaming(Box::pin(lines)))
}
