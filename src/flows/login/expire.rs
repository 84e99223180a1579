//! Logins whose time has ended are written down as such.

use std::sync::Arc;

use countersign_protocol::wire::{LoginState, desktop::Outcome};

use crate::{
    domain::{Actor, Entity, Fact, Failure},
    flows::Context,
    store::{Scope, logins},
};

/// How many logins one step looks at.
const BATCH: i64 = 200;

/// One step of the sweep: ends what is due, each in its own transaction; how many it ended. One that can't be
/// ended does not keep the others.
///
/// # Errors
/// If the database does not answer; the last failure.
pub async fn expire_due(ctx: &Context) -> Result<usize, Failure> {
    let mut across = ctx.store.across().await?;
    let due = logins::due(&mut across, ctx.now(), BATCH).await?;
    drop(across);
    let (mut ended, mut failure) = (0, None);
    for due in due {
        let scope = Scope::msp(due.msp);
        let step = ctx.moment(scope, Actor::Service);
        let wake = Arc::clone(&ctx.wake);
        let expired = ctx.store.transact(scope, move |mut tx| {
            Box::pin(async move {
                let expired = logins::expire(&mut tx, due.id, step.now()).await?;
                let Some((login, state, host)) = expired else { return Ok(0) };
                let (sentence, fact) = match state {
                    LoginState::Expired => {
                        (format!("nobody decided a login on {host} in time"), Fact::LoginExpired)
                    }
                    _ => (
                        format!("{host} did not take an approved login's grant in time"),
                        Fact::LoginCancelled { outcome: Outcome::NotTaken },
                    ),
                };
                let entity = Entity::Login(login.id);
                let event = step.event_at(login.tenant, entity, login.version, sentence, fact);
                let event = event.on(login.workstation).of(login.technician);
                tx.commit(event, Vec::new()).await?;
                let mut topics = vec![login.id.0];
                topics.extend(login.technician.map(|technician| technician.0));
                wake.wake(&topics);
                Ok(1)
            })
        });
        match expired.await {
            Ok(one) => ended += one,
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(ended), Err)
}
