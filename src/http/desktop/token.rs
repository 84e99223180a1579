//! A workstation's access token.

use actix_web::{post, web};
use countersign_protocol::wire::desktop::{Authenticate, WorkstationToken};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    flows::{Context, tokens},
    http::{Answer, Json, authenticate::Proven},
};

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(authenticate);
}

crate::refusals! {
    /// What an assertion is refused with.
    Authenticating: InvalidAssertion, Quarantined, NotConfirmed
}

/// Trade an assertion for an access token
///
/// The assertion (RFC 7523) shows the counter that the service gave last, and the answer gives the next:
/// keep it before anything else. An answer that got lost is given again for the same `rid` and a fresh
/// `jti`. A stale counter shows that there is another image of this machine, and quarantines it.
#[utoipa::path(
    security(("dpop_proof" = [])),
    responses((status = 200, description = "The token and the next counter", body = WorkstationToken), Authenticating),
)]
#[post("/desktop/v1/token")]
pub async fn authenticate(
    Proven(proof): Proven,
    Json(asked): Json<Authenticate>,
    ctx: web::Data<Context>,
) -> Answer<Json<WorkstationToken>> {
    Ok(Json(tokens::authenticate(&ctx, &proof.jkt, &asked).await?))
}
