//! Suspending a technician, or removing one for good: tokens, pending logins, untaken grants and waits die at once; their accounts leave the
//! workstations, and every offline secret that their phones received is replaced.

use std::sync::Arc;

use countersign_protocol::{
    TechnicianId,
    wire::{Status, admin::Technician},
};

use super::one;
use crate::{
    domain::{Entity, Fact, Failure, Refusal},
    flows::{
        AdminCaller, Context, end_logins,
        offline::{Leaver, leave},
        wake_revoked,
    },
    store::{logins::Whose, revocations, technicians},
};

/// Suspends a technician. Their phones need no revocation of their own: every token of theirs names the
/// technician too. One who is suspended stays so.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn suspend(
    ctx: &Context,
    caller: AdminCaller,
    technician: TechnicianId,
) -> Result<Technician, Failure> {
    gone(ctx, caller, technician, Status::Suspended).await
}

/// Removes a technician for good. Their names stay theirs: nobody else is ever given them.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn retire(
    ctx: &Context,
    caller: AdminCaller,
    technician: TechnicianId,
) -> Result<(), Failure> {
    gone(ctx, caller, technician, Status::Retired).await.map(drop)
}

async fn gone(
    ctx: &Context,
    caller: AdminCaller,
    technician: TechnicianId,
    to: Status,
) -> Result<Technician, Failure> {
    let present = one(ctx, caller, technician).await?;
    if present.status == to || present.status == Status::Retired {
        return Ok(present);
    }
    let step = ctx.moment(caller.scope, caller.actor());
    let (wake, keys) = (Arc::clone(&ctx.wake), Arc::clone(&ctx.keys));
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let Some(gone) = technicians::leave(&mut tx, technician, to).await? else {
                    // Somebody else was faster.
                    let present = technicians::one(&mut tx, technician).await?;
                    return Ok(present.ok_or_else(Refusal::not_found)?);
                };
                let (sentence, fact) = if to == Status::Retired {
                    (format!("{} was removed", gone.email), Fact::TechnicianRetired)
                } else {
                    (format!("{} was suspended", gone.email), Fact::TechnicianSuspended)
                };
                let whose = Whose::Technician(technician);
                let ended = end_logins(&mut tx, &step, whose, &sentence).await?;
                revocations::revoke(&mut tx, technician, step.now()).await?;
                let because = &sentence;
                let leaver = Leaver { technician, tenant: None, leaves: true, because };
                let left = leave(&mut tx, &step, &keys, leaver).await?;
                let entity = Entity::Technician(technician);
                let event = step.event(entity, gone.version, sentence, fact);
                tx.commit(event, [ended.events, left.events].concat()).await?;
                wake.wake(&ended.topics);
                wake.wake(&left.topics);
                wake_revoked(&*wake, &[technician.into()]);
                Ok(gone)
            })
        })
        .await
}
