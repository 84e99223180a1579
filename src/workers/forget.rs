//! Forgets what no token or proof can be checked against any more.

use super::revocations::MEMORY;
use crate::{
    domain::Failure,
    flows::Context,
    store::{replays, revocations},
};

/// One step: drops old revocations and used proofs; how many rows went.
///
/// # Errors
/// If the database does not answer.
pub async fn forget(ctx: &Context) -> Result<usize, Failure> {
    let now = ctx.now();
    let mut across = ctx.store.across().await?;
    let revoked = revocations::forget_before(&mut across, now - MEMORY * 2).await?;
    let replayed = replays::forget_expired(&mut across, now).await?;
    Ok(revoked + replayed)
}
