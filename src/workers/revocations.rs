//! Reads who lost their tokens, each second and whenever a wake-up says so.

use std::time::Duration;

use crate::{domain::Failure, flows::Context, store::revocations};

/// Tokens live 15 minutes at most; a revocation is read for as long, and a margin for clocks.
pub const MEMORY: Duration = Duration::from_secs(20 * 60);

/// One step: merges the revocations of the last minutes, and wakes the newly revoked on this node.
///
/// # Errors
/// If the database does not answer; tokens are refused once the last reading is too old.
pub async fn read_revocations(ctx: &Context) -> Result<(), Failure> {
    let now = ctx.now();
    let mut across = ctx.store.across().await?;
    let rows = revocations::since(&mut across, now - MEMORY).await?;
    drop(across);
    let newly = ctx.revoked.merge(rows, now);
    ctx.revoked.forget_before(now - MEMORY);
    for subject in newly {
        ctx.hub.wake(subject);
    }
    Ok(())
}
