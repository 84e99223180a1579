//! Technicians.

use actix_web::{delete, get, post, web};
use countersign_protocol::{
    TechnicianId,
    wire::{
        Page,
        admin::{CreateTechnician, Technician},
        state::{BlastRadius, Suspended},
    },
};

use crate::{
    flows::{Context, admin::technicians, offline},
    http::{Answer, Created, Ids, Json, PageQuery, authenticate::Admin},
};

crate::refusals! {
    /// What a new technician is refused with.
    CreatingTechnician: AlreadyExists
}

/// Make a technician
///
/// Addresses and user names are given once in an msp: a repetition answers `already_exists`. Their account
/// on workstations is the msp's prefix and the user name, or a name like it where that is too long or taken.
#[utoipa::path(responses(
    (status = 201, description = "The technician", body = Technician), CreatingTechnician,
))]
#[post("/admin/v1/technicians")]
pub async fn create_technician(
    Admin(caller): Admin,
    Json(asked): Json<CreateTechnician>,
    ctx: web::Data<Context>,
) -> Answer<Created<Technician>> {
    Ok(Created(technicians::create(&ctx, caller, asked).await?))
}

/// Technicians
#[utoipa::path(
    params(PageQuery),
    responses((status = 200, description = "A page of technicians", body = Page<Technician>)),
)]
#[get("/admin/v1/technicians")]
pub async fn list_technicians(
    Admin(caller): Admin,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<Technician>>> {
    Ok(technicians::list(&ctx, caller, page.into()).await?.into())
}

/// One technician
#[utoipa::path(responses((status = 200, description = "The technician", body = Technician)))]
#[get("/admin/v1/technicians/{technician}")]
pub async fn read_technician(
    Admin(caller): Admin,
    Ids(technician): Ids<TechnicianId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Technician>> {
    Ok(Json(technicians::one(&ctx, caller, technician).await?))
}

/// Suspend a technician
///
/// Their phones' tokens, pending logins, untaken grants and waits end within a second on every node.
/// Sessions that have begun on workstations go on. A technician who is suspended stays so. Whoever asks is told what
/// the technician's phones can still open.
#[utoipa::path(responses((status = 200, description = "The technician as they are now, and their blast radius", body = Suspended)))]
#[post("/admin/v1/technicians/{technician}/suspend")]
pub async fn suspend_technician(
    Admin(caller): Admin,
    Ids(technician): Ids<TechnicianId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Suspended>> {
    let technician = technicians::suspend(&ctx, caller, technician).await?;
    let blast_radius = offline::blast_radius(&ctx, caller, technician.id).await?;
    Ok(Json(Suspended { technician, blast_radius }))
}

/// Remove a technician
///
/// For good: what a suspension does, and nobody lifts it. Their names are never given to anybody else. One who was
/// removed stays so.
#[utoipa::path(responses((status = 200, description = "What their phones can still open", body = BlastRadius)))]
#[delete("/admin/v1/technicians/{technician}")]
pub async fn remove_technician(
    Admin(caller): Admin,
    Ids(technician): Ids<TechnicianId>,
    ctx: web::Data<Context>,
) -> Answer<Json<BlastRadius>> {
    technicians::retire(&ctx, caller, technician).await?;
    Ok(Json(offline::blast_radius(&ctx, caller, technician).await?))
}

crate::refusals! {
    /// What a resumption is refused with.
    ResumingTechnician: Conflict
}

/// Resume a technician
///
/// Lifts a suspension and a pause, and forgets failures. Phones that were suspended by themselves stay so.
#[utoipa::path(responses(
    (status = 200, description = "The technician as they are now", body = Technician), ResumingTechnician,
))]
#[post("/admin/v1/technicians/{technician}/resume")]
pub async fn resume_technician(
    Admin(caller): Admin,
    Ids(technician): Ids<TechnicianId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Technician>> {
    Ok(Json(technicians::resume(&ctx, caller, technician).await?))
}
