//! Limits across nodes.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Limiter, LocalLimiter, Quota, RetryAfter, SharedKeys};

/// Counts in Redis, and per node while Redis is down.
pub struct RedisLimiter {
    keys: Arc<dyn SharedKeys>,
    local: LocalLimiter,
}

impl RedisLimiter {
    /// A limiter over `keys` that falls back to `local`.
    #[must_use]
    pub fn new(keys: Arc<dyn SharedKeys>, local: LocalLimiter) -> Self {
        Self { keys, local }
    }
}

#[async_trait]
impl Limiter for RedisLimiter {
    async fn take(&self, key: &str, quota: Quota) -> Result<(), RetryAfter> {
        let (interval, tolerance) = quota.cell().ok_or(RetryAfter::NEVER)?;
        if self.keys.state().is_up()
            && let Ok(wait) = self.keys.take(key, interval, tolerance).await
        {
            return wait.map_or(Ok(()), |wait| Err(RetryAfter(wait)));
        }
        self.local.take_now(key, quota)
    }
}
