//! A technician's pending logins, and their decision.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use countersign_protocol::{
    LoginId,
    wire::mobile::{Approve, Claim, Decided, Deny, LoginDetail, PendingLogins, SigningOptions},
};

use crate::{
    flows::{Context, login},
    http::{
        Address, Answer, Edge, Ids, IfNoneMatch, Json, Prefer, Versioned, authenticate::Device,
        parked,
    },
};

/// The technician's pending logins
///
/// With `Prefer: wait=N` and the last `ETag`, the answer comes when there is news.
#[utoipa::path(params(Prefer, IfNoneMatch), responses((status = 200, description = "The logins, oldest first", body = PendingLogins)))]
#[get("/mobile/v1/logins")]
pub async fn list_pending_logins(
    device: Device,
    address: Address,
    prefer: Prefer,
    known: IfNoneMatch,
    request: HttpRequest,
    edge: web::Data<Edge>,
    ctx: web::Data<Context>,
) -> Answer<Versioned<PendingLogins>> {
    let address = address.0.to_string();
    let wait = prefer.wait.min(ctx.settings.wait.max());
    let knows = |tag| known.knows(tag);
    let waiting = login::wait_for_pending(&ctx, device.0, &address, knows, wait);
    let seen = Box::pin(parked(&request, &edge, waiting)).await?;
    Ok(match seen {
        Some(seen) if !known.knows(seen.tag) => Versioned::News(seen.tag, seen.logins),
        Some(seen) => Versioned::Unchanged(seen.tag),
        None => known.unchanged(),
    })
}

/// One login, with all that a person needs to judge it
#[utoipa::path(responses((status = 200, description = "The login", body = LoginDetail)))]
#[get("/mobile/v1/logins/{login}")]
pub async fn read_login(
    device: Device,
    id: Ids<LoginId>,
    address: Address,
    ctx: web::Data<Context>,
) -> Answer<Json<LoginDetail>> {
    let address = address.0.to_string();
    Ok(Json(login::one(&ctx, device.0, id.0, &address).await?))
}

/// A phone has the login
///
/// For the app's notification service, which may acknowledge a push before anybody looks: the workstation then
/// knows that the login has reached a phone. Reading the login says the same.
#[utoipa::path(responses((status = 204, description = "Noted")))]
#[post("/mobile/v1/logins/{login}/seen")]
pub async fn acknowledge_login(
    device: Device,
    id: Ids<LoginId>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    login::acknowledge(&ctx, device.0, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

crate::refusals! {
    /// What a claim is refused with.
    Claiming: WrongSecret, NetworkMismatch, LoginNotPending, AlreadyClaimed
}

/// Claim a QR login
///
/// The secret is the part behind the dot of the scanned link. Two ten-second steps are accepted; five
/// wrong secrets end the login.
#[utoipa::path(responses((status = 200, description = "Claimed for this phone", body = LoginDetail), Claiming))]
#[post("/mobile/v1/logins/{login}/claim")]
pub async fn claim_login(
    device: Device,
    id: Ids<LoginId>,
    address: Address,
    claim: Json<Claim>,
    ctx: web::Data<Context>,
) -> Answer<Json<LoginDetail>> {
    let address = address.0.to_string();
    Ok(Json(login::claim(&ctx, device.0, id.0, &claim.0, &address).await?))
}

crate::refusals! {
    /// What signing options are refused with.
    Signing: LoginNotPending
}

/// What to sign
///
/// The challenge commits to the login's nonce and to everything the phone shows: rebuild it from the
/// screen, and refuse to sign if it differs.
#[utoipa::path(responses((status = 200, description = "The nonce and the passkey's options", body = SigningOptions), Signing))]
#[post("/mobile/v1/logins/{login}/options")]
pub async fn signing_options(
    device: Device,
    id: Ids<LoginId>,
    ctx: web::Data<Context>,
) -> Answer<Json<SigningOptions>> {
    Ok(Json(login::options(&ctx, device.0, id.0).await?))
}

crate::refusals! {
    /// What an approval is refused with.
    Approving: InvalidCredential, WrongCode, NetworkMismatch, LoginNotPending, Conflict
}

/// Approve a login
///
/// The assertion must be by this phone's own passkey, with user verification. A push login also takes the
/// code that the workstation shows; one wrong code denies it.
#[utoipa::path(responses((status = 200, description = "Approved", body = Decided), Approving))]
#[post("/mobile/v1/logins/{login}/approve")]
pub async fn approve_login(
    device: Device,
    id: Ids<LoginId>,
    address: Address,
    approval: Json<Approve>,
    ctx: web::Data<Context>,
) -> Answer<Json<Decided>> {
    let address = address.0.to_string();
    Ok(Json(Box::pin(login::approve(&ctx, device.0, id.0, approval.0, &address)).await?))
}

crate::refusals! {
    /// What a denial is refused with.
    Denying: LoginNotPending
}

/// Deny a login
///
/// As `fraud`, it also ends the workstation's other logins and freezes its push logins.
#[utoipa::path(responses((status = 200, description = "Denied", body = Decided), Denying))]
#[post("/mobile/v1/logins/{login}/deny")]
pub async fn deny_login(
    device: Device,
    id: Ids<LoginId>,
    denial: Json<Deny>,
    ctx: web::Data<Context>,
) -> Answer<Json<Decided>> {
    Ok(Json(login::deny(&ctx, device.0, id.0, &denial.0).await?))
}
