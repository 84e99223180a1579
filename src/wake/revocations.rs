//! Who has been suspended, retired or signed out lately, in memory: every request asks, and none
//! may cost a statement.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use countersign_protocol::Instant;
use uuid::Uuid;

/// The revoked subjects (technicians, devices, workstations, tokens) of this node's last reading.
#[derive(Default)]
pub struct Revoked(RwLock<Known>);

#[derive(Default)]
struct Known {
    revoked_at: HashMap<Uuid, Instant>,
    /// When the last successful reading began; `None` before the first.
    read_at: Option<Instant>,
}

impl Revoked {
    /// A reading that is older than this proves nothing any more.
    pub const FRESH_FOR: Duration = Duration::from_secs(5);

    /// A set that has not been read yet, and so is not [`fresh`](Self::fresh).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a token issued at `token_issued_at` is dead because one of its subjects was revoked
    /// then or later. Tokens carry whole seconds, so one of the same second counts as older. The
    /// answer holds only while the set is [`fresh`](Self::fresh): refuse otherwise.
    #[must_use]
    pub fn is_revoked(&self, subjects: &[Uuid], token_issued_at: Instant) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        subjects.iter().any(|subject| {
            known
                .revoked_at
                .get(subject)
                .is_some_and(|at| at.unix_seconds() >= token_issued_at.unix_seconds())
        })
    }

    /// Takes in the rows of a successful reading that began at `read_at` (before its statement was
    /// sent: what was committed later may be missing). Returns the newly revoked, so that
    /// their parked waits can be woken.
    pub fn merge(&self, rows: Vec<(Uuid, Instant)>, read_at: Instant) -> Vec<Uuid> {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.read_at = known.read_at.max(Some(read_at));
        let mut newly = Vec::new();
        for (subject, at) in rows {
            if known.revoked_at.get(&subject).is_none_or(|before| *before < at) {
                known.revoked_at.insert(subject, at);
                newly.push(subject);
            }
        }
        newly
    }

    /// Forgets revocations before `instant`: no token of that time lives any more.
    pub fn forget_before(&self, instant: Instant) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.revoked_at.retain(|_, at| *at >= instant);
    }

    /// Whether the last successful reading is young enough to trust. Callers refuse otherwise.
    #[must_use]
    pub fn fresh(&self, now: Instant) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.read_at.is_some_and(|read_at| now.since(read_at) < Self::FRESH_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NIK: Uuid = Uuid::from_u128(1);
    const PHONE: Uuid = Uuid::from_u128(2);

    fn at(millis: i64) -> Instant {
        Instant::from_unix_millis(millis)
    }

    #[test]
    fn a_token_older_than_any_of_its_subjects_revocations_is_dead() {
        let revoked = Revoked::new();
        revoked.merge(vec![(PHONE, at(10_500))], at(11_000));
        assert!(revoked.is_revoked(&[NIK, PHONE], at(9_000)));
        assert!(!revoked.is_revoked(&[NIK], at(9_000)));
    }

    #[test]
    fn a_token_of_the_same_second_is_dead_and_one_of_the_next_lives() {
        let revoked = Revoked::new();
        revoked.merge(vec![(NIK, at(10_100))], at(11_000));
        assert!(revoked.is_revoked(&[NIK], at(10_999)));
        assert!(!revoked.is_revoked(&[NIK], at(11_000)));
    }

    #[test]
    fn merging_tells_the_newly_revoked_and_never_moves_a_revocation_back() {
        let revoked = Revoked::new();
        assert_eq!(
            revoked.merge(vec![(NIK, at(10_000)), (PHONE, at(10_000))], at(0)),
            [NIK, PHONE]
        );
        assert_eq!(revoked.merge(vec![(NIK, at(20_000)), (PHONE, at(9_000))], at(0)), [NIK]);
        assert!(revoked.is_revoked(&[NIK], at(20_000)));
        assert!(revoked.is_revoked(&[PHONE], at(10_000)));
    }

    #[test]
    fn a_forgotten_revocation_no_longer_counts() {
        let revoked = Revoked::new();
        revoked.merge(vec![(NIK, at(10_000)), (PHONE, at(20_000))], at(0));
        revoked.forget_before(at(20_000));
        assert!(!revoked.is_revoked(&[NIK], at(5_000)));
        assert!(revoked.is_revoked(&[PHONE], at(5_000)));
    }

    #[test]
    fn the_set_is_fresh_for_less_than_five_seconds_after_a_reading_began() {
        let revoked = Revoked::new();
        assert!(!revoked.fresh(at(0)), "nothing was read yet");
        revoked.merge(Vec::new(), at(1_000));
        assert!(revoked.fresh(at(5_999)));
        assert!(!revoked.fresh(at(6_000)));
        revoked.merge(Vec::new(), at(500));
        assert!(revoked.fresh(at(5_999)), "a late answer to an early reading takes nothing back");
    }
}
