//! A vendor that does not answer is left alone: after some failures in a row one notice at a time finds out
//! whether it is back, and the others wait without costing anything.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, futures::Notified},
    time::Instant,
};

/// The failures in a row that open the circuit.
const FAILURES: u32 = 5;
/// The first and the longest pause between two tries while it is open.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// The circuit of one server.
#[derive(Default)]
pub(super) struct Circuit {
    state: Mutex<State>,
    closed: Notify,
}

#[derive(Default)]
struct State {
    failures: u32,
    next_try: Option<Instant>,
    turn: u64,
}

/// Leave to try, given while things stood as they did then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Admission(u64);

impl Circuit {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when the circuit closes after this call.
    pub(super) fn closed(&self) -> Notified<'_> {
        self.closed.notified()
    }

    /// Whether a notice may be tried now; if not, when to ask again. While the circuit is open, whoever is let
    /// through is the only one until the next pause has passed.
    pub(super) fn admit(&self, now: Instant) -> Result<Admission, Instant> {
        let mut state = self.state();
        match state.next_try {
            Some(next) if now < next => return Err(next),
            Some(_) => state.next_try = Some(now + pause(state.failures)),
            None => {}
        }
        Ok(Admission(state.turn))
    }

    /// The vendor answered, whatever it said: everyone may try.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        state.failures = 0;
        if state.next_try.take().is_some() {
            state.turn += 1;
            self.closed.notify_waiters();
        }
    }

    /// The vendor did not answer, or not with sense; `true` if that opened the circuit. Of those that were on
    /// their way together only as many count as open it: that many failed at once says nothing of how long the
    /// vendor has been away.
    pub(super) fn failed(&self, admission: Admission, now: Instant) -> bool {
        let mut state = self.state();
        if admission.0 != state.turn {
            return false;
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures < FAILURES {
            return false;
        }
        state.turn += 1;
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

    fn fail(circuit: &Circuit, now: Instant) -> bool {
        circuit.failed(circuit.admit(now).unwrap(), now)
    }

    fn open(now: Instant) -> Circuit {
        let circuit = Circuit::default();
        let opened: Vec<_> = (0..FAILURES).map(|_| fail(&circuit, now)).collect();
        assert_eq!(opened, [false, false, false, false, true], "the fifth failure opens it");
        circuit
    }

    #[tokio::test]
    async fn a_few_failures_keep_nobody_away() {
        let (circuit, now) = (Circuit::default(), Instant::now());
        assert!((1..FAILURES).all(|_| !fail(&circuit, now)));
        assert!(circuit.admit(now).is_ok());
    }

    #[tokio::test]
    async fn an_open_circuit_lets_one_through_after_each_pause() {
        let now = Instant::now();
        let circuit = open(now);
        assert_eq!(circuit.admit(now), Err(now + FIRST));
        let probe = circuit.admit(now + FIRST).unwrap();
        assert!(circuit.admit(now + FIRST).is_err(), "one at a time");
        circuit.failed(probe, now + FIRST);
        assert_eq!(circuit.admit(now + FIRST), Err(now + FIRST + 2 * FIRST));
    }

    #[tokio::test]
    async fn many_that_fail_together_make_the_pause_no_longer() {
        let (circuit, now) = (Circuit::default(), Instant::now());
        let together: Vec<_> = (0..256).map(|_| circuit.admit(now).unwrap()).collect();
        let opened = together.into_iter().filter(|one| circuit.failed(*one, now)).count();
        assert_eq!((opened, circuit.admit(now)), (1, Err(now + FIRST)));
    }

    #[tokio::test]
    async fn an_answer_closes_it_and_tells_whoever_waits() {
        let now = Instant::now();
        let circuit = open(now);
        let late = circuit.admit(now + FIRST).unwrap();
        let closed = circuit.closed();
        circuit.answered();
        closed.await;
        assert!(!circuit.failed(late, now), "what was sent before the answer");
        let opened: Vec<_> = (0..FAILURES).map(|_| fail(&circuit, now)).collect();
        assert_eq!(opened, [false, false, false, false, true], "the count begins anew");
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<_> = (5..12).map(|failures| pause(failures).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    }
}
