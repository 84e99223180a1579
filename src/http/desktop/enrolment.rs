//! A machine becomes a workstation, and takes a new key.

use actix_web::{HttpResponse, post, web};
use countersign_protocol::{
    ReplacementId,
    wire::desktop::{Enrol, Enrolment},
};

use crate::{
    flows::{Context, enrolment},
    http::{
        Answer, Ids, Json,
        authenticate::{Proven, Workstation},
    },
};

crate::refusals! {
    /// What enrolling is refused with.
    Enrolling: InvalidEnrolmentToken, Quarantined, AlreadyExists, Conflict
}

/// Enrol a workstation
///
/// The proof must be by `signing_key`. The same token and key asked again tell what became of it. Known
/// hardware waits for the consent of its old key or of an admin.
#[utoipa::path(
    security(("dpop_proof" = [])),
    responses(
        (status = 201, description = "Enrolled, or waiting", body = Enrolment),
        (status = 200, description = "What became of an enrolment made before", body = Enrolment),
        Enrolling,
    ),
)]
#[post("/desktop/v1/enrolments")]
pub async fn enrol_workstation(
    Proven(proof): Proven,
    Json(asked): Json<Enrol>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    let answered = enrolment::enrol(&ctx, &proof.jkt, asked).await?;
    let mut answer = if answered.anew { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer.json(answered.enrolment))
}

crate::refusals! {
    /// What a consent is refused with.
    Consenting: Conflict, AlreadyExists
}

/// Consent to new keys
///
/// By the old key; from then on only the new ones count.
#[utoipa::path(responses((status = 204, description = "The keys are replaced"), Consenting))]
#[post("/desktop/v1/replacements/{replacement}/consent")]
pub async fn consent_to_replacement(
    Workstation(caller): Workstation,
    Ids(replacement): Ids<ReplacementId>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    enrolment::consent(&ctx, caller, replacement).await?;
    Ok(HttpResponse::NoContent().finish())
}
