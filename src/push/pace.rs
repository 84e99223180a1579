//! How often something may be begun.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use countersign_protocol::Instant;

/// Lets one through, and the next after a while.
#[derive(Debug)]
pub(super) struct Pace {
    pause: Duration,
    last: Mutex<Option<Instant>>,
}

impl Pace {
    /// With so long between two.
    pub(super) fn of(pause: Duration) -> Self {
        Self { pause, last: Mutex::default() }
    }

    /// Whether it may begin now; if so, it has.
    pub(super) fn begins(&self, now: Instant) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not keep everyone waiting for the old time to come again.
        let waits = last.is_some_and(|last| last <= now && now.since(last) < self.pause);
        if !waits {
            *last = Some(now);
        }
        !waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_begins_and_the_next_after_the_pause() {
        let pause = Duration::from_secs(60);
        let pace = Pace::of(pause);
        let noon = Instant::from_unix_millis(1_795_340_460_000);
        let before_long = noon + pause - Duration::from_millis(1);
        assert_eq!(
            [noon, noon, before_long, noon + pause].map(|at| pace.begins(at)),
            [true, false, false, true]
        );
        assert!(pace.begins(noon), "the clock was set back");
    }
}
