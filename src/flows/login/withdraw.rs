//! A workstation withdraws a login that it opened.

use std::sync::Arc;

use countersign_protocol::{
    LoginId,
    wire::desktop::{LoginView, Outcome},
};

use super::wait::current;
use crate::{
    domain::{Entity, Fact, Failure, Refusal, login::not_pending},
    flows::{Context, WorkstationCaller},
    store::logins,
};

/// Ends the login, pending or approved but not taken. Withdrawing it again answers the same.
///
/// # Errors
/// `not_found`; `login_not_pending` with the state, if it ended otherwise.
pub async fn withdraw(
    ctx: &Context,
    caller: WorkstationCaller,
    login: LoginId,
) -> Result<LoginView, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    let withdrawn = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let row = logins::view(&mut tx, login, caller.workstation)
                    .await?
                    .ok_or_else(Refusal::not_found)?;
                let outcome = Outcome::Withdrawn;
                let ended =
                    logins::end_pending(&mut tx, login, caller.workstation, outcome).await?;
                let Some(version) = ended else { return Ok(false) };
                let event = step.event(
                    Entity::Login(login),
                    version,
                    "the workstation withdrew a login",
                    Fact::LoginCancelled { outcome },
                );
                tx.commit(event.of(row.technician), Vec::new()).await?;
                let mut topics = vec![login.0];
                topics.extend(row.technician.map(|technician| technician.0));
                wake.wake(&topics);
                Ok(true)
            })
        })
        .await?;
    let view = current(ctx, &caller, login).await?;
    if !withdrawn && view.outcome != Some(Outcome::Withdrawn) {
        return Err(not_pending(view.state).into());
    }
    Ok(view)
}
