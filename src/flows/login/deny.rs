//! A phone denies: a mistake ends the login, a fraud report freezes the workstation.

use std::sync::Arc;

use countersign_protocol::{
    LoginId,
    wire::{
        LoginState,
        desktop::Outcome,
        mobile::{Decided, Deny, DenyReason},
    },
};
use uuid::Uuid;

use super::{approve::why_not, read::for_phone};
use crate::{
    domain::{About, Entity, Event, Fact, Failure},
    flows::{Context, DeviceCaller, Moment},
    store::{
        Tx, failures,
        logins::{self, LoginForPhone, Whose},
    },
};

/// Denies the login. Reported as fraud, it also ends every other open login of the workstation, untaken
/// grants among them, and freezes its push logins until an admin lifts that.
///
/// # Errors
/// `not_found`; `login_not_pending` with the state.
pub async fn deny(
    ctx: &Context,
    caller: DeviceCaller,
    login: LoginId,
    request: &Deny,
) -> Result<Decided, Failure> {
    let row = for_phone(ctx, caller, login).await?;
    row.login().pending_at(ctx.now())?;
    let outcome = match request.reason {
        DenyReason::Mistake => Outcome::Mistake,
        DenyReason::Fraud => Outcome::Fraud,
    };
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    let decided = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let now = step.now();
                // The workstation first: the order in which suspensions lock them too.
                let mut frozen = None;
                if outcome == Outcome::Fraud {
                    frozen = Some(failures::freeze_push(&mut tx, row.workstation(), now).await?);
                }
                let denied = logins::deny(&mut tx, login, caller.device, outcome, now).await?;
                let Some(version) = denied else { return Ok(None) };
                let how = if outcome == Outcome::Fraud { "reported as fraud" } else { "denied" };
                let denied = step.event_at(
                    row.tenant(),
                    Entity::Login(login),
                    version,
                    format!("{} {how} a login on {}", row.email(), row.host_name()),
                    Fact::LoginDenied { outcome },
                );
                let denied = denied.on(row.workstation());
                let mut topics = vec![login.0, caller.technician.0];
                let mut more = Vec::new();
                if let Some(version) = frozen {
                    let (events, ended) = freeze(&mut tx, &step, &row, login, version).await?;
                    more = events;
                    topics.extend(ended);
                }
                tx.commit(denied, more).await?;
                wake.wake(&topics);
                Ok(Some(Decided { state: LoginState::Denied, version }))
            })
        })
        .await?;
    match decided {
        Some(decided) => Ok(decided),
        None => Err(why_not(ctx, caller, login).await),
    }
}

async fn freeze(
    tx: &mut Tx,
    step: &Moment,
    row: &LoginForPhone,
    reported: LoginId,
    version: i64,
) -> Result<(Vec<Event>, Vec<Uuid>), Failure> {
    let (workstation, host) = (row.workstation(), row.host_name());
    let mut events = vec![step.event_at(
        row.tenant(),
        Entity::Workstation(workstation),
        version,
        format!("push logins on {host} are frozen after a fraud report by {}", row.email()),
        Fact::PushFrozen { login: reported },
    )];
    let mut topics = Vec::new();
    for ended in logins::end_open(tx, Whose::Workstation(workstation), Outcome::Fraud).await? {
        topics.push(ended.id.0);
        topics.extend(ended.technician.map(|technician| technician.0));
        let event = step.event_at(
            row.tenant(),
            Entity::Login(ended.id),
            ended.version,
            format!("a login on {host} ended with the fraud report"),
            Fact::LoginCancelled { outcome: Outcome::Fraud },
        );
        // The actor's: they reported it; the login may have been another's.
        let about = About { technician: ended.technician, ..event.about.clone() };
        events.push(Event { about, ..event }.on(workstation));
    }
    Ok((events, topics))
}
