//! What a workstation sees of itself.

use countersign_protocol::wire::desktop::OwnWorkstation;

use super::{Context, WorkstationCaller};
use crate::{
    domain::{Failure, Refusal},
    store::{replacements, workstations},
};

/// The workstation that asks, and the new keys that wait for its consent.
///
/// # Errors
/// That the database does not answer.
pub async fn own(ctx: &Context, caller: WorkstationCaller) -> Result<OwnWorkstation, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let row = workstations::one(&mut conn, caller.workstation).await?;
    let row = row.ok_or_else(Refusal::not_found)?;
    Ok(OwnWorkstation {
        id: row.id,
        status: row.status,
        tenant_name: row.tenant_name,
        push_frozen: row.push_frozen_at.is_some(),
        replacement: replacements::pending_of(&mut conn, caller.workstation).await?,
        server_time: ctx.now(),
    })
}
