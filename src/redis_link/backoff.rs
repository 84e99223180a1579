//! How long to wait before the next attempt to connect.

use std::{sync::Arc, time::Duration};

use crate::ambient::Random;

/// Doubling waits with jitter, so that the nodes of an installation don't return in step.
pub(crate) struct Backoff {
    random: Arc<dyn Random>,
    next: Duration,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(60);
    /// Also the pace of probing while down. Short, because a try is cheap and every second without
    /// Redis costs SQL statements instead.
    const LONGEST: Duration = Duration::from_millis(500);

    pub(crate) fn new(random: Arc<dyn Random>) -> Self {
        Self { random, next: Self::FIRST }
    }

    /// The next wait: between half and one and a half times the present step.
    pub(crate) fn wait(&mut self) -> Duration {
        let step = self.next;
        self.next = (step * 2).min(Self::LONGEST);
        let spread = u32::from(u16::from_be_bytes(self.random.bytes()));
        step / 2 + step * spread / u32::from(u16::MAX)
    }

    /// Starts again from the shortest wait, after a success.
    pub(crate) fn reset(&mut self) {
        self.next = Self::FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);
    impl Random for Always {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_start_again_after_a_success() {
        let mut backoff = Backoff::new(Arc::new(Always(0)));
        let waits: Vec<_> = (0..6).map(|_| backoff.wait().as_millis()).collect();
        assert_eq!(waits, [30, 60, 120, 240, 250, 250]);
        backoff.reset();
        assert_eq!(backoff.wait().as_millis(), 30);
    }

    #[test]
    fn jitter_spreads_a_wait_from_half_to_one_and_a_half_steps() {
        assert_eq!(Backoff::new(Arc::new(Always(0))).wait(), Backoff::FIRST / 2);
        assert_eq!(Backoff::new(Arc::new(Always(255))).wait(), Backoff::FIRST * 3 / 2);
    }
}
