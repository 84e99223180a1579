//! Tenants' workstations.

use actix_web::{get, post, web};
use countersign_protocol::{
    TenantId, WorkstationId,
    wire::{
        Page,
        accounts::WorkstationAccounts,
        admin::{ConfirmWorkstation, Workstation},
    },
};

use crate::{
    flows::{Context, admin::workstations},
    http::{Answer, Ids, Json, PageQuery, authenticate::Admin},
};

/// A tenant's workstations
#[utoipa::path(
    params(PageQuery),
    responses((status = 200, description = "A page of workstations", body = Page<Workstation>)),
)]
#[get("/admin/v1/tenants/{tenant}/workstations")]
pub async fn list_workstations(
    Admin(caller): Admin,
    Ids(tenant): Ids<TenantId>,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<Workstation>>> {
    Ok(workstations::list(&ctx, caller, tenant, page.into()).await?.into())
}

/// Workstations whose clocks are off
///
/// By more than 20 seconds, as they last measured: soon their offline codes break.
#[utoipa::path(
    params(PageQuery),
    responses((status = 200, description = "A page of workstations", body = Page<Workstation>)),
)]
#[get("/admin/v1/skewed-workstations")]
pub async fn list_skewed_workstations(
    Admin(caller): Admin,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<Workstation>>> {
    Ok(workstations::skewed(&ctx, caller, page.into()).await?.into())
}

/// One workstation
#[utoipa::path(responses((status = 200, description = "The workstation", body = Workstation)))]
#[get("/admin/v1/workstations/{workstation}")]
pub async fn read_workstation(
    Admin(caller): Admin,
    Ids(workstation): Ids<WorkstationId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Workstation>> {
    Ok(Json(workstations::one(&ctx, caller, workstation).await?))
}

/// What each account is on a workstation
///
/// Also those that it has removed, and those that it found and did not make: it leaves such an account alone, and lets
/// nobody in under it.
#[utoipa::path(responses((status = 200, description = "The accounts", body = WorkstationAccounts)))]
#[get("/admin/v1/workstations/{workstation}/accounts")]
pub async fn list_workstation_accounts(
    Admin(caller): Admin,
    Ids(workstation): Ids<WorkstationId>,
    ctx: web::Data<Context>,
) -> Answer<Json<WorkstationAccounts>> {
    Ok(Json(workstations::accounts(&ctx, caller, workstation).await?))
}

crate::refusals! {
    /// What a change of a workstation is refused with.
    ChangingWorkstation: Conflict
}

crate::refusals! {
    /// What a confirmation is refused with.
    Confirming: Conflict, AlreadyExists
}

/// Confirm a workstation
///
/// A new workstation, or the new keys that a known one waits for: compare their thumbprint with the one that
/// the machine shows, and name it here.
#[utoipa::path(request_body = ConfirmWorkstation, responses((status = 200, description = "The workstation as it is now", body = Workstation), Confirming))]
#[post("/admin/v1/workstations/{workstation}/confirm")]
pub async fn confirm_workstation(
    Admin(caller): Admin,
    Ids(workstation): Ids<WorkstationId>,
    Json(request): Json<ConfirmWorkstation>,
    ctx: web::Data<Context>,
) -> Answer<Json<Workstation>> {
    Ok(Json(workstations::confirm(&ctx, caller, workstation, &request.key_thumbprint).await?))
}

/// Suspend a workstation
///
/// Its tokens, pending logins, untaken grants and waits end within a second on every node.
#[utoipa::path(responses((status = 200, description = "The workstation as it is now", body = Workstation), ChangingWorkstation))]
#[post("/admin/v1/workstations/{workstation}/suspend")]
pub async fn suspend_workstation(
    Admin(caller): Admin,
    Ids(workstation): Ids<WorkstationId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Workstation>> {
    Ok(Json(workstations::suspend(&ctx, caller, workstation).await?))
}

/// Resume a workstation
///
/// Lifts a suspension.
#[utoipa::path(responses((status = 200, description = "The workstation as it is now", body = Workstation), ChangingWorkstation))]
#[post("/admin/v1/workstations/{workstation}/resume")]
pub async fn resume_workstation(
    Admin(caller): Admin,
    Ids(workstation): Ids<WorkstationId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Workstation>> {
    Ok(Json(workstations::resume(&ctx, caller, workstation).await?))
}

/// Retire a workstation
///
/// For good: it never comes back. Its hardware may be enrolled anew.
#[utoipa::path(responses((status = 200, description = "The workstation as it is now", body = Workstation), ChangingWorkstation))]
#[post("/admin/v1/workstations/{workstation}/retire")]
pub async fn retire_workstation(
    Admin(caller): Admin,
    Ids(workstation): Ids<WorkstationId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Workstation>> {
    Ok(Json(workstations::retire(&ctx, caller, workstation).await?))
}

/// Release a workstation from quarantine
///
/// Its next assertion is taken whatever its counter says, once: whoever holds its key and comes first is the
/// workstation from then on. Find the copy before.
#[utoipa::path(responses((status = 200, description = "The workstation as it is now", body = Workstation), ChangingWorkstation))]
#[post("/admin/v1/workstations/{workstation}/release")]
pub async fn release_workstation(
    Admin(caller): Admin,
    Ids(workstation): Ids<WorkstationId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Workstation>> {
    Ok(Json(workstations::release(&ctx, caller, workstation).await?))
}

/// Forgive failed offline codes
///
/// The workstation hears so with its next state document: whatever its offline codes were locked by counts from zero.
#[utoipa::path(responses((status = 200, description = "The workstation as it is now", body = Workstation), ChangingWorkstation))]
#[post("/admin/v1/workstations/{workstation}/clear-offline-failures")]
pub async fn clear_offline_failures(
    Admin(caller): Admin,
    Ids(workstation): Ids<WorkstationId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Workstation>> {
    Ok(Json(workstations::clear_offline_failures(&ctx, caller, workstation).await?))
}

/// Lift the freeze of push logins
///
/// After a fraud report was looked into.
#[utoipa::path(responses((status = 200, description = "The workstation as it is now", body = Workstation), ChangingWorkstation))]
#[post("/admin/v1/workstations/{workstation}/unfreeze")]
pub async fn unfreeze_workstation(
    Admin(caller): Admin,
    Ids(workstation): Ids<WorkstationId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Workstation>> {
    Ok(Json(workstations::unfreeze(&ctx, caller, workstation).await?))
}
