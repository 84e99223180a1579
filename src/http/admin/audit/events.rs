//! Pages of events, and one event.

use actix_web::{get, web};
use countersign_protocol::wire::audit::{AuditEvent, AuditPage};

use super::{
    params::{FilterParams, PageParams, TimeParams},
    query::PageOf,
};
use crate::{
    flows::{Context, audit},
    http::{Answer, Ids, Json, authenticate::LogReader},
};

/// Events of the audit log
///
/// The newest first, or the oldest. A cursor is a position: no event is skipped or told twice, whatever comes
/// meanwhile. For admins and auditors, and itself an observation in the log.
#[utoipa::path(
    params(FilterParams, TimeParams, PageParams),
    responses((status = 200, description = "A page of events", body = AuditPage)),
)]
#[get("/admin/v1/audit")]
pub async fn list_audit_events(
    LogReader(caller): LogReader,
    PageOf(asked): PageOf,
    ctx: web::Data<Context>,
) -> Answer<Json<AuditPage>> {
    Ok(Json(audit::page(&ctx, caller, asked).await?))
}

crate::refusals! {
    /// What one event is refused with.
    ReadingOne: Pruned
}

/// One event of the audit log
///
/// With the proof that it stands in the tree of the newest checkpoint that covers it. `pruned` where retention has
/// taken its body; its leaf's place can still be proved.
#[utoipa::path(
    params(("position" = u64, Path, description = "Its position.", example = 41)),
    responses((status = 200, description = "The event and its proof", body = AuditEvent), ReadingOne),
)]
#[get("/admin/v1/audit/{position}")]
pub async fn read_audit_event(
    LogReader(caller): LogReader,
    Ids(position): Ids<u64>,
    ctx: web::Data<Context>,
) -> Answer<Json<AuditEvent>> {
    Ok(Json(audit::event(&ctx, caller, position).await?))
}
