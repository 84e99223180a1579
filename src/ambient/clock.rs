//! The time of day, held steady: it never runs backwards, and a step of the system's clock cannot
//! stretch a login's life.

#![allow(clippy::disallowed_methods)] // the one home of the system clock

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant as Monotonic, SystemTime, UNIX_EPOCH},
};

use countersign_protocol::Instant;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The present instant; never before an earlier answer of the same clock.
    fn now(&self) -> Instant;
}

/// The system's clock, read against the monotonic one.
///
/// A step forward is followed at once (a login ends early: safe). A step backward is not followed:
/// time goes on at nine tenths of its rate until the system's clock has caught up, so that no
/// lifetime grows by more than a ninth.
pub struct SteadyClock {
    state: Mutex<Steady>,
}

struct Steady {
    at: Monotonic,
    micros: u64,
}

impl Steady {
    fn advance(&mut self, at: Monotonic, system_micros: u64) -> u64 {
        let elapsed = at.saturating_duration_since(self.at);
        let elapsed = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let natural = self.micros.saturating_add(elapsed);
        self.micros = if system_micros >= natural {
            system_micros
        } else {
            let slowed = self.micros.saturating_add(elapsed / 10 * 9);
            slowed.max(system_micros)
        };
        self.at = at;
        self.micros
    }
}

fn system_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

impl SteadyClock {
    /// A clock that starts at the system's present time.
    #[must_use]
    pub fn start() -> Self {
        Self { state: Mutex::new(Steady { at: Monotonic::now(), micros: system_micros() }) }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Instant {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let micros = state.advance(Monotonic::now(), system_micros());
        Instant::from_unix_millis(i64::try_from(micros / 1000).unwrap_or(i64::MAX))
    }
}

/// A clock that a test moves by hand; it too goes only forward.
pub struct ManualClock(Mutex<Instant>);

impl ManualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn standing_at(start: Instant) -> Self {
        Self(Mutex::new(start))
    }

    /// Moves the clock ahead.
    pub fn advance(&self, span: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = *now + span;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(micros: u64) -> (Steady, Monotonic) {
        let at = Monotonic::now();
        (Steady { at, micros }, at)
    }

    #[test]
    fn a_step_forward_is_followed_at_once() {
        let (mut clock, at) = steady(1_000_000);
        assert_eq!(clock.advance(at + Duration::from_secs(1), 60_000_000), 60_000_000);
    }

    #[test]
    fn a_step_backward_only_slows_the_clock() {
        let (mut clock, at) = steady(3_600_000_000);
        let next = clock.advance(at + Duration::from_secs(10), 1_000_000);
        assert_eq!(next, 3_609_000_000);
    }

    #[test]
    fn time_never_runs_backwards() {
        let (mut clock, at) = steady(5_000_000);
        let first = clock.advance(at + Duration::from_secs(1), 6_000_000);
        let second = clock.advance(at + Duration::from_secs(1), 2_000_000);
        assert!(second >= first);
    }
}
