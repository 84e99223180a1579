//! A vendor that does not answer is left alone: after some failures in a row one notice at a time finds out
//! whether it is back, and the others wait without costing anything.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The failures in a row that open the circuit.
const FAILURES: u32 = 5;
/// The first and the longest pause between two tries while it is open.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// The circuit of one channel.
#[derive(Default)]
pub(super) struct Circuit(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    next_try: Option<Instant>,
}

impl Circuit {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a notice may be tried now; if not, when to ask again. While the circuit is open, whoever is let
    /// through is the only one until the next pause has passed.
    pub(super) fn admit(&self, now: Instant) -> Result<(), Instant> {
        let mut state = self.state();
        match state.next_try {
            Some(next) if now < next => Err(next),
            Some(_) => {
                state.next_try = Some(now + pause(state.failures));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The vendor answered, whatever it said: everyone may try.
    pub(super) fn answered(&self) {
        *self.state() = State::default();
    }

    /// The vendor did not answer, or not with sense; `true` if that opened the circuit.
    pub(super) fn failed(&self, now: Instant) -> bool {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures < FAILURES {
            return false;
        }
        state.next_try = Some(now + pause(state.failures));
        state.failures == FAILURES
    }
}

fn pause(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(FAILURES).min(10);
    (FIRST * 2_u32.pow(doublings)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(now: Instant) -> Circuit {
        let circuit = Circuit::default();
        let opened: Vec<_> = (0..FAILURES).map(|_| circuit.failed(now)).collect();
        assert_eq!(opened, [false, false, false, false, true], "the fifth failure opens it");
        circuit
    }

    #[tokio::test]
    async fn a_few_failures_keep_nobody_away() {
        let (circuit, now) = (Circuit::default(), Instant::now());
        assert!((1..FAILURES).all(|_| !circuit.failed(now)));
        assert_eq!(circuit.admit(now), Ok(()));
    }

    #[tokio::test]
    async fn an_open_circuit_lets_one_through_after_each_pause() {
        let now = Instant::now();
        let circuit = open(now);
        assert_eq!(circuit.admit(now), Err(now + FIRST));
        assert_eq!(circuit.admit(now + FIRST), Ok(()));
        assert!(circuit.admit(now + FIRST).is_err(), "one at a time");
        circuit.failed(now + FIRST);
        assert_eq!(circuit.admit(now + FIRST), Err(now + FIRST + 2 * FIRST));
    }

    #[tokio::test]
    async fn an_answer_closes_it() {
        let now = Instant::now();
        let circuit = open(now);
        circuit.answered();
        assert_eq!(circuit.admit(now), Ok(()));
        assert!(!circuit.failed(now), "the count begins anew");
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<_> = (5..12).map(|failures| pause(failures).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    }
}
