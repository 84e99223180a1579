//! Looking for a typed code among those that a row accepts, at the same cost whether there is a row or not.

use super::{CodeRule, Keyed, OfflineSecret, Row, SecretVersion};
use crate::Instant;

/// Codes of so many steps before and after the workstation's own are accepted (RFC 6238 section 5.2).
pub const SKEW_STEPS: u64 = 1;
/// Two codes that follow each other are looked for in so many steps before and after: ten minutes (RFC 6238
/// section 6, RFC 4226 section 7.4). A pair of six digits each fits by chance in one of 10^12, in each of 40
/// places.
pub const RESYNCHRONISATION_STEPS: u64 = 20;

/// What is looked through.
pub(super) struct Search<'a> {
    /// How codes are made.
    pub(super) rule: CodeRule,
    /// The row; without one, as much is looked through and nothing found.
    pub(super) row: Option<&'a Row>,
    /// The service's time, for secrets that end.
    pub(super) now: Instant,
    /// The last step that the row's codes were accepted for.
    pub(super) last: Option<u64>,
    /// The first step that can be accepted at all.
    pub(super) floor: u64,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A code of this version and step that may be accepted.
    New { version: SecretVersion, step: u64 },
    /// Only one of a step that is used up.
    Used,
    /// Nothing.
    Nothing,
}

impl Search<'_> {
    /// Looks for `typed` in the steps around `centre`.
    pub(super) fn single(&self, typed: &str, centre: u64) -> Found {
        self.through(|secret| {
            around(centre, SKEW_STEPS)
                .filter(|step| self.rule.accepts(secret, *step, typed))
                .map(|step| (step, step))
                .collect()
        })
    }

    /// Looks for `first` and, one step later, `next` in the steps around `centre`; both are used up then.
    pub(super) fn pair(&self, first: &str, next: &str, centre: u64) -> Found {
        self.through(|secret| {
            let steps: Vec<(u64, bool, bool)> = around(centre, RESYNCHRONISATION_STEPS)
                .map(|step| {
                    let first = self.rule.accepts(secret, step, first);
                    let next = self.rule.accepts(secret, step, next);
                    (step, first, next)
                })
                .collect();
            steps
                .windows(2)
                .filter(|two| two[0].1 && two[1].2)
                .map(|two| (two[0].0, two[1].0))
                .collect()
        })
    }

    /// The best of what `matches` gives for the row's secrets: each from the first to the last step it uses up.
    /// Two secrets are looked through always, and all of their steps.
    fn through(&self, matches: impl Fn(&OfflineSecret) -> Vec<(u64, u64)>) -> Found {
        let decoy = OfflineSecret::decoy();
        let current = self.row.map(|row| &row.current);
        let old = self.row.and_then(|row| row.old_at(self.now));
        let mut found = Found::Nothing;
        for keyed in [old, current] {
            let steps = matches(keyed.map_or(&decoy, |keyed| &keyed.secret));
            let Some(Keyed { version, .. }) = keyed else { continue };
            for (from, to) in steps.into_iter().filter(|(from, _)| *from >= self.floor) {
                found = match found {
                    _ if self.last.is_none_or(|last| from > last) => {
                        Found::New { version: *version, step: to }
                    }
                    Found::Nothing => Found::Used,
                    better => better,
                };
            }
        }
        found
    }
}

fn around(centre: u64, steps: u64) -> std::ops::RangeInclusive<u64> {
    centre.saturating_sub(steps)..=centre.saturating_add(steps)
}
