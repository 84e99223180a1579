//! Technicians' phones.

use actix_web::{get, post, web};
use countersign_protocol::{
    DeviceId, TechnicianId,
    wire::{Page, admin::Device},
};

use crate::{
    flows::{Context, admin::devices},
    http::{Answer, Ids, Json, PageQuery, authenticate::Admin},
};

/// A technician's phones
#[utoipa::path(
    params(PageQuery),
    responses((status = 200, description = "A page of phones", body = Page<Device>)),
)]
#[get("/admin/v1/technicians/{technician}/devices")]
pub async fn list_devices(
    Admin(caller): Admin,
    Ids(technician): Ids<TechnicianId>,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<Device>>> {
    Ok(devices::list(&ctx, caller, technician, page.into()).await?.into())
}

/// One phone
#[utoipa::path(responses((status = 200, description = "The phone", body = Device)))]
#[get("/admin/v1/devices/{device}")]
pub async fn read_device(
    Admin(caller): Admin,
    Ids(device): Ids<DeviceId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Device>> {
    Ok(Json(devices::one(&ctx, caller, device).await?))
}

crate::refusals! {
    /// What a change of a phone is refused with.
    ChangingDevice: Conflict
}

/// Suspend a phone
///
/// Its tokens, claims, untaken grants and waits end within a second on every node.
#[utoipa::path(responses((status = 200, description = "The phone as it is now", body = Device), ChangingDevice))]
#[post("/admin/v1/devices/{device}/suspend")]
pub async fn suspend_device(
    Admin(caller): Admin,
    Ids(device): Ids<DeviceId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Device>> {
    Ok(Json(devices::suspend(&ctx, caller, device).await?))
}

/// Resume a phone
#[utoipa::path(responses((status = 200, description = "The phone as it is now", body = Device), ChangingDevice))]
#[post("/admin/v1/devices/{device}/resume")]
pub async fn resume_device(
    Admin(caller): Admin,
    Ids(device): Ids<DeviceId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Device>> {
    Ok(Json(devices::resume(&ctx, caller, device).await?))
}
