//! Which technicians work for which tenants.

use std::sync::Arc;

use countersign_protocol::{TechnicianId, TenantId, wire::admin::Delegation};

use super::tenants;
use crate::{
    domain::{Entity, Fact, Failure, ListFrom, Listing, Refusal},
    flows::{
        AdminCaller, Context, end_logins,
        offline::{Leaver, come_back, leave},
    },
    store::{
        Tx,
        delegations::{self, Pair},
        logins::Whose,
    },
};

/// A delegation, and whether it was made just now.
#[derive(Clone, Debug)]
pub struct Made {
    /// The delegation.
    pub delegation: Delegation,
    /// False if it stood already.
    pub anew: bool,
}

/// Lets a technician work for a tenant. A delegation that stands stays as it is.
///
/// # Errors
/// `not_found` unless both are the msp's, or that the database does not answer.
pub async fn make(
    ctx: &Context,
    caller: AdminCaller,
    tenant: TenantId,
    technician: TechnicianId,
) -> Result<Made, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let pair = delegations::pair(&mut conn, tenant, technician).await?;
    drop(conn);
    let pair = pair.ok_or_else(Refusal::not_found)?;
    let delegation =
        move |created_at| Delegation { tenant_id: tenant, technician_id: technician, created_at };
    if let Some(created_at) = standing(&pair) {
        return Ok(Made { delegation: delegation(created_at), anew: false });
    }
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let now = step.now();
                let Some(version) = delegations::make(&mut tx, tenant, technician, now).await?
                else {
                    // Somebody else was faster.
                    let pair = present(&mut tx, tenant, technician).await?;
                    let created_at = pair.created_at.unwrap_or(now);
                    return Ok(Made { delegation: delegation(created_at), anew: false });
                };
                let sentence = format!("{} now works for {}", pair.email, pair.tenant);
                // In derived mode the technician has a row on each workstation from now on.
                let topics = come_back(&mut tx, &step, technician, Some(tenant), &sentence).await?;
                let entity = Entity::Delegation(tenant, technician);
                let fact = Fact::DelegationMade;
                let event = step.event_at(tenant, entity, version, sentence, fact);
                tx.commit(event, vec![]).await?;
                wake.wake(&topics);
                Ok(Made { delegation: delegation(now), anew: true })
            })
        })
        .await
}

/// Ends a technician's work for a tenant, and their open logins there. One that ended stays so.
///
/// # Errors
/// `not_found` if there never was one, or that the database does not answer.
pub async fn end(
    ctx: &Context,
    caller: AdminCaller,
    tenant: TenantId,
    technician: TechnicianId,
) -> Result<(), Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let (wake, keys) = (Arc::clone(&ctx.wake), Arc::clone(&ctx.keys));
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let version = delegations::end(&mut tx, tenant, technician).await?;
                let pair = present(&mut tx, tenant, technician).await?;
                let Some(version) = version else {
                    let was = pair.active.map(|_| ()).ok_or_else(Refusal::not_found);
                    return Ok(was?);
                };
                let sentence = format!("{} no longer works for {}", pair.email, pair.tenant);
                let whose = Whose::Delegation(tenant, technician);
                let ended = end_logins(&mut tx, &step, whose, &sentence).await?;
                let because = &sentence;
                let leaver = Leaver { technician, tenant: Some(tenant), leaves: true, because };
                let left = leave(&mut tx, &step, &keys, leaver).await?;
                let entity = Entity::Delegation(tenant, technician);
                let fact = Fact::DelegationEnded;
                let event = step.event_at(tenant, entity, version, sentence, fact);
                tx.commit(event, [ended.events, left.events].concat()).await?;
                wake.wake(&ended.topics);
                wake.wake(&left.topics);
                Ok(())
            })
        })
        .await
}

/// A part of the technicians who work for a tenant.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn list(
    ctx: &Context,
    caller: AdminCaller,
    tenant: TenantId,
    from: ListFrom,
) -> Result<Listing<Delegation>, Failure> {
    tenants::one(ctx, caller, tenant).await?;
    let mut conn = ctx.store.within(caller.scope).await?;
    Ok(delegations::list(&mut conn, tenant, from).await?)
}

fn standing(pair: &Pair) -> Option<countersign_protocol::Instant> {
    pair.created_at.filter(|_| pair.active == Some(true))
}

async fn present(tx: &mut Tx, tenant: TenantId, technician: TechnicianId) -> Result<Pair, Failure> {
    Ok(delegations::pair(tx, tenant, technician).await?.ok_or_else(Refusal::not_found)?)
}
