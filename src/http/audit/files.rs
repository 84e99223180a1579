//! What everyone may see of a log.

use actix_web::{HttpResponse, get, http::header, web};
use countersign_protocol::{
    MspId, ProblemCode,
    audit::{TILE_WIDTH, Tile},
    wire::audit::LogKeys,
};

use super::visitor::Visitor;
use crate::{
    flows::{Context, audit},
    http::{Answer, Ids, Json},
};

/// The log's newest checkpoint
///
/// A signed note (C2SP tlog-checkpoint, signed-note). Keep one: whoever has it can prove any later rewriting of what
/// it covers. Public: it tells how many events there are, and nothing of them.
#[utoipa::path(responses((
    status = 200, description = "The signed note", body = String, content_type = "text/plain; charset=utf-8",
)))]
#[get("/audit/{msp}/checkpoint")]
pub(super) async fn read_checkpoint(
    _: Visitor,
    Ids(msp): Ids<MspId>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    let note = audit::checkpoint(&ctx, msp).await?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(note))
}

/// The log's keys
///
/// The verifier keys (C2SP signed-note) of every name under which the log's checkpoints were signed: one, and one more
/// after each restored backup. Compare them once by another way, and keep them.
#[utoipa::path(responses((status = 200, description = "The keys", body = LogKeys)))]
#[get("/audit/{msp}/keys")]
pub(super) async fn read_log_keys(
    _: Visitor,
    Ids(msp): Ids<MspId>,
    ctx: web::Data<Context>,
) -> Answer<Json<LogKeys>> {
    Ok(Json(audit::keys(&ctx, msp).await?))
}

/// A tile of hashes
///
/// C2SP tlog-tiles: 256 hashes of 32 bytes, fewer for a partial tile (`.p/{width}`).
#[utoipa::path(
    params(
        ("level" = u8, Path, description = "The tile's level.", example = 0),
        ("index" = String, Path, description = "The tile's index, as C2SP tlog-tiles writes it, and the width of a partial one.", example = "x001/067.p/17"),
    ),
    responses((status = 200, description = "The hashes", body = Vec<u8>, content_type = "application/octet-stream")),
)]
#[get("/audit/{msp}/tile/{level}/{index:.*}")]
pub(super) async fn read_hash_tile(
    _: Visitor,
    Ids((msp, level, index)): Ids<(MspId, String, String)>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    let tile = tile(&format!("tile/{level}/{index}"))?;
    Ok(served(tile, "public", audit::hash_tile(&ctx, msp, tile).await?))
}

/// The tile of a path; another spelling of it is not there.
pub(super) fn tile(path: &str) -> Answer<Tile> {
    path.parse().map_err(|_| ProblemCode::NotFound.into())
}

/// A tile's answer. A full one never changes; a partial one is soon out of use.
pub(super) fn served(tile: Tile, whose: &str, bytes: Vec<u8>) -> HttpResponse {
    let full = tile.width() == TILE_WIDTH;
    let lasts = if full { "max-age=604800, immutable" } else { "max-age=60" };
    HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header((header::CACHE_CONTROL, format!("{whose}, {lasts}")))
        .body(bytes)
}
