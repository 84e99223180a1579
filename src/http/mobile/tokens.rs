//! A phone's tokens.

use actix_web::{post, web};
use countersign_protocol::wire::mobile::{
    FinishSignIn, Refresh, SignInOptions, StartSignIn, Tokens,
};

use crate::{
    flows::{Context, tokens},
    http::{Answer, Json, authenticate::Proven},
};

crate::refusals! {
    /// What a refresh is refused with.
    Refreshing: InvalidGrant
}

/// Refresh
///
/// Each refresh token is used once. The same key may repeat a rotation for 60 seconds, since answers get
/// lost; any other repetition ends the family, and the phone signs in again.
#[utoipa::path(
    security(("dpop_proof" = [])),
    responses((status = 200, description = "The next pair of tokens", body = Tokens), Refreshing),
)]
#[post("/mobile/v1/token")]
pub async fn refresh_tokens(
    Proven(proof): Proven,
    Json(asked): Json<Refresh>,
    ctx: web::Data<Context>,
) -> Answer<Json<Tokens>> {
    Ok(Json(tokens::refresh(&ctx, &proof.jkt, &asked).await?))
}

/// Start signing in again
#[utoipa::path(
    security(("dpop_proof" = [])),
    responses((status = 200, description = "What to sign", body = SignInOptions), Refreshing),
)]
#[post("/mobile/v1/sign-in/options")]
pub async fn start_sign_in(
    Proven(proof): Proven,
    Json(asked): Json<StartSignIn>,
    ctx: web::Data<Context>,
) -> Answer<Json<SignInOptions>> {
    Ok(Json(tokens::start_sign_in(&ctx, &proof.jkt, &asked).await?))
}

crate::refusals! {
    /// What signing in again is refused with.
    SigningIn: InvalidGrant, InvalidCredential
}

/// Sign in again
///
/// With the device's own passkey and its own key: a synced passkey on another phone is not enough.
#[utoipa::path(
    security(("dpop_proof" = [])),
    responses((status = 200, description = "The first pair of a new family of tokens", body = Tokens), SigningIn),
)]
#[post("/mobile/v1/sign-in")]
pub async fn finish_sign_in(
    Proven(proof): Proven,
    Json(asked): Json<FinishSignIn>,
    ctx: web::Data<Context>,
) -> Answer<Json<Tokens>> {
    Ok(Json(Box::pin(tokens::finish_sign_in(&ctx, &proof.jkt, asked)).await?))
}
