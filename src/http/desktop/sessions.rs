//! A workstation's sessions: with a login, without network, and with its recovery code.

use actix_web::{HttpResponse, http::StatusCode, post, web};
use countersign_protocol::{
    SessionId,
    wire::{
        desktop::RecoveryUsed,
        offline::{UploadSessions, Uploaded},
        sessions::{ReportEnd, ReportSession, Session},
    },
};

use crate::{
    flows::{Context, offline, sessions},
    http::{Answer, Done, Ids, Json, authenticate::Workstation},
};

/// Report a session
///
/// After the grant was taken, once the session has begun. The same login reported again is the same session. Without
/// a password made after the grant it is kept, and flagged.
#[utoipa::path(responses(
    (status = 201, description = "Kept", body = Session),
    (status = 200, description = "The session that this login has", body = Session),
))]
#[post("/desktop/v1/sessions")]
pub async fn report_session(
    Workstation(caller): Workstation,
    Json(report): Json<ReportSession>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    let (session, new) = sessions::report_session(&ctx, caller, report).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(HttpResponse::build(status).json(session))
}

/// Report a session's end
#[utoipa::path(responses((status = 200, description = "Kept; said again, it stays as it was", body = Session)))]
#[post("/desktop/v1/sessions/{session}/end")]
pub async fn report_session_end(
    Workstation(caller): Workstation,
    Ids(session): Ids<SessionId>,
    Json(report): Json<ReportEnd>,
    ctx: web::Data<Context>,
) -> Answer<Json<Session>> {
    Ok(Json(sessions::report_end(&ctx, caller, session, report).await?))
}

crate::refusals! {
    /// What an upload is refused with.
    Uploading: Conflict
}

/// Upload offline sessions
///
/// In the order of their numbers; what was kept before changes nothing. One that can't be right is kept and flagged.
#[utoipa::path(responses((status = 200, description = "Kept, up to this number", body = Uploaded), Uploading))]
#[post("/desktop/v1/offline-sessions")]
pub async fn upload_offline_sessions(
    Workstation(caller): Workstation,
    Json(asked): Json<UploadSessions>,
    ctx: web::Data<Context>,
) -> Answer<Json<Uploaded>> {
    Ok(Json(offline::upload(&ctx, caller, asked).await?))
}

/// Say that the recovery code was used
///
/// It is replaced. Said again, nothing changes.
#[utoipa::path(responses((status = 204, description = "Kept; the code was replaced")))]
#[post("/desktop/v1/recovery-used")]
pub async fn recovery_used(
    Workstation(caller): Workstation,
    Json(used): Json<RecoveryUsed>,
    ctx: web::Data<Context>,
) -> Answer<Done> {
    offline::recovery_used(&ctx, caller, used).await?;
    Ok(Done)
}
