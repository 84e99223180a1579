//! Real time, which a story can move ahead.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use countersign::ambient::{Clock, SteadyClock};
use countersign_protocol::Instant;

/// The steady clock and what the story added to it.
pub struct StoryClock {
    steady: SteadyClock,
    ahead_ms: AtomicI64,
    /// Where time stands still, in Unix milliseconds; 0 while it runs.
    stands_at: AtomicI64,
}

impl StoryClock {
    /// A clock that starts at the present.
    pub fn start() -> Self {
        Self {
            steady: SteadyClock::start(),
            ahead_ms: AtomicI64::new(0),
            stands_at: AtomicI64::new(0),
        }
    }

    /// Moves everyone's time ahead.
    pub fn advance(&self, span: Duration) {
        self.ahead_ms.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Stops everyone's time at this instant, for good.
    pub fn stand_at(&self, at: Instant) {
        self.stands_at.store(at.unix_millis(), Ordering::SeqCst);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Instant {
        let stands_at = self.stands_at.load(Ordering::SeqCst);
        if stands_at != 0 {
            return Instant::from_unix_millis(stands_at);
        }
        let ahead = self.ahead_ms.load(Ordering::SeqCst);
        Instant::from_unix_millis(self.steady.now().unix_millis() + ahead)
    }
}

/// The same clock as the clients know it.
pub struct Shared(pub Arc<StoryClock>);

impl countersign_client::Clock for Shared {
    fn now(&self) -> Instant {
        self.0.now()
    }
}
