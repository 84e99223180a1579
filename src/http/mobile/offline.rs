//! A phone's offline codes.

use actix_web::{get, post, web};
use countersign_protocol::wire::offline::{Holdings, ReportShown};

use crate::{
    flows::{Context, offline},
    http::{
        Answer, Done, Json,
        authenticate::{Device, DeviceWithKey},
    },
};

/// The offline codes that the phone may hold
///
/// Secrets of the workstations that its technician has visited (named mode), of the tenants they work for (shared mode),
/// or keys of their own (derived mode). Each answer replaces the one before; each secret's first is an event.
#[utoipa::path(responses((status = 200, description = "Everything it may hold now", body = Holdings)))]
#[get("/mobile/v1/offline-codes")]
pub async fn list_offline_codes(
    Device(caller): Device,
    ctx: web::Data<Context>,
) -> Answer<Json<Holdings>> {
    Ok(Json(offline::holdings(&ctx, caller).await?))
}

/// Tell which codes the phone showed
///
/// Each record is signed by the phone's key. A session that was claimed with such a code is confirmed.
#[utoipa::path(responses((status = 204, description = "Kept; what was kept before changes nothing")))]
#[post("/mobile/v1/offline-codes/shown")]
pub async fn report_shown_codes(
    DeviceWithKey(caller, key): DeviceWithKey,
    Json(report): Json<ReportShown>,
    ctx: web::Data<Context>,
) -> Answer<Done> {
    offline::report_shown(&ctx, caller, &key, report).await?;
    Ok(Done)
}
