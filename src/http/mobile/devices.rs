//! The technician's own devices.

use actix_web::{HttpResponse, get, put, web};
use countersign_protocol::wire::mobile::{OwnDevices, SetPushAddress};

use crate::{
    flows::{Context, devices},
    http::{Answer, Json, authenticate::Device},
};

/// The technician's own devices
#[utoipa::path(responses((status = 200, description = "Oldest first", body = OwnDevices)))]
#[get("/mobile/v1/devices")]
pub async fn list_own_devices(
    Device(caller): Device,
    ctx: web::Data<Context>,
) -> Answer<Json<OwnDevices>> {
    Ok(Json(devices::own(&ctx, caller).await?))
}

/// Set the push address
///
/// Where this phone can be told to look; `null` to stop that.
#[utoipa::path(responses((status = 204, description = "Set")))]
#[put("/mobile/v1/push-address")]
pub async fn set_push_address(
    Device(caller): Device,
    Json(asked): Json<SetPushAddress>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    devices::set_push_address(&ctx, caller, asked).await?;
    Ok(HttpResponse::NoContent().finish())
}
