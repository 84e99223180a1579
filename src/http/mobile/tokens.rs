//! A phone's tokens: refreshed, and given anew to a phone that signs in again.

use actix_web::{post, web};
use countersign_protocol::wire::mobile::{
    FinishSignIn, Refresh, SignInOptions, StartSignIn, Tokens,
};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    flows::{Context, tokens},
    http::{Answer, Json, authenticate::Proven},
};

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(refresh).service(start_sign_in).service(finish_sign_in);
}

crate::refusals! {
    /// What a phone without a valid token is refused with.
    NotGranted: InvalidGrant
}

/// Trade a refresh token for the next pair
///
/// Each refresh token is used once. For a minute after, the same one gives the same successor again, since
/// answers get lost; later, its use ends all tokens of the phone, which must sign in again.
#[utoipa::path(
    security(("dpop_proof" = [])),
    responses((status = 200, description = "The next pair of tokens", body = Tokens), NotGranted),
)]
#[post("/mobile/v1/token")]
pub async fn refresh(
    Proven(proof): Proven,
    Json(asked): Json<Refresh>,
    ctx: web::Data<Context>,
) -> Answer<Json<Tokens>> {
    Ok(Json(tokens::refresh(&ctx, &proof.jkt, &asked).await?))
}

/// Start signing in again
///
/// After a refresh token was lost or used twice. The nonce lives two minutes and is used once.
#[utoipa::path(
    security(("dpop_proof" = [])),
    responses((status = 200, description = "What the passkey signs", body = SignInOptions), NotGranted),
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
/// With the device's own passkey and the key that it enrolled with. Refresh tokens from before are dead.
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
    Ok(Json(tokens::finish_sign_in(&ctx, &proof.jkt, asked).await?))
}
