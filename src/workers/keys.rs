//! Reloads the signing keys, so that a rotation reaches every node before its key signs.

use crate::{
    domain::Failure,
    flows::{Context, keys},
};

/// One step: takes in the database's keys, if they are others than the present ones.
///
/// # Errors
/// If the database does not answer, or a key can't be opened.
pub async fn reload_keys(ctx: &Context) -> Result<(), Failure> {
    let keys = keys::load(&ctx.store, &ctx.keys).await?;
    if !ctx.signing.holds(&keys) {
        ctx.signing.replace(keys);
    }
    Ok(())
}
