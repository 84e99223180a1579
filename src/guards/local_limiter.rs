//! Limits in the memory of one process.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use async_trait::async_trait;
use governor::{RateLimiter, clock, middleware::NoOpMiddleware, state::keyed::DashMapStateStore};

use super::{Limiter, Quota, RetryAfter};
use crate::ambient::Clock;

/// One governor a quota, each with its keys. Keys that have rested long enough to be like new are
/// forgotten; if more keys than the bound are active at once, everyone is refused for a moment
/// rather than anyone uncounted.
pub struct LocalLimiter {
    clock: Ambient,
    by_quota: RwLock<HashMap<Quota, Arc<Keyed>>>,
    capacity: usize,
    full: AtomicBool,
    next_sweep: AtomicI64,
}

type Keyed = RateLimiter<Box<str>, DashMapStateStore<Box<str>>, Ambient, NoOpMiddleware<Duration>>;

/// The service's clock, as governor asks for it.
#[derive(Clone)]
struct Ambient(Arc<dyn Clock>);

impl clock::Clock for Ambient {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now().unix_millis()).unwrap_or(0))
    }
}

impl LocalLimiter {
    const SWEEP_EVERY: Duration = Duration::from_secs(5);

    /// A limiter that keeps up to about `capacity` active keys, of some 100 bytes each.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, capacity: usize) -> Self {
        Self {
            clock: Ambient(clock),
            by_quota: RwLock::default(),
            capacity,
            full: AtomicBool::new(false),
            next_sweep: AtomicI64::new(0),
        }
    }

    /// Takes one without waiting for anything; as [`Limiter::take`].
    ///
    /// # Errors
    /// If nothing is left now.
    pub fn take_now(&self, key: &str, quota: Quota) -> Result<(), RetryAfter> {
        self.sweep_when_due();
        if self.full.load(Relaxed) {
            return Err(RetryAfter(Self::SWEEP_EVERY));
        }
        let keyed = self.keyed(quota).ok_or(RetryAfter::NEVER)?;
        let now = clock::Clock::now(&self.clock);
        keyed.check_key(&key.into()).map_err(|not_until| RetryAfter(not_until.wait_time_from(now)))
    }

    /// How many keys are remembered.
    #[must_use]
    pub fn keys(&self) -> usize {
        let by_quota = self.by_quota.read().unwrap_or_else(PoisonError::into_inner);
        by_quota.values().map(|keyed| keyed.len()).sum()
    }

    fn keyed(&self, quota: Quota) -> Option<Arc<Keyed>> {
        let known = self.by_quota.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(keyed) = known.get(&quota) {
            return Some(Arc::clone(keyed));
        }
        drop(known);
        let (interval, _) = quota.cell()?;
        let governed =
            governor::Quota::with_period(interval)?.allow_burst(NonZeroU32::new(quota.burst)?);
        let mut by_quota = self.by_quota.write().unwrap_or_else(PoisonError::into_inner);
        let keyed = by_quota.entry(quota).or_insert_with(|| {
            Arc::new(Keyed::new(governed, DashMapStateStore::default(), self.clock.clone()))
        });
        Some(Arc::clone(keyed))
    }

    fn sweep_when_due(&self) {
        let now = self.clock.0.now();
        let due = self.next_sweep.load(Relaxed);
        let next = (now + Self::SWEEP_EVERY).unix_millis();
        if now.unix_millis() < due
            || self.next_sweep.compare_exchange(due, next, Relaxed, Relaxed).is_err()
        {
            return;
        }
        let by_quota = self.by_quota.read().unwrap_or_else(PoisonError::into_inner);
        for keyed in by_quota.values() {
            keyed.retain_recent();
            keyed.shrink_to_fit();
        }
        drop(by_quota);
        self.full.store(self.keys() > self.capacity, Relaxed);
    }
}

#[async_trait]
impl Limiter for LocalLimiter {
    async fn take(&self, key: &str, quota: Quota) -> Result<(), RetryAfter> {
        self.take_now(key, quota)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::ManualClock;
    use countersign_protocol::Instant;

    const QUOTA: Quota = Quota { per_minute: 30, burst: 2 };

    fn limiter(capacity: usize) -> (LocalLimiter, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::standing_at(Instant::from_unix_millis(1_000_000)));
        (LocalLimiter::new(Arc::clone(&clock) as Arc<dyn Clock>, capacity), clock)
    }

    #[test]
    fn after_the_burst_the_wait_is_told_and_holds() {
        let (limiter, clock) = limiter(100);
        assert_eq!(limiter.take_now("a", QUOTA), Ok(()));
        assert_eq!(limiter.take_now("a", QUOTA), Ok(()));
        assert_eq!(limiter.take_now("a", QUOTA), Err(RetryAfter(Duration::from_secs(2))));
        clock.advance(Duration::from_millis(1999));
        assert_eq!(limiter.take_now("a", QUOTA), Err(RetryAfter(Duration::from_millis(1))));
        clock.advance(Duration::from_millis(1));
        assert_eq!(limiter.take_now("a", QUOTA), Ok(()));
    }

    #[test]
    fn keys_and_quotas_count_apart() {
        let (limiter, _) = limiter(100);
        let single = Quota { burst: 1, ..QUOTA };
        assert_eq!(limiter.take_now("a", single), Ok(()));
        assert!(limiter.take_now("a", single).is_err());
        assert_eq!(limiter.take_now("b", single), Ok(()));
        assert_eq!(limiter.take_now("a", QUOTA), Ok(()));
    }

    #[test]
    fn a_quota_of_nothing_lets_nothing_through() {
        let (limiter, _) = limiter(100);
        assert!(limiter.take_now("a", Quota { per_minute: 0, burst: 5 }).is_err());
    }

    #[test]
    fn rested_keys_are_forgotten() {
        let (limiter, clock) = limiter(100);
        for key in 0..50 {
            assert_eq!(limiter.take_now(&key.to_string(), QUOTA), Ok(()));
        }
        clock.advance(Duration::from_secs(60));
        assert_eq!(limiter.take_now("new", QUOTA), Ok(()));
        assert_eq!(limiter.keys(), 1);
    }

    #[test]
    fn too_many_active_keys_are_refused_until_some_have_rested() {
        let (limiter, clock) = limiter(10);
        let slow = Quota { per_minute: 1, burst: 1 };
        for key in 0..11 {
            assert_eq!(limiter.take_now(&key.to_string(), slow), Ok(()));
        }
        clock.advance(LocalLimiter::SWEEP_EVERY);
        assert!(limiter.take_now("new", slow).is_err());
        clock.advance(Duration::from_secs(120));
        assert_eq!(limiter.take_now("new", slow), Ok(()));
    }
}
