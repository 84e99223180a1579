//! A workstation says which version of its state document it has applied.

use std::sync::Arc;

use countersign_protocol::{ProblemCode, wire::state::Applied};

use super::clock;
use crate::{
    domain::{Entity, Fact, Failure, Refusal},
    flows::{Context, WorkstationCaller, offline, states::topic},
    store::states::{self, NewlyApplied},
};

/// How many accounts one request may name.
const MOST: usize = 1000;

/// Writes down what was applied. Said again, it changes nothing; a version that never was is refused.
///
/// # Errors
/// `invalid_request`; `conflict` if a later version was applied.
pub async fn applied(
    ctx: &Context,
    caller: WorkstationCaller,
    said: Applied,
) -> Result<(), Failure> {
    if said.removed.len() > MOST || said.taken.len() > MOST {
        let detail = format!("removed, taken: {MOST} accounts at the most");
        return Err(Refusal::because(ProblemCode::InvalidRequest, detail).into());
    }
    let _turn = ctx.turns.next().await?;
    let step = ctx.moment(caller.scope, caller.actor());
    let (wake, keys) = (Arc::clone(&ctx.wake), Arc::clone(&ctx.keys));
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let place = states::place(&mut tx, caller.workstation).await?;
                let place = place.ok_or(ProblemCode::InvalidToken)?;
                if !place.version.covers(said.version) {
                    let detail = "version: none that this workstation was ever told";
                    return Err(Refusal::because(ProblemCode::InvalidRequest, detail).into());
                }
                let new = NewlyApplied {
                    workstation: caller.workstation,
                    version: said.version,
                    now: step.now(),
                };
                let news = said.offset.is_some_and(|offset| clock::is_news(&place, offset));
                let again = place.applied == said.version && place.has_applied;
                if again && said.removed.is_empty() && said.taken.is_empty() && !news {
                    return Ok(());
                }
                let Some(version) = states::apply(&mut tx, new).await? else {
                    let detail = "version: a later one was applied";
                    return Err(Refusal::because(ProblemCode::Conflict, detail).into());
                };
                let here = caller.workstation;
                states::mark_removed(&mut tx, here, &said.removed, step.now()).await?;
                states::mark_taken(&mut tx, (place.tenant, here), &said.taken, step.now()).await?;
                let entity = Entity::Workstation(here);
                let host = &place.host_name;
                let taken = said.taken.len();
                let sentence = if taken == 0 {
                    format!("{host} has applied its state document")
                } else {
                    format!("{host} has applied its state document, and found {taken} accounts that it did not make")
                };
                let fact = Fact::StateApplied {
                    state: said.version,
                    removed: said.removed,
                    taken: said.taken,
                };
                let event = step.event(entity, version, sentence, fact);
                let mut more = Vec::new();
                // The first contact makes the code that opens the machine when nothing else does.
                if let Some(made) = offline::ensure_code(&mut tx, &step, &keys, &place).await? {
                    states::raise_owns(&mut tx, &[here]).await?;
                    more.push(made);
                }
                let woken = !more.is_empty();
                more.extend(clock::measured(&mut tx, &step, &place, said.offset).await?);
                tx.commit(event, more).await?;
                if woken {
                    wake.wake(&[topic(here.0)]);
                }
                Ok(())
            })
        })
        .await
}
