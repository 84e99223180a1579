//! A phone becomes a device.

use actix_web::{post, web};
use countersign_protocol::wire::mobile::{
    Enrolled, EnrolmentOptions, FinishEnrolment, StartEnrolment,
};

use crate::{
    flows::{Context, enrolment},
    http::{Answer, Created, Json, authenticate::Proven},
};

crate::refusals! {
    /// What starting is refused with.
    Starting: InvalidTicket
}

/// Start enrolling a phone
///
/// The ticket binds to the key of this request's proof; the same key may start again.
#[utoipa::path(
    security(("dpop_proof" = [])),
    responses((status = 200, description = "What the phone needs to make its passkey", body = EnrolmentOptions), Starting),
)]
#[post("/mobile/v1/enrolments")]
pub async fn start_enrolment(
    Proven(proof): Proven,
    Json(asked): Json<StartEnrolment>,
    ctx: web::Data<Context>,
) -> Answer<Json<EnrolmentOptions>> {
    Ok(Json(enrolment::start(&ctx, &proof.jkt, &asked).await?))
}

crate::refusals! {
    /// What finishing is refused with.
    Finishing: InvalidTicket, InvalidCredential, AlreadyExists
}

/// Finish enrolling a phone
///
/// Consumes the ticket. If the answer is lost, the phone signs in with the passkey it has just made.
#[utoipa::path(
    security(("dpop_proof" = [])),
    responses((status = 201, description = "The device and its first tokens", body = Enrolled), Finishing),
)]
#[post("/mobile/v1/enrolments/finish")]
pub async fn finish_enrolment(
    Proven(proof): Proven,
    Json(asked): Json<FinishEnrolment>,
    ctx: web::Data<Context>,
) -> Answer<Created<Enrolled>> {
    Ok(Created(Box::pin(enrolment::finish(&ctx, &proof.jkt, asked)).await?))
}
