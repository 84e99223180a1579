//! How far changes have come, for admins.

use countersign_protocol::{
    StateChangeId, TenantId,
    wire::state::{StateChange, Straggler},
};

use crate::{
    domain::{Failure, ListFrom, Listing, Refusal},
    flows::{AdminCaller, Context},
    store::{states, tenants},
};

/// How many workstations stand in one answer.
const MOST: i64 = 1000;

/// A part of the changes of what a tenant's workstations are told.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn changes(
    ctx: &Context,
    caller: AdminCaller,
    tenant: TenantId,
    from: ListFrom,
) -> Result<Listing<StateChange>, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    tenants::one(&mut conn, tenant).await?.ok_or_else(Refusal::not_found)?;
    Ok(states::changes_of(&mut conn, tenant, from).await?)
}

/// One change, and the workstations that have not applied it.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn change(
    ctx: &Context,
    caller: AdminCaller,
    change: StateChangeId,
) -> Result<(StateChange, Vec<Straggler>), Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let found = states::stragglers_of(&mut conn, change, MOST).await?;
    Ok(found.ok_or_else(Refusal::not_found)?)
}
