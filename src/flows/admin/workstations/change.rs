//! Changes of a workstation's status.

use std::sync::Arc;

use countersign_protocol::{ProblemCode, WorkstationId, wire::admin::Workstation};

use super::shown;
use crate::{
    domain::{Entity, Fact, Failure, Refusal, workstation::Change},
    flows::{AdminCaller, Context, EndedLogins, end_logins, wake_revoked},
    store::{
        Tx,
        logins::Whose,
        replacements::{self, State},
        revocations,
        workstations::{self, ChangedWorkstation},
    },
};

/// Suspends a workstation: its tokens, pending logins, untaken grants and waits die at once.
///
/// # Errors
/// `not_found`; `conflict` with the status of one that is not active.
pub async fn suspend(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
) -> Result<Workstation, Failure> {
    change(ctx, caller, workstation, Change::Suspend).await
}

/// Resumes a workstation that was suspended.
///
/// # Errors
/// `not_found`; `conflict` with the status of one that is not suspended.
pub async fn resume(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
) -> Result<Workstation, Failure> {
    change(ctx, caller, workstation, Change::Resume).await
}

/// Retires a workstation for good, and rejects the keys that wait to take it over. Its hardware may enrol
/// as another workstation, with other keys.
///
/// # Errors
/// `not_found`; `conflict` if it is retired already.
pub async fn retire(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
) -> Result<Workstation, Failure> {
    change(ctx, caller, workstation, Change::Retire).await
}

/// Releases a workstation from quarantine. Its next assertion is taken whatever counter it shows, once, and
/// counting goes on from there: whoever holds its key and comes first is the workstation from then on.
/// So find the copy before; where that can't be done, retire it or replace its keys.
///
/// # Errors
/// `not_found`; `conflict` with the status of one that is not quarantined.
pub async fn release(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
) -> Result<Workstation, Failure> {
    change(ctx, caller, workstation, Change::Release).await
}

async fn change(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
    change: Change,
) -> Result<Workstation, Failure> {
    change_keyed(ctx, caller, workstation, change, None).await
}

/// The change, if the workstation's key is the one `compared`, where one was.
async fn change_keyed(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
    change: Change,
    compared: Option<String>,
) -> Result<Workstation, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let changed = apply(&mut tx, workstation, change).await?;
                let (word, fact) = told(change);
                let sentence = format!("{} was {word}", changed.host_name);
                let ends = matches!(change, Change::Suspend | Change::Retire);
                let mut ended = EndedLogins { events: vec![], topics: vec![] };
                if ends {
                    let whose = Whose::Workstation(workstation);
                    ended = end_logins(&mut tx, &step, whose, &sentence).await?;
                    revocations::revoke(&mut tx, workstation, step.now()).await?;
                }
                if change == Change::Retire {
                    replacements::end_pending(&mut tx, workstation, State::Rejected).await?;
                }
                let workstation_now = read(&mut tx, workstation).await?;
                if let Some(compared) = compared {
                    is_the_compared_key(&workstation_now.key_thumbprint, &compared)?;
                }
                let entity = Entity::Workstation(workstation);
                let event = step.event_at(changed.tenant, entity, changed.version, sentence, fact);
                tx.commit(event, ended.events).await?;
                wake.wake(&ended.topics);
                if ends {
                    wake_revoked(&*wake, &[workstation.into()]);
                }
                Ok(workstation_now)
            })
        })
        .await
}

/// The conditional UPDATE decides; one that was overtaken is judged again by what it finds.
async fn apply(
    tx: &mut Tx,
    workstation: WorkstationId,
    change: Change,
) -> Result<ChangedWorkstation, Failure> {
    for _ in 0..3 {
        let row = workstations::one(tx, workstation).await?.ok_or_else(Refusal::not_found)?;
        let to = change.from(row.status)?;
        let changed = match change {
            Change::Release => workstations::release(tx, workstation).await?,
            _ => workstations::change_status(tx, workstation, row.status, to).await?,
        };
        if let Some(changed) = changed {
            return Ok(changed);
        }
    }
    Err(ProblemCode::Conflict.into())
}

fn told(change: Change) -> (&'static str, Fact) {
    match change {
        Change::Confirm => ("confirmed", Fact::WorkstationConfirmed),
        Change::Suspend => ("suspended", Fact::WorkstationSuspended),
        Change::Resume => ("resumed", Fact::WorkstationResumed),
        Change::Retire => ("retired", Fact::WorkstationRetired),
        Change::Release => ("released from quarantine", Fact::WorkstationReleased),
    }
}

pub(super) async fn read(tx: &mut Tx, workstation: WorkstationId) -> Result<Workstation, Failure> {
    let row = workstations::one(tx, workstation).await?.ok_or_else(Refusal::not_found)?;
    Ok(shown(row, replacements::pending_of(tx, workstation).await?))
}

/// Confirms a pending workstation with the key of this thumbprint.
pub(super) async fn confirm_pending(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
    compared: &str,
) -> Result<Workstation, Failure> {
    change_keyed(ctx, caller, workstation, Change::Confirm, Some(compared.to_owned())).await
}

/// Nobody's eyes have seen another key than the one they compared.
pub(super) fn is_the_compared_key(waiting: &str, compared: &str) -> Result<(), Refusal> {
    if waiting == compared {
        return Ok(());
    }
    let detail = "another key waits than the one of this thumbprint: compare again";
    Err(Refusal::because(ProblemCode::Conflict, detail))
}

/// Allows push logins again, where a fraud report froze them.
///
/// # Errors
/// `not_found`; `conflict` where they are not frozen.
pub async fn unfreeze(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
) -> Result<Workstation, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let Some(changed) = workstations::unfreeze(&mut tx, workstation).await? else {
                    read(&mut tx, workstation).await?;
                    return Err(Refusal::in_state(ProblemCode::Conflict, "not_frozen").into());
                };
                let workstation_now = read(&mut tx, workstation).await?;
                let sentence = format!("push logins on {} are allowed again", changed.host_name);
                let entity = Entity::Workstation(workstation);
                let fact = Fact::PushUnfrozen;
                let event = step.event_at(changed.tenant, entity, changed.version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(workstation_now)
            })
        })
        .await
}
