//! A vendor that does not answer is left alone: after some failures in a row one notice at a time finds out
//! whether it is back, and the others wait without costing anything. So is one that asks for it.

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
    /// Until when the vendor asked to be left alone.
    asked_until: Option<Instant>,
    turn: u64,
}

/// Leave to try, given while things stood as they did then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Admission(u64);

impl Circuit {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when the circuit closes after this call, or when another did not use its leave to try.
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

    /// Leave that was not used: another may try in its place.
    pub(super) fn spared(&self, admission: Admission, now: Instant) {
        let mut state = self.state();
        if admission.0 == state.turn && state.next_try.is_some() {
            state.next_try = Some(now);
            self.closed.notify_one();
        }
    }

    /// The vendor asks everyone to leave it alone until then.
    pub(super) fn asked(&self, until: Instant) {
        let mut state = self.state();
        state.turn += 1;
        state.next_try = state.next_try.max(Some(until));
        state.asked_until = state.asked_until.max(Some(until));
    }

    /// The vendor answered, whatever it said: everyone may try. (Not so where it asked to be left alone meanwhile.)
    pub(super) fn answered(&self, now: Instant) {
        let mut state = self.state();
        state.failures = 0;
        if state.asked_until.is_some_and(|until| now < until) {
            return;
        }
        state.asked_until = None;
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
        circuit.answered(now + FIRST);
        closed.await;
        assert!(!circuit.failed(late, now), "what was sent before the answer");
        let opened: Vec<_> = (0..FAILURES).map(|_| fail(&circuit, now)).collect();
        assert_eq!(opened, [false, false, false, false, true], "the count begins anew");
    }

    #[tokio::test]
    async fn leave_that_was_not_used_is_the_next_one_s() {
        let now = Instant::now();
        let circuit = open(now);
        let unused = circuit.admit(now + FIRST).unwrap();
        let freed = circuit.closed();
        circuit.spared(unused, now + FIRST);
        freed.await;
        assert!(circuit.admit(now + FIRST).is_ok());
        assert!(circuit.admit(now + FIRST).is_err(), "one at a time still");
    }

    #[tokio::test]
    async fn a_vendor_that_asks_for_it_is_left_alone_by_all_and_then_tried_by_one() {
        let (circuit, now) = (Circuit::default(), Instant::now());
        let until = now + 20 * FIRST;
        circuit.asked(until);
        circuit.asked(now + FIRST);
        circuit.answered(now + FIRST);
        assert_eq!(circuit.admit(now + FIRST), Err(until), "whatever was on its way");
        assert!(circuit.admit(until).is_ok());
        assert!(circuit.admit(until).is_err(), "one at a time");
        circuit.answered(until);
        assert!(circuit.admit(until).is_ok() && circuit.admit(until).is_ok());
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<_> = (5..12).map(|failures| pause(failures).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    }
}
