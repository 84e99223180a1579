//! A technician's own phones.

use actix_web::{get, put, web};
use countersign_protocol::wire::mobile::{OwnDevices, SetPushAddress};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    flows::{Context, devices},
    http::{Answer, Done, Json, authenticate::Device},
};

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(set_push_address).service(list_own_devices);
}

/// Set where this phone is told to look
///
/// `null` ends it: the app then shows pending logins when it is opened.
#[utoipa::path(responses((status = 204, description = "Set")))]
#[put("/mobile/v1/push-address")]
pub async fn set_push_address(
    Device(caller): Device,
    Json(asked): Json<SetPushAddress>,
    ctx: web::Data<Context>,
) -> Answer<Done> {
    devices::set_push_address(&ctx, caller, asked).await?;
    Ok(Done)
}

/// The technician's own phones
///
/// Look whenever `devices_version` of the pending logins has risen: a phone that its owner does not know
/// was enrolled by somebody else.
#[utoipa::path(responses((status = 200, description = "The phones, oldest first", body = OwnDevices)))]
#[get("/mobile/v1/devices")]
pub async fn list_own_devices(
    Device(caller): Device,
    ctx: web::Data<Context>,
) -> Answer<Json<OwnDevices>> {
    Ok(Json(devices::own(&ctx, caller).await?))
}
