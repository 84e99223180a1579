//! A workstation says which version of its state document it has applied.

use std::sync::Arc;

use countersign_protocol::{
    ProblemCode,
    offline::skew::{ClockHealth, Offset},
    wire::state::Applied,
};

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
                    offset_ms: said.offset.map(|offset| offset.millis),
                    now: step.now(),
                };
                let skewed = newly_skewed(place.clock_offset_ms, said.offset);
                let again = place.applied == said.version && place.applied_at.is_some();
                if again && said.removed.is_empty() && said.taken.is_empty() && skewed.is_none() {
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
                if let Some(offset_ms) = skewed {
                    let sentence = format!("the clock of {host} is off by {offset_ms} ms");
                    let fact = Fact::ClockSkewed { offset_ms };
                    let version = crate::store::workstations::raise_version(&mut tx, here).await?;
                    if let Some(version) = version {
                        more.push(step.event(entity, version, sentence, fact));
                    }
                }
                let woken = !more.is_empty();
                tx.commit(event, more).await?;
                if woken {
                    wake.wake(&[topic(here.0)]);
                }
                Ok(())
            })
        })
        .await
}

/// The offset, if the clock has just gone out of what codes bear.
fn newly_skewed(before: Option<i64>, now: Option<Offset>) -> Option<i64> {
    let fine = |millis: i64| Offset { millis, within_millis: 0 }.health() == ClockHealth::Fine;
    let now = now?.millis;
    (!fine(now) && before.is_none_or(fine)).then_some(now)
}
