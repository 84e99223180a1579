//! What a workstation sees of itself, and its consent to other keys.

use actix_web::{get, post, web};
use countersign_protocol::{ReplacementId, wire::desktop::OwnWorkstation};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    flows::{Context, enrolment, workstations},
    http::{Answer, Done, Ids, Json, authenticate::Workstation},
};

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(read_own_workstation).service(consent_to_replacement);
}

/// The workstation itself
#[utoipa::path(responses((status = 200, description = "The workstation in the service's eyes", body = OwnWorkstation)))]
#[get("/desktop/v1/self")]
pub async fn read_own_workstation(
    Workstation(caller): Workstation,
    ctx: web::Data<Context>,
) -> Answer<Json<OwnWorkstation>> {
    Ok(Json(workstations::own(&ctx, caller).await?))
}

crate::refusals! {
    /// What a consent is refused with.
    Consenting: Conflict, AlreadyExists
}

/// Consent to other keys
///
/// The workstation's present key gives way to the pending one. Its tokens end with the answer.
#[utoipa::path(responses((status = 204, description = "The keys are replaced"), Consenting))]
#[post("/desktop/v1/replacements/{replacement}/consent")]
pub async fn consent_to_replacement(
    Workstation(caller): Workstation,
    Ids(replacement): Ids<ReplacementId>,
    ctx: web::Data<Context>,
) -> Answer<Done> {
    enrolment::consent(&ctx, caller, replacement).await?;
    Ok(Done)
}
