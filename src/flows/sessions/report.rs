//! A workstation reports that a session has begun.

use std::sync::Arc;

use countersign_protocol::{
    Instant, ProblemCode, Purpose, SessionId,
    wire::{
        sessions::{Flag, ReportSession, Session, Trust},
        state::StateVersion,
    },
};

use crate::{
    auth::KeyRing,
    domain::{Entity, Event, Fact, Failure, Refusal},
    flows::{
        Context, Moment, WorkstationCaller,
        offline::{self, OfflineMode, Opens},
        states::topic,
    },
    store::{
        StoreError, Tx,
        offline::SecretKind,
        sessions::{self, GrantedLogin, NewSession},
        states,
    },
};

/// How long before a session its password may have been made: it is made after the grant was taken.
const FRESH: std::time::Duration = std::time::Duration::from_secs(600);

/// Writes down that a session has begun; the one that the login has, if it was reported before. `true` if it is new.
///
/// A session without a fresh password is kept and flagged.
///
/// # Errors
/// `not_found` unless the login's grant was taken by this workstation.
pub async fn report_session(
    ctx: &Context,
    caller: WorkstationCaller,
    report: ReportSession,
) -> Result<(Session, bool), Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let (wake, keys) = (Arc::clone(&ctx.wake), Arc::clone(&ctx.keys));
    let login = report.login;
    let id: SessionId = step.id();
    let begun = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let granted =
                    sessions::granted_login(&mut tx, report.login, caller.workstation).await?;
                let granted = granted.ok_or_else(Refusal::not_found)?;
                let new = new_session(&caller, &granted, &report, id, step.now());
                match sessions::insert(&mut tx, &new).await {
                    Err(error @ StoreError::Duplicate(_)) if error.is_duplicate_of("login") => {
                        return Ok(false);
                    }
                    inserted => inserted?,
                }
                let more = what_follows(&mut tx, &step, &keys, caller, &new).await?;
                let changed = !more.is_empty();
                tx.commit(event(&step, &granted, new), more).await?;
                if changed {
                    wake.wake(&[topic(caller.workstation.0)]);
                }
                Ok(true)
            })
        })
        .await?;
    let mut conn = ctx.store.within(caller.scope).await?;
    let session = sessions::of_login(&mut conn, login).await?.ok_or(ProblemCode::Conflict)?;
    Ok((session, begun))
}

fn new_session(
    caller: &WorkstationCaller,
    granted: &GrantedLogin,
    report: &ReportSession,
    id: SessionId,
    now: Instant,
) -> NewSession {
    let fresh = match (report.password_made_at, granted.granted_at) {
        (Some(made), Some(granted)) => made + FRESH >= granted,
        _ => false,
    };
    NewSession {
        id,
        tenant: caller.tenant,
        workstation: caller.workstation,
        technician: Some(granted.technician),
        login: Some(report.login),
        sequence: None,
        account: granted.account().0,
        purpose: granted.purpose(),
        trust: Trust::Approved,
        account_created: report.account_created,
        password_made_at: report.password_made_at,
        secret_version: None,
        step: None,
        flags: if fresh { Vec::new() } else { vec![Flag::StalePassword] },
        started_at: report.started_at,
        ended_at: None,
        now,
    }
}

/// The account is used here from now on, and in named mode the workstation gets a secret of its own with its first
/// session. Where either is new, its state document has a new version.
async fn what_follows(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    caller: WorkstationCaller,
    new: &NewSession,
) -> Result<Vec<Event>, Failure> {
    let Some(place) = states::place(tx, caller.workstation).await? else { return Ok(Vec::new()) };
    let owner = new.technician.filter(|_| place.shared_account.as_deref() != Some(&new.account));
    let here = (caller.tenant, caller.workstation);
    let has = states::have(tx, here, &new.account, owner, step.now()).await?;
    let mut events = Vec::new();
    if OfflineMode::of(place.mode, place.offline.derived) == OfflineMode::Named {
        let since = StateVersion { tenant: 0, own: place.version.own + 1 };
        let opens = Opens {
            kind: SecretKind::Named,
            tenant: caller.tenant,
            workstation: Some(caller.workstation),
            since,
        };
        events = offline::ensure(tx, step, keys, opens).await?;
    }
    if has || !events.is_empty() {
        states::raise_owns(tx, &[caller.workstation]).await?;
    }
    Ok(events)
}

fn event(step: &Moment, granted: &GrantedLogin, new: NewSession) -> Event {
    let (who, host, account) = (&granted.email, &granted.host_name, &new.account);
    let odd = if new.flags.is_empty() { "" } else { ", whose password is not fresh" };
    let sentence = match (&new.purpose, granted.account().1) {
        (Purpose::Elevate { program, .. }, _) => {
            format!("{who} ran {program} on {host} with account {account}{odd}")
        }
        (Purpose::SignIn, Some(_)) => {
            format!("{who} logged into the desktop {host} with account {account}{odd}")
        }
        (Purpose::SignIn, None) => {
            format!("{who} accessed workstation {host} with account {account}{odd}")
        }
    };
    let fact = Fact::SessionStarted {
        login: new.login,
        account: new.account,
        purpose: new.purpose,
        trust: new.trust,
        account_created: new.account_created,
        password_made_at: new.password_made_at,
        secret_version: None,
        step: None,
        flags: new.flags,
        started_at: new.started_at,
    };
    step.event(Entity::Session(new.id), 1, sentence, fact).of(new.technician)
}
