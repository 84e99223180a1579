//! Replacing what is in wrong hands: a lost phone's secrets, a stolen workstation's.

use std::{collections::BTreeMap, sync::Arc};

use countersign_protocol::{
    DeviceId, StateChangeId, TenantId, WorkstationId,
    wire::{
        admin::{Device, Workstation},
        state::StateVersion,
    },
};

use super::{
    OfflineMode,
    leaving::{Leaver, leave},
    own::{Known, Together, replace_own},
    secrets::{Ending, Replacing, replace_rows},
};
use crate::{
    auth::KeyRing,
    domain::{Entity, Event, Fact, Failure, Refusal},
    flows::{
        AdminCaller, Context, Moment,
        admin::{self, devices::HeldBack},
        states::topic,
        wake_revoked,
    },
    store::{
        Tx, devices,
        offline::{self, SecretKind, Which},
        states::{self, NewChange},
        technicians, tenants,
    },
};

/// A phone was lost: it is suspended, every secret that its technician's phones ever received is replaced, and their epoch of
/// derived ones raised. Their accounts stay.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn lost_phone(
    ctx: &Context,
    caller: AdminCaller,
    device: DeviceId,
) -> Result<Device, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let (wake, keys) = (Arc::clone(&ctx.wake), Arc::clone(&ctx.keys));
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let found = devices::one(&mut tx, device).await?.ok_or_else(Refusal::not_found)?;
                let technician = found.technician;
                // Before it is looked at what its technician's phones received: a hand-over that is under way ends before,
                // and the phone is in for no other.
                let held_back = admin::devices::hold_back(&mut tx, &step, device, "lost").await?;
                let raised = offline::raise_technician_epoch(&mut tx, technician).await?;
                let (epoch, version) = raised.ok_or_else(Refusal::not_found)?;
                let whose = technicians::one(&mut tx, technician).await?;
                let email = whose.ok_or_else(Refusal::not_found)?.email;
                let sentence = format!("a phone of {email} was lost");
                let because = &sentence;
                let leaver = Leaver { technician, tenant: None, leaves: false, because };
                let left = leave(&mut tx, &step, &keys, leaver).await?;
                let fact = Fact::OfflineEpochRaised { epoch };
                let event = step.event(Entity::Technician(technician), version, sentence, fact);
                let HeldBack { events, topics } = held_back.unwrap_or_default();
                let row = devices::one(&mut tx, device).await?.ok_or_else(Refusal::not_found)?;
                tx.commit(event, [events, left.events].concat()).await?;
                wake.wake(&[topics, left.topics].concat());
                wake_revoked(&*wake, &[device.into()]);
                Ok(admin::devices::shown(&row)?)
            })
        })
        .await
}

/// A workstation was stolen, or its secrets were: those that it knows are replaced (in shared mode, on all workstations of its
/// tenant), and its epoch of derived ones raised.
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
                let reason = "the workstation's secrets are known to others";
                let shared = of_tenant(&mut tx, &step, &keys, tenant, reason).await?;
                let raised = offline::raise_workstation_epoch(&mut tx, workstation).await?;
                let (epoch, own, version) = raised.ok_or_else(Refusal::not_found)?;
                let own = own.try_into().unwrap_or(0);
                let rows = Which::Own(&[workstation]);
                let rows = offline::standing(&mut tx, tenant, rows, step.now()).await?;
                let rows: Vec<Ending> = rows.iter().map(Ending::from).collect();
                let known = BTreeMap::from([(workstation, own)]);
                let known = Known::Own(&known);
                let how = Together { reason, accepted_until: None, known, anew: true };
                let mut events = replace_own(&mut tx, &step, &keys, &rows, how).await?;
                let sentence = format!("the offline secrets of {host} were replaced: {reason}");
                let fact = Fact::OfflineEpochRaised { epoch };
                let entity = Entity::Workstation(workstation);
                let event = step.event_at(tenant, entity, version, sentence, fact);
                let since = StateVersion { tenant: 0, own };
                let (id, now): (StateChangeId, _) = (step.id(), step.now());
                let what = "its offline secrets were replaced";
                let here = Some(workstation);
                let change = NewChange { id, tenant, workstation: here, what, since, now };
                states::note(&mut tx, &[change]).await?;
                let woken = if shared.is_empty() { topic(workstation.0) } else { topic(tenant.0) };
                events.extend(shared);
                tx.commit(event, events).await?;
                wake.wake(&[woken]);
                Ok(version)
            })
        })
        .await?;
    Ok(Workstation { version, ..known })
}

/// The tenant's secret is on each of its workstations: in shared mode it is replaced on all of them.
async fn of_tenant(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    tenant: TenantId,
    reason: &str,
) -> Result<Vec<Event>, Failure> {
    let found = tenants::one(tx, tenant).await?.ok_or_else(Refusal::not_found)?;
    if OfflineMode::of_tenant(&found.settings) != OfflineMode::Shared {
        return Ok(Vec::new());
    }
    let version = states::raise_tenant(tx, tenant).await?;
    let since = StateVersion { tenant: version, own: 0 };
    let which = Which::Kind(SecretKind::Shared);
    let rows = offline::standing(tx, tenant, which, step.now()).await?;
    let how = Replacing { reason, accepted_until: None, since, anew: true };
    let events = replace_rows(tx, step, keys, &rows, how).await?;
    let (id, now): (StateChangeId, _) = (step.id(), step.now());
    let what = "the offline secret was replaced";
    let change = NewChange { id, tenant, workstation: None, what, since, now };
    states::note(tx, &[change]).await?;
    Ok(events)
}
