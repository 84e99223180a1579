//! The audit log as other people's verifiers read it: C2SP `tlog-checkpoint` and `tlog-tiles`, under a prefix an msp.
//!
//! Checkpoints, hashes and keys are for everyone: they tell how many events there are, and nothing of them. What the
//! hashes are of is for who may read the msp's log.

use actix_web::{HttpResponse, get, http::header, web};
use countersign_protocol::{
    MspId, ProblemCode,
    audit::{TILE_WIDTH, Tile, TileContent},
    wire::audit::LogKeys,
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Answer, Ids, Json, authenticate::LogReader};
use crate::flows::{Context, audit};

/// The routes. They need `web::Data<Context>`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(read_checkpoint)
        .service(read_log_keys)
        // Before the other tiles: their pattern takes these paths too.
        .service(read_entries)
        .service(read_tile);
}

/// The newest checkpoint of a log
#[utoipa::path(security(()), responses((status = 200, description = "A signed note", content_type = "text/plain", body = String, example = "login.example.com/audit/01a202a1-5fe0-7000-8000-000000000001\n12\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"), (status = 404, description = "There is none (yet)", body = countersign_protocol::Problem, content_type = "application/problem+json")))]
#[get("/audit/{msp}/checkpoint")]
pub async fn read_checkpoint(
    Ids(msp): Ids<MspId>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    let note = audit::checkpoint(&ctx, msp).await?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(note))
}

/// The verifier keys of a log
#[utoipa::path(security(()), responses((status = 200, description = "The keys, oldest first", body = LogKeys), (status = 404, description = "There are none (yet)", body = countersign_protocol::Problem, content_type = "application/problem+json")))]
#[get("/audit/{msp}/keys")]
pub async fn read_log_keys(Ids(msp): Ids<MspId>, ctx: web::Data<Context>) -> Answer<Json<LogKeys>> {
    Ok(Json(audit::keys(&ctx, msp).await?))
}

/// A tile of hashes
///
/// By its path in C2SP `tlog-tiles`, such as `0/x001/234` or `0/007.p/12`.
#[utoipa::path(
    security(()),
    params(("tile" = String, Path, description = "The tile's path behind `tile/`")),
    responses((status = 200, description = "The hashes, 32 bytes each", content_type = "application/octet-stream", body = String), (status = 404, description = "There is none (yet)", body = countersign_protocol::Problem, content_type = "application/problem+json")),
)]
#[get("/audit/{msp}/tile/{tile:.*}")]
pub async fn read_tile(
    Ids((msp, tile)): Ids<(MspId, String)>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    let tile = parse(&tile)?;
    let hashes = audit::hash_tile(&ctx, msp, tile).await?;
    Ok(answer(&tile, hashes))
}

crate::refusals! {
    /// What reading entries is refused with.
    ReadingEntries: Pruned
}

/// A bundle of entries
///
/// For whoever may read the msp's log.
#[utoipa::path(
    params(("tile" = String, Path, description = "The bundle's path behind `tile/entries/`")),
    responses((status = 200, description = "The entries, each behind its length", content_type = "application/octet-stream", body = String), ReadingEntries),
)]
#[get("/audit/{msp}/tile/entries/{tile:.*}")]
pub async fn read_entries(
    LogReader(caller): LogReader,
    Ids((msp, tile)): Ids<(MspId, String)>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    let tile = parse(&format!("entries/{tile}"))?;
    let entries = audit::entry_bundle(&ctx, caller, msp, tile).await?;
    Ok(answer(&tile, entries))
}

fn parse(path: &str) -> Result<Tile, ProblemCode> {
    format!("tile/{path}").parse().map_err(|_| ProblemCode::NotFound)
}

/// A whole tile never changes; what stands in a partial one doesn't either, but a wider one will take its place.
fn answer(tile: &Tile, body: Vec<u8>) -> HttpResponse {
    let whole = tile.width() == TILE_WIDTH && tile.content() != TileContent::Entries;
    let cache = if whole { "public, max-age=31536000, immutable" } else { "no-cache" };
    HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header((header::CACHE_CONTROL, cache))
        .body(body)
}
