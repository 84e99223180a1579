//! Reading workstations.

use std::collections::HashMap;

use countersign_protocol::{
    TenantId, WorkstationId,
    offline::skew::Offset,
    wire::{accounts::WorkstationAccounts, admin::Workstation, desktop::PendingReplacement},
};

use crate::{
    domain::{Failure, ListFrom, Listing, Refusal},
    flows::{AdminCaller, Context},
    store::{
        replacements, states, tenants,
        workstations::{self, WorkstationRow},
    },
};

/// How many accounts stand in one answer.
const MOST_ACCOUNTS: i64 = 1000;

/// A part of a tenant's workstations.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn list(
    ctx: &Context,
    caller: AdminCaller,
    tenant: TenantId,
    from: ListFrom,
) -> Result<Listing<Workstation>, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    tenants::one(&mut conn, tenant).await?.ok_or_else(Refusal::not_found)?;
    let Listing { items, next } = workstations::of_tenant(&mut conn, tenant, from).await?;
    let mut pending = HashMap::new();
    if let (Some(first), Some(last)) = (items.first(), items.last()) {
        let ends = (first.id, last.id);
        pending.extend(replacements::pending_among(&mut conn, tenant, ends).await?);
    }
    let items = items.into_iter().map(|row| {
        let replacement = pending.remove(&row.id);
        shown(row, replacement)
    });
    Ok(Listing { items: items.collect(), next })
}

/// A part of the msp's workstations whose clocks are off by more than offline codes should have to bear.
///
/// # Errors
/// That the database does not answer.
pub async fn skewed(
    ctx: &Context,
    caller: AdminCaller,
    from: ListFrom,
) -> Result<Listing<Workstation>, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let beyond = i64::try_from(Offset::WARN_SECONDS * 1000).unwrap_or(i64::MAX);
    let Listing { items, next } = workstations::skewed(&mut conn, beyond, from).await?;
    Ok(Listing { items: items.into_iter().map(|row| shown(row, None)).collect(), next })
}

/// One workstation.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn one(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
) -> Result<Workstation, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let row = workstations::one(&mut conn, workstation).await?.ok_or_else(Refusal::not_found)?;
    let replacement = replacements::pending_of(&mut conn, workstation).await?;
    Ok(shown(row, replacement))
}

/// What each account is on a workstation.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn accounts(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
) -> Result<WorkstationAccounts, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    workstations::one(&mut conn, workstation).await?.ok_or_else(Refusal::not_found)?;
    let accounts = states::accounts_of(&mut conn, workstation, MOST_ACCOUNTS).await?;
    Ok(WorkstationAccounts { accounts })
}

/// The workstation as it is told.
pub fn shown(row: WorkstationRow, replacement: Option<PendingReplacement>) -> Workstation {
    let [state, applied] = row.states();
    Workstation {
        facts: row.facts(),
        id: row.id,
        tenant_id: row.tenant,
        key_thumbprint: row.jkt,
        status: row.status,
        push_frozen_at: row.push_frozen_at,
        replacement,
        enrolled_at: row.enrolled_at,
        last_seen_at: row.last_seen_at,
        clock_offset_ms: row.clock_offset_ms,
        state,
        applied,
        version: row.version,
    }
}
