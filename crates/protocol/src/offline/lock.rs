//! The lock that failures turn: a wait that doubles, and in the end only contact helps.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

/// Failures that cost no wait.
pub const FREE_FAILURES: u32 = 5;
/// The wait after the first failure that is not free.
pub const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait.
pub const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// From this many failures on only the service can open the lock (NIST SP 800-63B section 5.2.2: no more than 100
/// consecutive failed attempts).
pub const MOST_FAILURES: u32 = 100;

/// How long nothing is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// For so long, on the monotonic clock.
    For(Duration),
    /// Until the service forgives.
    UntilContact,
}

/// The workstation's lock, one for all its rows: a guesser gets one budget however many names there are, and a
/// name without a row locks like any other.
///
/// A success forgives the failures against its own row and against names that have none. It does not forgive
/// those against other rows, so that a technician can't guess at a colleague's codes between two of their own.
///
/// The wait is measured on the monotonic clock and begins anew with each restart: neither a restart nor a wall
/// clock that was set shortens it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    failures: BTreeMap<String, u32>,
    nameless: u32,
    wait_seconds: u64,
    #[serde(skip)]
    since: Option<Duration>,
}

impl Lock {
    /// The failures that nothing has forgiven.
    pub(super) fn failures(&self) -> u32 {
        self.failures.values().fold(self.nameless, |sum, count| sum.saturating_add(*count))
    }

    /// What stands between the person and a check, `uptime` after the agent started.
    pub(super) fn wait(&mut self, uptime: Duration) -> Option<Wait> {
        let since = *self.since.get_or_insert(uptime);
        if self.failures() >= MOST_FAILURES {
            return Some(Wait::UntilContact);
        }
        let passed = uptime.saturating_sub(since);
        let remaining = Duration::from_secs(self.wait_seconds).saturating_sub(passed);
        (!remaining.is_zero()).then_some(Wait::For(remaining))
    }

    /// Counts a failure against a row, or against none.
    pub(super) fn failed(&mut self, row: Option<String>, uptime: Duration) {
        let count = match row {
            Some(row) => self.failures.entry(row).or_default(),
            None => &mut self.nameless,
        };
        *count = count.saturating_add(1);
        self.wait_seconds = wait_after(self.failures()).as_secs();
        self.since = Some(uptime);
    }

    /// Forgives what a success of this row forgives.
    pub(super) fn succeeded(&mut self, row: &str) {
        self.failures.remove(row);
        self.nameless = 0;
        self.wait_seconds = 0;
    }

    /// Forgives everything.
    pub(super) fn cleared(&mut self) {
        *self = Self { since: self.since, ..Self::default() };
    }

    /// Keeps the failures against rows that are gone, without their names.
    pub(super) fn keep_names(&mut self, known: impl Fn(&str) -> bool) {
        let nameless = &mut self.nameless;
        self.failures.retain(|name, count| {
            let known = known(name);
            if !known {
                *nameless = nameless.saturating_add(*count);
            }
            known
        });
    }
}

fn wait_after(failures: u32) -> Duration {
    match failures.checked_sub(FREE_FAILURES) {
        None | Some(0) => Duration::ZERO,
        Some(costly) => {
            let doubled = 1_u32.checked_shl(costly - 1).unwrap_or(u32::MAX);
            FIRST_WAIT.checked_mul(doubled).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn failed(times: u32) -> Lock {
        let mut lock = Lock::default();
        for _ in 0..times {
            lock.failed(Some("nik".into()), seconds(1000));
        }
        lock
    }

    #[test]
    fn five_failures_are_free_and_then_the_wait_doubles_up_to_an_hour() {
        let waits: Vec<u64> = (0..=14).map(|times| wait_after(times).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn a_wait_passes_with_the_monotonic_clock_and_a_restart_begins_it_anew() {
        let mut lock = failed(7);
        assert_eq!(lock.wait(seconds(1000)), Some(Wait::For(seconds(60))));
        assert_eq!(lock.wait(seconds(1059)), Some(Wait::For(seconds(1))));
        assert_eq!(lock.wait(seconds(1060)), None);
        let kept = serde_json::to_string(&lock).expect("JSON");
        let mut restarted: Lock = serde_json::from_str(&kept).expect("the same lock");
        assert_eq!(restarted.wait(seconds(3)), Some(Wait::For(seconds(60))));
        assert_eq!(restarted.wait(seconds(62)), Some(Wait::For(seconds(1))));
        assert_eq!(restarted.wait(seconds(63)), None);
    }

    #[test]
    fn the_hundredth_failure_locks_until_the_service_forgives() {
        let far = seconds(100_000_000);
        assert_eq!(failed(99).wait(far), None);
        let mut lock = failed(100);
        assert_eq!(lock.wait(far), Some(Wait::UntilContact));
        lock.cleared();
        assert_eq!((lock.wait(far), lock.failures()), (None, 0));
    }

    #[test]
    fn a_success_forgives_no_failure_against_another_row() {
        let mut lock = failed(4);
        lock.failed(None, seconds(0));
        lock.failed(Some("ada".into()), seconds(0));
        lock.succeeded("ada");
        assert_eq!(lock.failures(), 4);
        lock.succeeded("nik");
        assert_eq!(lock.failures(), 0);
    }

    #[test]
    fn failures_against_a_row_that_is_gone_still_count() {
        let mut lock = failed(7);
        lock.keep_names(|name| name != "nik");
        assert_eq!(lock.failures(), 7);
    }
}
