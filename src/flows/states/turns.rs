//! What all workstations of a tenant do at once, in turn: a change wakes thousands, and each reads its document.

use std::time::Duration;

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use crate::domain::Failure;

/// How long one waits for its turn. A node of two cores reads some hundred documents a second at the least.
const PATIENCE: Duration = Duration::from_secs(25);

/// Turns with the database. They leave half of its connections to everybody else: without them, five thousand
/// workstations queue for a connection, and logins behind them, until most are told that the database does not answer.
#[derive(Debug)]
pub struct Turns(Semaphore);

impl Turns {
    /// Turns at a pool of this many connections.
    #[must_use]
    pub fn at(pool_size: usize) -> Self {
        Self(Semaphore::new((pool_size / 2).max(1)))
    }

    /// A turn, until what is returned is dropped.
    ///
    /// # Errors
    /// Unavailable if it did not come in time.
    pub(super) async fn next(&self) -> Result<SemaphorePermit<'_>, Failure> {
        let turn = timeout(PATIENCE, self.0.acquire()).await.ok().and_then(Result::ok);
        turn.ok_or_else(|| Failure::Unavailable("too many workstations read their state".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn half_of_the_connections_are_left_to_others_and_nobody_waits_for_ever() {
        let turns = Turns::at(4);
        let (one, _two) = (turns.next().await.unwrap(), turns.next().await.unwrap());
        assert!(matches!(turns.next().await, Err(Failure::Unavailable(_))));
        drop(one);
        drop(turns.next().await.unwrap());
        assert!(Turns::at(1).next().await.is_ok(), "there is always one");
    }
}
