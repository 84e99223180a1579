//! What the guards ask of Redis; a test scripts it.

use std::time::Duration;

use async_trait::async_trait;

use super::{Unavailable, gcra};
use crate::redis_link::{RedisLink, State};

/// Keys that all nodes share, and whether they can be reached.
#[async_trait]
pub trait SharedKeys: Send + Sync {
    /// The present health. Whoever answers `Unavailable` below because of an outage shows it here
    /// first.
    fn state(&self) -> State;

    /// Sets the key of a used proof for `keep`, unless it is set; whether it was unset.
    ///
    /// # Errors
    /// If it can't be told; the key may have been set all the same.
    async fn mark_used(&self, proof: [u8; 32], keep: Duration) -> Result<bool, Unavailable>;

    /// Takes one from `key`; the time to wait instead, if nothing is left.
    ///
    /// # Errors
    /// If it can't be told.
    async fn take(
        &self,
        key: &str,
        interval: Duration,
        tolerance: Duration,
    ) -> Result<Option<Duration>, Unavailable>;
}

#[async_trait]
impl SharedKeys for RedisLink {
    fn state(&self) -> State {
        RedisLink::state(self)
    }

    async fn mark_used(&self, proof: [u8; 32], keep: Duration) -> Result<bool, Unavailable> {
        let mut name = self.key("replay:").into_bytes();
        name.extend_from_slice(&proof);
        let keep = u64::try_from(keep.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut set = redis::cmd("SET");
        set.arg(name).arg(1).arg("NX").arg("PX").arg(keep);
        let answer: Option<String> = self.run(&set).await.map_err(|_| Unavailable)?;
        Ok(answer.is_some()) // OK, or nil if the key was set
    }

    async fn take(
        &self,
        key: &str,
        interval: Duration,
        tolerance: Duration,
    ) -> Result<Option<Duration>, Unavailable> {
        let name = self.key(format_args!("limit:{key}"));
        let take = gcra::take(&name, interval, tolerance);
        let wait: u64 = self.run_script(&take).await.map_err(|_| Unavailable)?;
        Ok((wait > 0).then(|| Duration::from_micros(wait)))
    }
}
