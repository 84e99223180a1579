//! A failed approval: the login is denied, the failure counted, and what the count calls for is done, all in
//! one transaction.

use std::sync::Arc;

use countersign_protocol::wire::desktop::Outcome;
use uuid::Uuid;

use crate::{
    domain::{Entity, Event, Fact, Failure},
    flows::{Context, DeviceCaller, Moment, end_logins, wake_revoked},
    store::{
        Tx, failures,
        logins::{self, LoginForPhone, Whose},
        revocations,
    },
};

/// Bounds on failures, from the settings.
#[derive(Clone, Copy)]
struct Bounds {
    pause_after: i32,
    pause: std::time::Duration,
    suspend_after: i32,
}

/// Denies the login with `outcome` and counts it against the technician; `false` if it was decided already.
///
/// # Errors
/// If the database does not answer.
pub(super) async fn failed(
    ctx: &Context,
    caller: DeviceCaller,
    row: &LoginForPhone,
    outcome: Outcome,
) -> Result<bool, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let settings = &ctx.settings.login;
    let bounds = Bounds {
        pause_after: i32::try_from(settings.pause_after_failures).unwrap_or(i32::MAX),
        pause: settings.pause(),
        suspend_after: i32::try_from(settings.suspend_after_failures).unwrap_or(i32::MAX),
    };
    let wake = Arc::clone(&ctx.wake);
    let login = row.statement().login;
    let (tenant, email, host) = (row.tenant(), row.email().to_owned(), row.host_name().to_owned());
    let workstation = row.workstation();
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                // The technician first: the order in which suspensions lock them too.
                let counted = count(&mut tx, &step, caller, &email, bounds).await?;
                let denied =
                    logins::deny(&mut tx, login, caller.device, outcome, step.now()).await?;
                let Some(version) = denied else { return Ok(false) };
                let denied = step.event_at(
                    tenant,
                    Entity::Login(login),
                    version,
                    format!("a wrong code from {email} ended a login on {host}"),
                    Fact::LoginDenied { outcome },
                );
                let denied = denied.on(workstation);
                tx.commit(denied, counted.events).await?;
                let mut topics = vec![login.0, caller.technician.0];
                topics.extend(counted.ended);
                wake.wake(&topics);
                if !counted.revoked.is_empty() {
                    wake_revoked(&*wake, &counted.revoked);
                }
                Ok(true)
            })
        })
        .await
}

/// What counting called for.
struct Counted {
    events: Vec<Event>,
    /// Topics of logins that ended with a device.
    ended: Vec<Uuid>,
    /// Devices that were suspended.
    revoked: Vec<Uuid>,
}

async fn count(
    tx: &mut Tx,
    step: &Moment,
    caller: DeviceCaller,
    email: &str,
    bounds: Bounds,
) -> Result<Counted, Failure> {
    let technician = Entity::Technician(caller.technician);
    let (version, failures) = failures::count(tx, caller.technician).await?;
    let mut events = vec![step.event(
        technician,
        version,
        format!("{email} has failed {failures} times in a row"),
        Fact::FailuresCounted { consecutive_failures: failures },
    )];
    let (mut ended, mut revoked) = (Vec::new(), Vec::new());
    if failures % bounds.pause_after == 0 {
        let until = step.now() + bounds.pause;
        let version = failures::pause(tx, caller.technician, until).await?;
        events.push(step.event(
            technician,
            version,
            format!("push logins of {email} pause after {failures} failures in a row"),
            Fact::TechnicianPaused { consecutive_failures: failures, until },
        ));
    }
    if failures >= bounds.suspend_after {
        for (device, version, name) in failures::suspend_devices(tx, caller.technician).await? {
            revocations::revoke(tx, device, step.now()).await?;
            revoked.push(device.0);
            let sentence =
                format!("{name} of {email} was suspended after {failures} failures in a row");
            let logins = end_logins(tx, step, Whose::Device(device), &sentence).await?;
            events.extend(logins.events);
            ended.extend(logins.topics);
            let fact = Fact::DeviceSuspended { reason: "failures".into() };
            events.push(step.event(Entity::Device(device), version, sentence, fact));
        }
    }
    Ok(Counted { events, ended, revoked })
}
