//! A workstation reports that a session has ended.

use std::sync::Arc;

use countersign_protocol::{
    SessionId,
    wire::sessions::{ReportEnd, Session},
};

use crate::{
    domain::{Entity, Fact, Failure, Refusal},
    flows::{Context, WorkstationCaller, states::topic},
    store::{sessions, states},
};

/// Writes down that a session has ended. Said again, it stays as it was.
///
/// # Errors
/// `not_found` unless it is this workstation's.
pub async fn report_end(
    ctx: &Context,
    caller: WorkstationCaller,
    session: SessionId,
    report: ReportEnd,
) -> Result<Session, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let found = sessions::one(&mut tx, session).await?;
                let found = found
                    .filter(|found| found.workstation_id == caller.workstation)
                    .ok_or_else(Refusal::not_found)?;
                let ended_at = report.ended_at;
                let ended = sessions::end(&mut tx, session, caller.workstation, ended_at).await?;
                let Some(version) = ended else { return Ok(found) };
                let sentence = format!("a session with account {} ended", found.account);
                let fact = Fact::SessionEnded { ended_at };
                let event = step
                    .event(Entity::Session(session), version, sentence, fact)
                    .of(found.technician_id);
                // An account that is to leave can leave now, and nobody need end the session any more.
                states::raise_owns(&mut tx, &[caller.workstation]).await?;
                tx.commit(event, vec![]).await?;
                wake.wake(&[topic(caller.workstation.0)]);
                Ok(Session { ended_at: Some(ended_at), version, ..found })
            })
        })
        .await
}
