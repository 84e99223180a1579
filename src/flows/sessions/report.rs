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
    domain::{Entity, Event, Fact, Failure, Refusal, names::shown_name},
    flows::{
        Context, Moment, WorkstationCaller,
        offline::{self, OfflineMode, Opens},
        states::topic,
    },
    store::{
        StoreError, Tx,
        offline::{SecretKind, Still, hold_still},
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
    let account = shown_name("account", &report.account, 64)?;
    let report = ReportSession { account, ..report };
    let login = report.login;
    let id: SessionId = step.id();
    let begun = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let granted =
                    sessions::granted_login(&mut tx, report.login, caller.workstation).await?;
                let granted = granted.ok_or_else(Refusal::not_found)?;
                let still = Still::One(granted.technician);
                hold_still(&mut tx, caller.tenant, still).await?;
                let before =
                    sessions::last_password(&mut tx, caller.workstation, &report.account).await?;
                let new = new_session(&caller, &granted, &report, (id, before), step.now());
                match sessions::insert(&mut tx, &new).await {
                    Err(error @ StoreError::Duplicate(_)) if error.is_duplicate_of("login") => {
                        return Ok(false);
                    }
                    inserted => inserted?,
                }
                let more = what_follows(&mut tx, &step, &keys, caller, &new).await?;
                tx.commit(event(&step, &granted, new), more).await?;
                wake.wake(&[topic(caller.workstation.0)]);
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
    (id, password_before): (SessionId, Option<Instant>),
    now: Instant,
) -> NewSession {
    // Both by the workstation's clock; and no session's password is another's too.
    let fresh = report.password_made_at.is_some_and(|made| {
        made + FRESH >= report.started_at
            && made <= report.started_at + FRESH
            && password_before.is_none_or(|before| before < made)
    });
    let mut flags = Vec::new();
    if !fresh {
        flags.push(Flag::StalePassword);
    }
    if report.account != granted.account() {
        flags.push(Flag::OtherAccount);
    }
    NewSession {
        id,
        tenant: caller.tenant,
        workstation: caller.workstation,
        technician: Some(granted.technician),
        login: Some(report.login),
        sequence: None,
        account: report.account.clone(),
        purpose: granted.purpose(),
        trust: Trust::Approved,
        account_created: report.account_created,
        password_made_at: report.password_made_at,
        secret_version: None,
        step: None,
        flags,
        started_at: report.started_at,
        ended_at: None,
        now,
    }
}

/// The account is used here from now on, and in named mode the workstation gets a secret of its own with its first
/// session: its state document has a new version.
async fn what_follows(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    caller: WorkstationCaller,
    new: &NewSession,
) -> Result<Vec<Event>, Failure> {
    // Its row is held from here on: a session reported at the same time waits, and finds what this one made.
    let raised = states::raise_owns(tx, &[caller.workstation]).await?;
    let Some(place) = states::place(tx, caller.workstation).await? else { return Ok(Vec::new()) };
    let own = raised.first().map_or(0, |(_, _, own)| *own);
    let owner = new.technician.filter(|_| place.shared_account.as_deref() != Some(&new.account));
    if !new.flags.contains(&Flag::OtherAccount) {
        let here = (caller.tenant, caller.workstation);
        let stays = offline::stays(tx, &place, owner, &new.account).await?;
        states::have(tx, here, (&new.account, owner), stays, step.now()).await?;
    }
    if OfflineMode::of(place.mode, place.offline.derived) != OfflineMode::Named {
        return Ok(Vec::new());
    }
    let opens = Opens {
        kind: SecretKind::Named,
        tenant: caller.tenant,
        workstation: Some(caller.workstation),
        since: StateVersion { tenant: 0, own },
    };
    offline::ensure(tx, step, keys, opens).await
}

fn event(step: &Moment, granted: &GrantedLogin, new: NewSession) -> Event {
    let (who, host, account) = (&granted.email, &granted.host_name, &new.account);
    let odd = if new.flags.contains(&Flag::OtherAccount) {
        ", which is not theirs"
    } else if new.flags.contains(&Flag::StalePassword) {
        ", whose password is not fresh"
    } else {
        ""
    };
    let own = (granted.own_account == *account).then_some(());
    let sentence = match (&new.purpose, own) {
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
