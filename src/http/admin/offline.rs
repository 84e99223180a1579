//! Offline codes, for admins: how far changes have come, what leavers can still open, and what opens a machine when
//! nothing else does.

use actix_web::{HttpResponse, get, post, web};
use countersign_protocol::{
    DeviceId, RecoveryId, StateChangeId, TechnicianId, TenantId, WorkstationId,
    wire::{
        Page,
        admin::{Device, Workstation},
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

/// Say that a phone was lost
///
/// It is suspended, and every offline secret that its technician's phones ever received is replaced. Their accounts
/// stay; another phone fetches the new secrets.
#[utoipa::path(responses((status = 200, description = "The phone as it is now", body = Device)))]
#[post("/admin/v1/devices/{device}/lost")]
pub async fn device_lost(
    Admin(caller): Admin,
    Ids(device): Ids<DeviceId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Device>> {
    Ok(Json(offline::lost_phone(&ctx, caller, device).await?))
}

/// Say that a workstation's secrets are known to others
///
/// The offline secrets that it knows are replaced: its own, or in shared mode its tenant's on all workstations. Retire
/// or suspend one that was stolen, too.
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

/// Recoveries that were asked for
///
/// In the order in which they were, without codes: for whoever is to agree, and whoever is to know of it.
#[utoipa::path(params(PageQuery), responses((status = 200, description = "A page of requests", body = Page<Recovery>)))]
#[get("/admin/v1/recoveries")]
pub async fn list_recoveries(
    Admin(caller): Admin,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<Recovery>>> {
    Ok(offline::list_recoveries(&ctx, caller, page.into()).await?.into())
}

/// Agree to a recovery
///
/// By another admin than the one who asked, with a token that was made before.
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
