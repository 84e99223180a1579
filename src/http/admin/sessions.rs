//! Sessions, for admins.

use actix_web::{get, post, web};
use countersign_protocol::{
    SessionId,
    wire::{Page, sessions::Session},
};

use crate::{
    domain::SessionKind,
    flows::{Context, sessions},
    http::{Answer, Ids, Json, PageQuery, authenticate::Admin},
};

/// The msp's sessions
#[utoipa::path(params(PageQuery), responses((status = 200, description = "A page of sessions", body = Page<Session>)))]
#[get("/admin/v1/sessions")]
pub async fn list_sessions(
    Admin(caller): Admin,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<Session>>> {
    Ok(sessions::list(&ctx, caller, SessionKind::All, page.into()).await?.into())
}

/// The sessions that run now
#[utoipa::path(params(PageQuery), responses((status = 200, description = "A page of sessions", body = Page<Session>)))]
#[get("/admin/v1/open-sessions")]
pub async fn list_open_sessions(
    Admin(caller): Admin,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<Session>>> {
    Ok(sessions::list(&ctx, caller, SessionKind::Open, page.into()).await?.into())
}

/// The sessions that something is odd about
///
/// Each says what: a password that is not fresh, another's account, or what an upload can't have right.
#[utoipa::path(params(PageQuery), responses((status = 200, description = "A page of sessions", body = Page<Session>)))]
#[get("/admin/v1/flagged-sessions")]
pub async fn list_flagged_sessions(
    Admin(caller): Admin,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<Session>>> {
    Ok(sessions::list(&ctx, caller, SessionKind::Flagged, page.into()).await?.into())
}

/// One session
#[utoipa::path(responses((status = 200, description = "The session", body = Session)))]
#[get("/admin/v1/sessions/{session}")]
pub async fn read_session(
    Admin(caller): Admin,
    Ids(session): Ids<SessionId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Session>> {
    Ok(Json(sessions::one(&ctx, caller, session).await?))
}

crate::refusals! {
    /// What asking for an end is refused with.
    Ending: Conflict
}

/// Ask for a session's end
///
/// The workstation learns of it from its state document. Asked again, nothing changes.
#[utoipa::path(responses((status = 200, description = "The session", body = Session), Ending))]
#[post("/admin/v1/sessions/{session}/end")]
pub async fn end_session(
    Admin(caller): Admin,
    Ids(session): Ids<SessionId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Session>> {
    Ok(Json(sessions::ask_to_end(&ctx, caller, session).await?))
}
