//! Limits on how often something may happen.

use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

/// How often something may happen. Zero in either field means never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quota {
    /// How often in the long run, a minute.
    pub per_minute: u32,
    /// How often at once, after a rest.
    pub burst: u32,
}

impl Quota {
    /// The time that one use takes from the allowance, and how far it may be overdrawn: the
    /// emission interval and the burst tolerance of the generic cell rate algorithm. `None` if
    /// nothing is allowed.
    pub(super) fn cell(self) -> Option<(Duration, Duration)> {
        let further = self.burst.checked_sub(1)?;
        let interval = Duration::from_secs(60).checked_div(self.per_minute)?;
        Some((interval, interval * further))
    }
}

/// Too often: again after this time, at the earliest (HTTP 429, Retry-After).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("too often; again in {} s", .0.as_secs_f32().ceil())]
pub struct RetryAfter(pub Duration);

impl RetryAfter {
    /// For a quota of nothing.
    pub(super) const NEVER: Self = Self(Duration::from_secs(3600));
}

/// Counts what happens under a name.
#[async_trait]
pub trait Limiter: Send + Sync {
    /// Takes one from what `quota` allows for `key` (a kind and a hash, as in `name:4f1c…`). It
    /// counts even if what it was taken for fails; a refusal takes nothing.
    ///
    /// # Errors
    /// If nothing is left now.
    async fn take(&self, key: &str, quota: Quota) -> Result<(), RetryAfter>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_an_interval_and_a_tolerance() {
        let quota = Quota { per_minute: 30, burst: 5 };
        assert_eq!(quota.cell(), Some((Duration::from_secs(2), Duration::from_secs(8))));
    }

    #[test]
    fn a_quota_of_nothing_has_no_cell() {
        assert_eq!(Quota { per_minute: 0, burst: 5 }.cell(), None);
        assert_eq!(Quota { per_minute: 5, burst: 0 }.cell(), None);
    }
}
