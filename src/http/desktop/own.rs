//! A workstation's token, and what it is in the service's eyes.

use actix_web::{get, post, web};
use countersign_protocol::wire::desktop::{Authenticate, OwnWorkstation, WorkstationToken};

use crate::{
    flows::{Context, tokens, workstations},
    http::{
        Answer, Json,
        authenticate::{Proven, Workstation},
    },
};

crate::refusals! {
    /// What an assertion is refused with.
    Authenticating: InvalidAssertion, Quarantined, NotConfirmed
}

/// Authenticate a workstation
///
/// By a signed assertion (RFC 7523) with the counter that the service gave last. A stale counter means a
/// cloned or restored image, and quarantines the workstation.
#[utoipa::path(
    security(("dpop_proof" = [])),
    responses((status = 200, description = "An access token and the next counter", body = WorkstationToken), Authenticating),
)]
#[post("/desktop/v1/token")]
pub async fn authenticate_workstation(
    Proven(proof): Proven,
    Json(asked): Json<Authenticate>,
    ctx: web::Data<Context>,
) -> Answer<Json<WorkstationToken>> {
    Ok(Json(tokens::authenticate(&ctx, &proof.jkt, &asked).await?))
}

/// The workstation in the service's eyes
#[utoipa::path(responses((status = 200, description = "Its state and what waits for its consent", body = OwnWorkstation)))]
#[get("/desktop/v1/self")]
pub async fn own_workstation(
    Workstation(caller): Workstation,
    ctx: web::Data<Context>,
) -> Answer<Json<OwnWorkstation>> {
    Ok(Json(workstations::own(&ctx, caller).await?))
}
