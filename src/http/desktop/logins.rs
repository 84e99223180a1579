//! A workstation's logins: open, wait, withdraw, take the grant.

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, post, web};
use countersign_protocol::{
    LoginId,
    wire::desktop::{Granted, LoginView, OpenLogin, Opened},
};

use crate::{
    flows::{
        Context,
        login::{self, Asked},
    },
    http::{
        Address, Answer, Edge, IdempotencyKey, Ids, IfNoneMatch, Json, Prefer, Versioned,
        authenticate::Workstation, parked,
    },
};

crate::refusals! {
    /// What opening is refused with.
    Opening: PushFrozen, Quarantined, NotConfirmed, IdempotencyConflict, Conflict
}

/// Open a login
///
/// By a typed name (`push`), answered with the code to show, or without one (`qr`), answered with the key
/// of the changing QR code. Whether a name means anybody can't be told from the answer.
#[utoipa::path(params(IdempotencyKey), responses(
    (status = 201, description = "Opened", body = Opened),
    (status = 200, description = "The login that this Idempotency-Key opened before", body = Opened),
    Opening,
))]
#[post("/desktop/v1/logins")]
pub async fn open_login(
    workstation: Workstation,
    key: IdempotencyKey,
    address: Address,
    opening: Json<OpenLogin>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    let asked = Asked {
        request: opening.0,
        idempotency_key: key.as_str().to_owned(),
        network_address: address.0.to_string(),
    };
    let (opened, new) = login::open(&ctx, workstation.0, asked).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(HttpResponse::build(status).json(opened))
}

/// One login, waited for
///
/// With `Prefer: wait=N` and the last `ETag`, the answer comes when the login changes.
#[utoipa::path(params(Prefer, IfNoneMatch), responses((status = 200, description = "The login", body = LoginView)))]
#[get("/desktop/v1/logins/{login}")]
pub async fn wait_for_login(
    workstation: Workstation,
    id: Ids<LoginId>,
    prefer: Prefer,
    known: IfNoneMatch,
    request: HttpRequest,
    edge: web::Data<Edge>,
    ctx: web::Data<Context>,
) -> Answer<Versioned<LoginView>> {
    let wait = prefer.wait.min(ctx.settings.wait.max());
    let knows = |version| known.knows(version);
    let waiting = login::wait_for_decision(&ctx, workstation.0, id.0, knows, wait);
    let seen = Box::pin(parked(&request, &edge, waiting)).await?;
    Ok(match seen {
        Some(view) if !known.knows(view.tag()) => Versioned::News(view.tag(), view),
        Some(view) => Versioned::Unchanged(view.tag()),
        None => known.unchanged(),
    })
}

crate::refusals! {
    /// What telling again is refused with.
    Resending: LoginNotPending, Conflict, TooManyRequests
}

/// Tell the phones again
///
/// For a pending push login whose phone stays dark; twice a minute at the most.
#[utoipa::path(responses((status = 200, description = "The login, as it stands", body = LoginView), Resending))]
#[post("/desktop/v1/logins/{login}/resend")]
pub async fn resend_login(
    workstation: Workstation,
    id: Ids<LoginId>,
    ctx: web::Data<Context>,
) -> Answer<Json<LoginView>> {
    Ok(Json(login::resend(&ctx, workstation.0, id.0).await?))
}

crate::refusals! {
    /// What withdrawing is refused with.
    Withdrawing: LoginNotPending
}

/// Withdraw a login
#[utoipa::path(responses((status = 200, description = "Withdrawn", body = LoginView), Withdrawing))]
#[post("/desktop/v1/logins/{login}/cancel")]
pub async fn withdraw_login(
    workstation: Workstation,
    id: Ids<LoginId>,
    ctx: web::Data<Context>,
) -> Answer<Json<LoginView>> {
    Ok(Json(login::withdraw(&ctx, workstation.0, id.0).await?))
}

crate::refusals! {
    /// What taking the grant is refused with.
    Taking: GrantNotAvailable
}

/// Take the grant of an approved login
///
/// Within 60 seconds of the approval. Asked again in that time, the same grant comes (the same `jti`).
#[utoipa::path(responses((status = 200, description = "The grant", body = Granted), Taking))]
#[post("/desktop/v1/logins/{login}/grant")]
pub async fn take_grant(
    workstation: Workstation,
    id: Ids<LoginId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Granted>> {
    Ok(Json(login::take(&ctx, workstation.0, id.0).await?))
}
