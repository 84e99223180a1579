//! Offline codes, for admins: how far changes have come, what leavers can still open, and what opens a machine when
//! nothing else does.

use actix_web::{HttpResponse, get, post, web};
use countersign_protocol::{
    RecoveryId, StateChangeId, TechnicianId, TenantId, WorkstationId,
    wire::{
        Page,
        admin::{Technician, Workstation},
        offline::{AskRecovery, Recovery},
        state::{BlastRadius, ChangeProgress, StateChange},
    },
};

use crate::{
    flows::{Context, offline, states},
    http::{Answer, Created, Ids, Json, PageQuery, authenticate::Admin},
};

/// Changes of what a tenant's workstations are told
///
/// Each with how many workstations it concerns, and how many have applied it.
#[utoipa::path(params(PageQuery), responses((status = 200, description = "A page of changes", body = Page<StateChange>)))]
#[get("/admin/v1/tenants/{tenant}/state-changes")]
pub async fn list_state_changes(
    Admin(caller): Admin,
    Ids(tenant): Ids<TenantId>,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<StateChange>>> {
    Ok(states::changes(&ctx, caller, tenant, page.into()).await?.into())
}

/// One change, and who has not applied it
#[utoipa::path(responses((status = 200, description = "The change, and up to 1,000 workstations that have not applied it, longest unheard of first", body = ChangeProgress)))]
#[get("/admin/v1/state-changes/{change}")]
pub async fn read_state_change(
    Admin(caller): Admin,
    Ids(change): Ids<StateChangeId>,
    ctx: web::Data<Context>,
) -> Answer<Json<ChangeProgress>> {
    let (change, stragglers) = states::change(&ctx, caller, change).await?;
    Ok(Json(ChangeProgress { change, stragglers }))
}

/// What a technician's phones can still open
///
/// At any time, also after they left: the secrets they ever received, and the workstations that still accept a code of
/// theirs, since when unheard of.
#[utoipa::path(responses((status = 200, description = "The blast radius", body = BlastRadius)))]
#[get("/admin/v1/technicians/{technician}/blast-radius")]
pub async fn read_blast_radius(
    Admin(caller): Admin,
    Ids(technician): Ids<TechnicianId>,
    ctx: web::Data<Context>,
) -> Answer<Json<BlastRadius>> {
    Ok(Json(offline::blast_radius(&ctx, caller, technician).await?))
}

/// Replace a tenant's offline secrets, in routine
///
/// The old ones work on for the tenant's number of days, so that phones have time to fetch the new ones.
#[utoipa::path(responses((status = 204, description = "Replaced")))]
#[post("/admin/v1/tenants/{tenant}/rotate-offline-secrets")]
pub async fn rotate_offline_secrets(
    Admin(caller): Admin,
    Ids(tenant): Ids<TenantId>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    offline::rotate_secrets(&ctx, caller, tenant).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Say that a technician's phone was lost
///
/// Every offline secret that their phones ever received is replaced. Suspend the phone too.
#[utoipa::path(responses((status = 200, description = "The technician", body = Technician)))]
#[post("/admin/v1/technicians/{technician}/lost-phone")]
pub async fn technician_lost_phone(
    Admin(caller): Admin,
    Ids(technician): Ids<TechnicianId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Technician>> {
    Ok(Json(offline::lost_phone(&ctx, caller, technician).await?))
}

/// Say that a workstation's secrets are known to others
///
/// Its offline secrets are replaced. Retire or suspend one that was stolen, too.
#[utoipa::path(responses((status = 200, description = "The workstation", body = Workstation)))]
#[post("/admin/v1/workstations/{workstation}/replace-offline-secrets")]
pub async fn replace_workstation_secrets(
    Admin(caller): Admin,
    Ids(workstation): Ids<WorkstationId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Workstation>> {
    Ok(Json(offline::stolen_workstation(&ctx, caller, workstation).await?))
}

/// Ask for a workstation's recovery code
///
/// With a reason. Another admin must agree within the hour, unless the msp asks for one only.
#[utoipa::path(responses((status = 201, description = "Asked", body = Recovery)))]
#[post("/admin/v1/workstations/{workstation}/recoveries")]
pub async fn ask_for_recovery(
    Admin(caller): Admin,
    Ids(workstation): Ids<WorkstationId>,
    Json(asked): Json<AskRecovery>,
    ctx: web::Data<Context>,
) -> Answer<Created<Recovery>> {
    Ok(Created(offline::ask_for_recovery(&ctx, caller, workstation, asked).await?))
}

crate::refusals! {
    /// What a recovery is refused with.
    Recovering: Conflict
}

/// Agree to a recovery
///
/// By another admin than the one who asked.
#[utoipa::path(responses((status = 200, description = "Agreed", body = Recovery), Recovering))]
#[post("/admin/v1/recoveries/{recovery}/agree")]
pub async fn agree_to_recovery(
    Admin(caller): Admin,
    Ids(recovery): Ids<RecoveryId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Recovery>> {
    Ok(Json(offline::agree_to_recovery(&ctx, caller, recovery).await?))
}

/// Read a recovery, with its code once enough admins agreed
#[utoipa::path(responses((status = 200, description = "The request; the first reading of the code is an event", body = Recovery), Recovering))]
#[get("/admin/v1/recoveries/{recovery}")]
pub async fn read_recovery(
    Admin(caller): Admin,
    Ids(recovery): Ids<RecoveryId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Recovery>> {
    Ok(Json(offline::read_recovery(&ctx, caller, recovery).await?))
}
