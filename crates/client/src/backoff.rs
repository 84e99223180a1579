//! How long to pause before trying again: exponential, jittered, never shorter than the service asks.

use std::time::Duration;

use crate::random::random_bytes;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(15);

/// Pauses that double from half a second to fifteen, each drawn from its upper half, so that thousands of
/// clients whose server went away do not come back in step.
pub struct Backoff {
    attempt: u32,
    draw: fn() -> u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::drawing(|| u32::from_be_bytes(random_bytes()))
    }
}

impl Backoff {
    /// Pauses with jitter from another source.
    #[must_use]
    pub fn drawing(draw: fn() -> u32) -> Self {
        Self { attempt: 0, draw }
    }

    /// The next pause: on top of `at_least`, if the service said when to come back.
    pub fn next(&mut self, at_least: Option<Duration>) -> Duration {
        let full = FIRST.saturating_mul(1 << self.attempt.min(16)).min(LONGEST);
        self.attempt = self.attempt.saturating_add(1);
        let half = full / 2;
        let jittered = half + half.mul_f64(f64::from((self.draw)()) / f64::from(u32::MAX));
        at_least.unwrap_or_default().saturating_add(jittered)
    }

    /// All went well: the next pause is a short one again.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_start_over() {
        let mut backoff = Backoff::drawing(|| u32::MAX);
        let pauses: Vec<u128> = (0..7).map(|_| backoff.next(None).as_millis()).collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
        backoff.reset();
        assert_eq!(backoff.next(None).as_millis(), 500);
    }

    #[test]
    fn jitter_takes_at_most_half_of_a_pause() {
        assert_eq!(Backoff::drawing(|| 0).next(None).as_millis(), 250);
    }

    #[test]
    fn the_service_sets_the_least_pause() {
        let pause = Backoff::drawing(|| 0).next(Some(Duration::from_secs(7)));
        assert_eq!(pause.as_millis(), 7250);
    }
}
