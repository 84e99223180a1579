//! The service's time as this machine can know it: its own clock, and how far off the service found it.

#![allow(clippy::disallowed_methods)] // the client's one home of the system clock

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use countersign_protocol::Instant;

/// Tells the time of day.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Instant;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant::from_unix_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that follows the service's: phones and workstations with a wrong clock must still make
/// proofs whose `iat` the service takes (RFC 9449 section 11.1), and QR secrets of the right step.
#[derive(Clone)]
pub struct ServiceClock {
    own: Arc<dyn Clock>,
    ahead_ms: Arc<AtomicI64>,
}

impl ServiceClock {
    /// Follows the service from the machine's own clock.
    #[must_use]
    pub fn from(own: impl Clock) -> Self {
        Self { own: Arc::new(own), ahead_ms: Arc::default() }
    }

    /// The service's present time, as far as it is known.
    #[must_use]
    pub fn now(&self) -> Instant {
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        Instant::from_unix_millis(self.own.now().unix_millis().saturating_add(ahead))
    }

    /// The present by the machine's own clock, right or wrong.
    #[must_use]
    pub fn wall(&self) -> Instant {
        self.own.now()
    }

    /// The service just said what time it is.
    pub fn heard(&self, service: Instant) {
        let ahead = service.unix_millis().saturating_sub(self.own.now().unix_millis());
        self.ahead_ms.store(ahead, Ordering::Relaxed);
    }

    /// The service just said the time in whole seconds (`Date`, RFC 9110 section 6.6.1). Followed only if
    /// this clock is clearly off, since a body's `server_time` is finer; true if it was.
    pub fn heard_date(&self, service: Instant) -> bool {
        let off = self.now().unix_millis().abs_diff(service.unix_millis());
        if off > 3_000 {
            self.heard(service);
        }
        off > 3_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Standing(i64);

    impl Clock for Standing {
        fn now(&self) -> Instant {
            Instant::from_unix_millis(self.0)
        }
    }

    #[test]
    fn a_clock_follows_what_it_heard() {
        let clock = ServiceClock::from(Standing(1_000_000));
        clock.heard(Instant::from_unix_millis(400_000));
        assert_eq!(clock.now().unix_millis(), 400_000);
    }

    #[test]
    fn a_coarse_date_corrects_only_a_clock_that_is_clearly_off() {
        let clock = ServiceClock::from(Standing(1_000_250));
        assert!(!clock.heard_date(Instant::from_unix_millis(1_002_000)));
        assert_eq!(clock.now().unix_millis(), 1_000_250);
        assert!(clock.heard_date(Instant::from_unix_millis(9_000_000)));
        assert_eq!(clock.now().unix_millis(), 9_000_000);
    }
}
