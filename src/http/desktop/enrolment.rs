//! A machine becomes a tenant's workstation.

use actix_web::{post, web};
use countersign_protocol::wire::desktop::{Enrol, Enrolment};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    flows::{Context, enrolment},
    http::{Answer, Json, Put, authenticate::Proven},
};

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(enrol);
}

crate::refusals! {
    /// What an enrolment is refused with.
    Enrolling: InvalidEnrolmentToken, Quarantined, AlreadyExists, Conflict
}

/// Enrol a workstation, or ask again what became of it
///
/// The proof is signed by `signing_key`. The same request asked again uses nothing up and tells where the
/// enrolment stands. A hardware id that the tenant knows makes a pending replacement: the old key or an
/// admin must consent, unless the token was made for this one workstation.
#[utoipa::path(
    security(("dpop_proof" = [])),
    responses(
        (status = 201, description = "Enrolled, or a replacement asked for", body = Enrolment),
        (status = 200, description = "Asked for before: where it stands", body = Enrolment),
        Enrolling,
    ),
)]
#[post("/desktop/v1/enrolments")]
pub async fn enrol(
    Proven(proof): Proven,
    Json(asked): Json<Enrol>,
    ctx: web::Data<Context>,
) -> Answer<Put<Enrolment>> {
    let answered = enrolment::enrol(&ctx, &proof.jkt, asked).await?;
    Ok(match answered.anew {
        true => Put::Created(answered.enrolment),
        false => Put::Stands(answered.enrolment),
    })
}
