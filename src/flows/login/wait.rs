//! Waiting without SQL: a client parks on its node, and only a wake-up, or the end of its wait, reads.

use std::time::Duration;

use countersign_protocol::{
    Entry, Instant, LoginId, ProblemCode,
    wire::{LoginState, desktop::LoginView, mobile::PendingLogins},
};
use uuid::Uuid;

use super::read::pending;
use crate::{
    domain::{Failure, Refusal, login::Login},
    flows::{Context, DeviceCaller, WorkstationCaller},
    store::{
        Conn,
        logins::{self, LoginRow},
    },
    wake::Woken,
};

/// How many waits one caller may have parked on a node, so that none takes everyone's places. A terminal server
/// has one for each of its sessions.
const MOST_OF_ONE_CALLER: usize = 200;
/// When a caller with more of them may come back.
const AGAIN: Duration = Duration::from_secs(5);

/// The login as its workstation may see it now.
///
/// # Errors
/// `not_found`.
pub(super) async fn current(
    conn: &mut Conn,
    caller: &WorkstationCaller,
    login: LoginId,
    now: Instant,
) -> Result<LoginView, Failure> {
    let row = logins::view(conn, login, caller.workstation).await?;
    Ok(view_of(row.ok_or_else(Refusal::not_found)?, now))
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
        outcome: standing.outcome,
        // Only the scan names somebody: of a push, the workstation must not learn whether its name exists.
        claimed_by: email.filter(|_| standing.entry == Entry::Qr),
        expires_at: standing.expires_at,
        take_until: standing.take_until.filter(|_| standing.state == LoginState::Approved),
        server_time: now,
    }
}

/// The login, once its version is not `known` or `wait` is over; `None` if nothing changed.
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
        let mut conn = ctx.store.within(caller.scope).await?;
        let view = current(&mut conn, &caller, login, ctx.now()).await?;
        Ok((!known(view.version) || wait.is_zero()).then_some(view))
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
        Ok((!known(found.tag) || wait.is_zero()).then_some(found))
    })
    .await
}

/// Reads until there is news or the wait is over. The client registers before it looks, so that no wake-up
/// between the two is lost; a wake-up that is lost on its way costs the one reading at the end. Whether its
/// token is `revoked` is looked up before each reading: revocations are read apart from rows, perhaps later.
async fn parked<T>(
    ctx: &Context,
    topics: &[Uuid],
    revoked: impl Fn() -> bool,
    wait: Duration,
    mut read: impl AsyncFnMut() -> Result<Option<T>, Failure>,
) -> Result<Option<T>, Failure> {
    if !wait.is_zero() && ctx.hub.parked() >= ctx.settings.server.max_parked {
        return Err(Failure::Unavailable("too many clients are parked on this node".into()));
    }
    // The caller's own topic stands last.
    let own = topics.last().map_or(0, |caller| ctx.hub.parked_for(*caller));
    if !wait.is_zero() && own >= MOST_OF_ONE_CALLER {
        return Err(Refusal::too_many(AGAIN).into());
    }
    let deadline = tokio::time::Instant::now() + wait;
    let mut parked = ctx.hub.park(topics);
    loop {
        if revoked() {
            return Err(ProblemCode::InvalidToken.into());
        }
        // Boxed: a parked client holds no room for a reading that is not under way.
        if let Some(news) = Box::pin(read()).await? {
            return Ok(Some(news));
        }
        let left = deadline.saturating_duration_since(tokio::time::Instant::now());
        match parked.woken(left).await {
            Woken::ByTopic => {}
            Woken::TimedOut => return Box::pin(read()).await,
            Woken::Draining => return Ok(None),
        }
    }
}
