//! Waiting without SQL: a client parks on its node, and only a wake-up, or the end of its wait, reads.

use std::time::Duration;

use countersign_protocol::{
    Entry, Instant, LoginId,
    wire::{
        LoginState,
        desktop::{LoginView, Reach},
        mobile::PendingLogins,
    },
};

use super::read::pending;
use crate::{
    domain::{Failure, Refusal, login::Login},
    flows::{
        Context, DeviceCaller, WorkstationCaller,
        parked::{Reading, parked},
    },
    store::logins::{self, LoginRow},
};

/// How long a push is still on its way.
pub(super) const TRYING: Duration = Duration::from_secs(Reach::TRYING_SECONDS);

/// The login as its workstation may see it now.
///
/// # Errors
/// `not_found`.
pub(super) async fn current(
    ctx: &Context,
    caller: &WorkstationCaller,
    login: LoginId,
) -> Result<LoginView, Failure> {
    Ok(seen_now(ctx, caller, login).await?.0)
}

/// The login, and for how long it is still on its way to a phone.
async fn seen_now(
    ctx: &Context,
    caller: &WorkstationCaller,
    login: LoginId,
) -> Result<(LoginView, Option<Duration>), Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let row = logins::view(&mut conn, login, caller.workstation).await?;
    drop(conn);
    let now = ctx.now();
    let row = row.ok_or_else(Refusal::not_found)?;
    let opened_at = row.standing.opened_at;
    let mut view = view_of(row, now);
    view.reach = reach(ctx, &view, opened_at, now).await;
    let trying = view.reach == Some(Reach::Trying);
    Ok((view, trying.then(|| (opened_at + TRYING).since(now))))
}

/// How far a pending push has come. Nothing is looked up in the first seconds, and a decoy is looked up like any.
async fn reach(ctx: &Context, view: &LoginView, opened_at: Instant, now: Instant) -> Option<Reach> {
    if view.entry != Entry::Push || view.state != LoginState::Pending {
        return None;
    }
    Some(if now < opened_at + TRYING {
        Reach::Trying
    } else if ctx.sightings.is_marked(view.id.0).await {
        Reach::Seen
    } else {
        Reach::Unconfirmed
    })
}

pub(super) fn view_of(row: LoginRow, now: Instant) -> LoginView {
    // A login past its time is over, even before the sweep has written that down.
    let LoginRow { id, standing, version, email, .. } = row;
    let over = matches!(standing.login(), Login::Pending(pending) if !pending.lives_at(now));
    LoginView {
        id,
        state: if over { LoginState::Expired } else { standing.state },
        version,
        entry: standing.entry,
        reach: None,
        outcome: standing.outcome,
        // Only the scan names somebody: of a push, the workstation must not learn whether its name exists.
        claimed_by: email.filter(|_| standing.entry == Entry::Qr),
        expires_at: standing.expires_at,
        take_until: standing.take_until.filter(|_| standing.state == LoginState::Approved),
        server_time: now,
    }
}

/// The login, once its tag is not `known` or `wait` is over; `None` if nothing changed.
///
/// # Errors
/// `not_found`; `invalid_token` if the workstation was suspended meanwhile.
pub async fn wait_for_decision(
    ctx: &Context,
    caller: WorkstationCaller,
    login: LoginId,
    known: impl Fn(i64) -> bool,
    wait: Duration,
) -> Result<Option<LoginView>, Failure> {
    let topics = [login.0, caller.workstation.0];
    let subjects = [caller.workstation.0, caller.tenant.0, caller.scope.msp.0];
    let revoked = || ctx.revoked.is_revoked(&subjects, caller.token_issued_at);
    parked(ctx, &topics, revoked, wait, async || {
        let (view, changes_in) = seen_now(ctx, &caller, login).await?;
        let news = (!known(view.tag()) || wait.is_zero()).then_some(view);
        Ok(Reading { news, changes_in })
    })
    .await
}

/// The pending logins of a phone and the tag of that answer.
pub struct PendingSeen {
    /// The answer.
    pub logins: PendingLogins,
    /// Changes whenever a login comes, goes or changes, or the technician's devices do.
    pub tag: i64,
}

/// The phone's pending logins, once their tag is not `known` or `wait` is over; `None` if nothing
/// changed.
///
/// # Errors
/// `invalid_token` if the device or its technician was suspended.
pub async fn wait_for_pending(
    ctx: &Context,
    caller: DeviceCaller,
    address: &str,
    known: impl Fn(i64) -> bool,
    wait: Duration,
) -> Result<Option<PendingSeen>, Failure> {
    let topics = [caller.technician.0, caller.device.0];
    let subjects = [caller.technician.0, caller.device.0, caller.scope.msp.0];
    let revoked = || ctx.revoked.is_revoked(&subjects, caller.token_issued_at);
    parked(ctx, &topics, revoked, wait, async || {
        let found = pending(ctx, caller, address).await?;
        let news = (!known(found.tag) || wait.is_zero()).then_some(found);
        Ok(Reading { news, changes_in: None })
    })
    .await
}
