use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a vendor takes for the time. It decides the age of tokens and what a delivery is stamped with.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

/// Moves a clock made by [`Clock::by_hand`].
#[derive(Clone, Debug)]
pub struct Hand(Arc<Mutex<SystemTime>>);

impl Clock {
    /// The machine's.
    #[must_use]
    pub fn system() -> Self {
        Self::new(system_time)
    }

    /// Whatever `now` says.
    #[must_use]
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// A clock that stands at the machine's time until its hand is moved.
    #[must_use]
    pub fn by_hand() -> (Self, Hand) {
        let hand = Hand(Arc::new(Mutex::new(system_time())));
        let seen = hand.clone();
        (Self::new(move || seen.now()), hand)
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        (self.0)()
    }

    /// Whole seconds since 1970, as JWT counts (RFC 7519 section 2, NumericDate).
    #[must_use]
    pub fn unix(&self) -> u64 {
        seconds(self.now())
    }
}

impl Hand {
    /// The time it shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `span` pass.
    pub fn advance(&self, span: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += span;
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// Whole seconds since 1970; none before.
pub(crate) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Milliseconds since 1970, as Apple stamps a 410.
pub(crate) fn milliseconds(at: SystemTime) -> u64 {
    u64::try_from(at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

#[allow(clippy::disallowed_methods, reason = "the clock that everybody else is told to ask")]
pub(crate) fn system_time() -> SystemTime {
    SystemTime::now()
}
