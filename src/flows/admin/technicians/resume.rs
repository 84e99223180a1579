//! Resuming a technician.

use countersign_protocol::{
    ProblemCode, TechnicianId,
    wire::{Status, admin::Technician},
};

use super::one;
use crate::{
    domain::{Entity, Fact, Failure, Refusal},
    flows::{AdminCaller, Context, offline::come_back},
    store::technicians,
};

/// Lifts a technician's suspension and the pause of their push logins, and forgets their failures. Where
/// there is nothing to lift, nothing changes.
///
/// # Errors
/// `not_found`; `conflict` for one who was removed; or that the database does not answer.
pub async fn resume(
    ctx: &Context,
    caller: AdminCaller,
    technician: TechnicianId,
) -> Result<Technician, Failure> {
    let present = one(ctx, caller, technician).await?;
    let sound = present.consecutive_failures == 0 && present.push_paused_until.is_none();
    if present.status == Status::Retired {
        return Err(Refusal::in_state(ProblemCode::Conflict, "retired").into());
    }
    if present.status == Status::Active && sound {
        return Ok(present);
    }
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = std::sync::Arc::clone(&ctx.wake);
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let Some(resumed) = technicians::resume(&mut tx, technician).await? else {
                    // Somebody else was faster.
                    let present = technicians::one(&mut tx, technician).await?;
                    return Ok(present.ok_or_else(Refusal::not_found)?);
                };
                let sentence = format!("{} was resumed", resumed.email);
                let topics = come_back(&mut tx, &step, technician, None, &sentence).await?;
                let entity = Entity::Technician(technician);
                let fact = Fact::TechnicianResumed;
                tx.commit(step.event(entity, resumed.version, sentence, fact), vec![]).await?;
                wake.wake(&topics);
                Ok(resumed)
            })
        })
        .await
}
