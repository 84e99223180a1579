//! What an msp keeps of its audit log.

use actix_web::{get, patch, web};
use countersign_protocol::wire::audit_settings::{AuditSettings, ChangeAuditSettings};

use crate::{
    flows::{Context, admin::audit_settings},
    http::{Answer, Json, authenticate::Admin},
};

/// What is kept of the audit log
#[utoipa::path(responses((status = 200, description = "What the msp keeps", body = AuditSettings)))]
#[get("/admin/v1/audit/settings")]
pub async fn read_audit_settings(
    Admin(caller): Admin,
    ctx: web::Data<Context>,
) -> Answer<Json<AuditSettings>> {
    Ok(Json(audit_settings::read(&ctx, caller).await?))
}

/// Change what is kept of the audit log
///
/// The settings are replaced as a whole: without `retention_days`, everything is kept. What goes is announced by an
/// entry of the log first; its hash stays, and so do the entries that others are verified by.
#[utoipa::path(responses((status = 200, description = "What the msp keeps now", body = AuditSettings)))]
#[patch("/admin/v1/audit/settings")]
pub async fn change_audit_settings(
    Admin(caller): Admin,
    Json(asked): Json<ChangeAuditSettings>,
    ctx: web::Data<Context>,
) -> Answer<Json<AuditSettings>> {
    Ok(Json(audit_settings::change(&ctx, caller, asked).await?))
}
