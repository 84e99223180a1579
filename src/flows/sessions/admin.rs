//! Sessions in an admin's eyes.

use std::sync::Arc;

use countersign_protocol::{
    ProblemCode, SessionId, StateChangeId,
    wire::{sessions::Session, state::StateVersion},
};

use crate::{
    domain::{Entity, Fact, Failure, ListFrom, Listing, Refusal, SessionKind},
    flows::{AdminCaller, Context, states::topic},
    store::{
        sessions,
        states::{self, NewChange},
    },
};

/// A part of the msp's sessions of a kind.
///
/// # Errors
/// That the database does not answer.
pub async fn list(
    ctx: &Context,
    caller: AdminCaller,
    kind: SessionKind,
    from: ListFrom,
) -> Result<Listing<Session>, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    Ok(sessions::all(&mut conn, kind, from).await?)
}

/// One session.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn one(
    ctx: &Context,
    caller: AdminCaller,
    session: SessionId,
) -> Result<Session, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    Ok(sessions::one(&mut conn, session).await?.ok_or_else(Refusal::not_found)?)
}

/// Asks the workstation to end a session; it learns so from its state document. Asked again, it stays as it was.
///
/// # Errors
/// `not_found`; `conflict` if it has ended.
pub async fn ask_to_end(
    ctx: &Context,
    caller: AdminCaller,
    session: SessionId,
) -> Result<Session, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let found = sessions::one(&mut tx, session).await?;
                let found = found.ok_or_else(Refusal::not_found)?;
                let asked = sessions::ask_to_end(&mut tx, session, step.now()).await?;
                let Some(version) = asked else {
                    if found.end_requested_at.is_some() {
                        return Ok(found);
                    }
                    return Err(Refusal::in_state(ProblemCode::Conflict, "ended").into());
                };
                let (tenant, workstation) = (found.tenant_id, found.workstation_id);
                let raised = states::raise_owns(&mut tx, &[workstation]).await?;
                let own = raised.first().map_or(0, |(_, _, own)| *own);
                let (id, now): (StateChangeId, _) = (step.id(), step.now());
                let what = "a session is to end";
                let since = StateVersion { tenant: 0, own };
                let here = Some(workstation);
                let change = NewChange { id, tenant, workstation: here, what, since, now };
                states::note(&mut tx, &[change]).await?;
                let sentence = format!(
                    "an admin asked for the end of a session with account {}",
                    found.account
                );
                let fact = Fact::SessionEndRequested;
                let event = step
                    .event_at(tenant, Entity::Session(session), version, sentence, fact)
                    .on(workstation)
                    .of(found.technician_id);
                tx.commit(event, vec![]).await?;
                wake.wake(&[topic(workstation.0)]);
                Ok(Session { end_requested_at: Some(step.now()), version, ..found })
            })
        })
        .await
}
