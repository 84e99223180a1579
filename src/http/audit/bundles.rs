//! What the hashes are hashes of.

use actix_web::{HttpResponse, get, web};
use countersign_protocol::MspId;

use super::files::{served, tile};
use crate::{
    flows::{Context, audit},
    http::{Answer, Ids, authenticate::LogReader},
};

crate::refusals! {
    /// What an entry bundle is refused with.
    ReadingEntries: Pruned
}

/// A bundle of entries
///
/// C2SP tlog-tiles: 256 entries, each behind its 16-bit length, fewer for a partial bundle (`.p/{width}`). For the
/// msp's admins and auditors; another msp's token finds nothing here. `pruned` where retention has taken the events'
/// bodies.
#[utoipa::path(
    params(
        ("index" = String, Path, description = "The bundle's index, as C2SP tlog-tiles writes it, and the width of a partial one.", example = "x001/067.p/17"),
    ),
    security(("admin_token" = [])),
    responses(
        (status = 200, description = "The entries", body = Vec<u8>, content_type = "application/octet-stream"),
        ReadingEntries,
    ),
)]
#[get("/audit/{msp}/tile/entries/{index:.*}")]
pub(super) async fn read_entry_bundle(
    LogReader(caller): LogReader,
    Ids((msp, index)): Ids<(MspId, String)>,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    let tile = tile(&format!("tile/entries/{index}"))?;
    Ok(served(tile, "private", audit::entry_bundle(&ctx, caller, msp, tile).await?))
}
