//! Offline failures that an admin forgives.

use std::sync::Arc;

use countersign_protocol::{
    WorkstationId,
    wire::{admin::Workstation, state::StateVersion},
};

use super::change::read;
use crate::{
    domain::{Entity, Fact, Failure, Refusal},
    flows::{AdminCaller, Context, states::topic},
    store::{
        states::{self, NewChange},
        workstations,
    },
};

/// Clears the failures that lock offline codes on a workstation: it hears so with its next state document, and guesses
/// count from zero there.
///
/// # Errors
/// `not_found`, also for a retired workstation.
pub async fn clear_offline_failures(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
) -> Result<Workstation, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let cleared = workstations::clear_offline_failures(&mut tx, workstation).await?;
                let (changed, own) = cleared.ok_or_else(Refusal::not_found)?;
                let sentence =
                    format!("failed offline codes on {} were forgiven", changed.host_name);
                let change = NewChange {
                    id: step.id(),
                    tenant: changed.tenant,
                    workstation: Some(workstation),
                    what: &sentence,
                    since: StateVersion { tenant: 0, own: own.unsigned_abs() },
                    now: step.now(),
                };
                states::note(&mut tx, &[change]).await?;
                let workstation_now = read(&mut tx, workstation).await?;
                let entity = Entity::Workstation(workstation);
                let fact = Fact::OfflineFailuresCleared;
                let event = step.event_at(changed.tenant, entity, changed.version, sentence, fact);
                tx.commit(event, vec![]).await?;
                wake.wake(&[topic(workstation.0)]);
                Ok(workstation_now)
            })
        })
        .await
}
