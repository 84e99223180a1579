//! What holds for a whole msp.

use actix_web::{get, patch, web};
use countersign_protocol::wire::accounts::MspSettings;

use crate::{
    flows::{Context, admin::msp},
    http::{Answer, Json, authenticate::Admin},
};

/// The msp's settings
#[utoipa::path(responses((status = 200, description = "The settings", body = MspSettings)))]
#[get("/admin/v1/msp")]
pub async fn read_msp_settings(
    Admin(caller): Admin,
    ctx: web::Data<Context>,
) -> Answer<Json<MspSettings>> {
    Ok(Json(msp::read(&ctx, caller).await?))
}

/// Change the msp's settings
///
/// They are replaced as a whole. Account names that were given stay as they are.
#[utoipa::path(responses((status = 200, description = "The settings as they are now", body = MspSettings)))]
#[patch("/admin/v1/msp")]
pub async fn change_msp_settings(
    Admin(caller): Admin,
    Json(asked): Json<MspSettings>,
    ctx: web::Data<Context>,
) -> Answer<Json<MspSettings>> {
    Ok(Json(msp::change(&ctx, caller, asked).await?))
}
