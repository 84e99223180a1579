//! Replacing secrets without anybody leaving: in routine, for a lost phone, for a stolen machine.

use std::sync::Arc;

use countersign_protocol::{
    StateChangeId, TechnicianId, TenantId, WorkstationId,
    wire::{
        admin::{Technician, Workstation},
        state::StateVersion,
    },
};

use super::{
    OfflineMode,
    leaving::{Leaver, leave},
    secrets::{Replacing, cut_short, replace},
};
use crate::{
    domain::{Entity, Fact, Failure, Refusal},
    flows::{AdminCaller, Context, admin, states::topic},
    store::{
        offline::{self, SecretKind, Which},
        states::{self, NewChange},
        technicians, tenants,
    },
};

/// How long a day is.
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// What a rotation replaced.
#[derive(Clone, Copy, Debug)]
pub struct Rotated {
    /// How many secrets.
    pub secrets: u64,
}

/// Replaces a tenant's secrets in routine: those that stand work on for the tenant's number of days. A root (derived
/// mode) can't work on: it ends as its workstations apply the change.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn rotate_secrets(
    ctx: &Context,
    caller: AdminCaller,
    tenant: TenantId,
) -> Result<Rotated, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let (wake, keys) = (Arc::clone(&ctx.wake), Arc::clone(&ctx.keys));
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let found = tenants::one(&mut tx, tenant).await?.ok_or_else(Refusal::not_found)?;
                let kind = OfflineMode::of_tenant(&found.settings).kind();
                let which = Which::Kind(kind);
                let rows = offline::standing(&mut tx, tenant, which, step.now()).await?;
                let (old, rows): (Vec<_>, Vec<_>) =
                    rows.into_iter().partition(|row| row.replaced_at.is_some());
                if rows.is_empty() {
                    return Ok(Rotated { secrets: 0 });
                }
                let version = states::raise_tenant(&mut tx, tenant).await?;
                let since = StateVersion { tenant: version, own: 0 };
                let until = step.now() + DAY * u32::from(found.settings.offline.rotation_days);
                let how = Replacing {
                    reason: "routine rotation",
                    accepted_until: (kind != SecretKind::Root).then_some(until),
                    since,
                    anew: true,
                };
                let mut events = Vec::new();
                // A workstation knows one old secret: the one before that works no longer.
                for row in &old {
                    events.extend(cut_short(&mut tx, &step, row, how.reason, since).await?);
                }
                for row in &rows {
                    events.extend(replace(&mut tx, &step, &keys, row, how).await?);
                }
                let (id, now): (StateChangeId, _) = (step.id(), step.now());
                let what = "offline secrets were rotated";
                let change = NewChange { id, tenant, workstation: None, what, since, now };
                states::note(&mut tx, &[change]).await?;
                let first = events.pop().ok_or_else(|| Failure::Fault("no event".into()))?;
                tx.commit(first, events).await?;
                wake.wake(&[topic(tenant.0)]);
                Ok(Rotated { secrets: rows.len() as u64 })
            })
        })
        .await
}

/// A technician's phone was lost: every secret that their phones ever received is replaced, and their epoch of derived
/// ones raised. Their accounts stay.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn lost_phone(
    ctx: &Context,
    caller: AdminCaller,
    technician: TechnicianId,
) -> Result<Technician, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let (wake, keys) = (Arc::clone(&ctx.wake), Arc::clone(&ctx.keys));
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let found = technicians::one(&mut tx, technician).await?;
                let found = found.ok_or_else(Refusal::not_found)?;
                let sentence = format!("a phone of {} was lost", found.email);
                let because = &sentence;
                let leaver = Leaver { technician, tenant: None, leaves: false, because };
                let left = leave(&mut tx, &step, &keys, leaver).await?;
                let raised = offline::raise_technician_epoch(&mut tx, technician).await?;
                let (epoch, version) = raised.ok_or_else(Refusal::not_found)?;
                let fact = Fact::OfflineEpochRaised { epoch };
                let event = step.event(Entity::Technician(technician), version, sentence, fact);
                tx.commit(event, left.events).await?;
                wake.wake(&left.topics);
                Ok(Technician { version, ..found })
            })
        })
        .await
}

/// A workstation was stolen, or its secrets were: its own secret is replaced, and its epoch of derived ones raised.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn stolen_workstation(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
) -> Result<Workstation, Failure> {
    let known = admin::workstations::one(ctx, caller, workstation).await?;
    let step = ctx.moment(caller.scope, caller.actor());
    let (wake, keys) = (Arc::clone(&ctx.wake), Arc::clone(&ctx.keys));
    let (tenant, host) = (known.tenant_id, known.facts.host_name.clone());
    let version = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let raised = offline::raise_workstation_epoch(&mut tx, workstation).await?;
                let (epoch, own, version) = raised.ok_or_else(Refusal::not_found)?;
                let since = StateVersion { tenant: 0, own: own.try_into().unwrap_or(0) };
                let reason = "the workstation's secrets are known to others";
                let how = Replacing { reason, accepted_until: None, since, anew: true };
                let mut events = Vec::new();
                let own = Which::Own(&[workstation]);
                for row in offline::standing(&mut tx, tenant, own, step.now()).await? {
                    if row.replaced_at.is_some() {
                        events.extend(cut_short(&mut tx, &step, &row, reason, since).await?);
                    } else {
                        events.extend(replace(&mut tx, &step, &keys, &row, how).await?);
                    }
                }
                let sentence = format!("the offline secrets of {host} were replaced: {reason}");
                let fact = Fact::OfflineEpochRaised { epoch };
                let entity = Entity::Workstation(workstation);
                let event = step.event_at(tenant, entity, version, sentence, fact);
                let (id, now): (StateChangeId, _) = (step.id(), step.now());
                let what = "its offline secrets were replaced";
                let workstation = Some(workstation);
                let change = NewChange { id, tenant, workstation, what, since, now };
                states::note(&mut tx, &[change]).await?;
                tx.commit(event, events).await?;
                wake.wake(&[topic(change_topic(workstation))]);
                Ok(version)
            })
        })
        .await?;
    Ok(Workstation { version, ..known })
}

fn change_topic(workstation: Option<WorkstationId>) -> uuid::Uuid {
    workstation.map_or_else(uuid::Uuid::nil, uuid::Uuid::from)
}
