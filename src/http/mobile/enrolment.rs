//! A phone becomes a technician's device.

use actix_web::{post, web};
use countersign_protocol::wire::mobile::{
    Enrolled, EnrolmentOptions, FinishEnrolment, StartEnrolment,
};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    flows::{Context, enrolment},
    http::{Answer, Created, Json, authenticate::Proven},
};

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(start_enrolment).service(finish_enrolment);
}

crate::refusals! {
    /// What the start of an enrolment is refused with.
    Starting: InvalidTicket
}

/// Start an enrolment
///
/// The ticket is bound to the key of the first proof that comes with it. That key may start again, and is
/// asked the same; any other is refused.
#[utoipa::path(
    security(("dpop_proof" = [])),
    responses((status = 200, description = "What the passkey is made with", body = EnrolmentOptions), Starting),
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
    /// What the end of an enrolment is refused with.
    Finishing: InvalidTicket, InvalidCredential, AlreadyExists
}

/// Finish an enrolment
///
/// Uses the ticket up, by the key that started with it. The technician's other phones are told.
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
    Ok(Created(enrolment::finish(&ctx, &proof.jkt, asked).await?))
}
