//! Waiting without SQL: a client parks on its node, and only a wake-up, or the end of its wait, reads.

use std::time::Duration;

use countersign_protocol::ProblemCode;
use uuid::Uuid;

use super::Context;
use crate::{
    domain::{Failure, Refusal},
    wake::Woken,
};

/// How many waits one caller may have parked on a node, so that none takes everyone's places. A terminal server
/// has one for each of its sessions.
const MOST_OF_ONE_CALLER: usize = 200;
/// When a caller with more of them may come back.
const AGAIN: Duration = Duration::from_secs(5);

/// What one reading found.
pub(super) struct Reading<T> {
    /// News for the one who waits.
    pub(super) news: Option<T>,
    /// When it changes by itself at the latest, if nobody changes it before.
    pub(super) changes_in: Option<Duration>,
}

/// Reads until there is news or the wait is over. The client registers before it looks, so that no wake-up
/// between the two is lost; a wake-up that is lost on its way costs the one reading at the end. Whether its
/// token is `revoked` is looked up before each reading: revocations are read apart from rows, perhaps later.
pub(super) async fn parked<T>(
    ctx: &Context,
    topics: &[Uuid],
    revoked: impl Fn() -> bool,
    wait: Duration,
    mut read: impl AsyncFnMut() -> Result<Reading<T>, Failure>,
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
        let Reading { news, changes_in } = Box::pin(read()).await?;
        let now = tokio::time::Instant::now();
        if news.is_some() || now >= deadline {
            return Ok(news);
        }
        let until = changes_in.map_or(deadline, |changes_in| deadline.min(now + changes_in));
        match parked.woken(until - now).await {
            Woken::ByTopic | Woken::TimedOut => {}
            Woken::Draining => return Ok(None),
        }
    }
}
