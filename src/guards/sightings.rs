//! Which logins a phone has seen: an observation for the one who stands at the workstation, on which nothing
//! rests. So it lives where it may be lost, and costs no SQL.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use moka::sync::Cache;
use uuid::Uuid;

use crate::redis_link::RedisLink;

/// Longer than any login lives.
const KEEP: Duration = Duration::from_secs(15 * 60);
/// How many a node remembers by itself.
const MOST: u64 = 100_000;

/// Which logins a phone has seen.
#[async_trait]
pub trait Sightings: Send + Sync {
    /// Remembers that a phone has seen the login; `true` the first time that this node hears of it.
    async fn mark_seen(&self, login: Uuid) -> bool;
    /// Whether a phone has seen the login, as far as is known.
    async fn is_seen(&self, login: Uuid) -> bool;
}

/// The sightings of one node.
pub struct LocalSightings(Cache<Uuid, ()>);

impl Default for LocalSightings {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_live(KEEP).build())
    }
}

#[async_trait]
impl Sightings for LocalSightings {
    async fn mark_seen(&self, login: Uuid) -> bool {
        self.0.entry(login).or_insert(()).is_fresh()
    }

    async fn is_seen(&self, login: Uuid) -> bool {
        self.0.contains_key(&login)
    }
}

/// The sightings of all nodes; of each by itself while Redis is down.
pub struct RedisSightings {
    link: Arc<RedisLink>,
    local: LocalSightings,
}

impl RedisSightings {
    /// Sightings over this link.
    #[must_use]
    pub fn new(link: Arc<RedisLink>) -> Self {
        Self { link, local: LocalSightings::default() }
    }

    fn key(&self, login: Uuid) -> String {
        self.link.key(format_args!("seen:{login}"))
    }
}

#[async_trait]
impl Sightings for RedisSightings {
    async fn mark_seen(&self, login: Uuid) -> bool {
        if !self.local.mark_seen(login).await {
            return false;
        }
        let mut set = redis::cmd("SET");
        set.arg(self.key(login)).arg(1).arg("PX").arg(KEEP.as_millis() as u64);
        // A sighting that other nodes don't hear of reads as unconfirmed there.
        let _ = self.link.run::<()>(&set).await;
        true
    }

    async fn is_seen(&self, login: Uuid) -> bool {
        if self.local.is_seen(login).await {
            return true;
        }
        let mut exists = redis::cmd("EXISTS");
        exists.arg(self.key(login));
        self.link.run::<bool>(&exists).await.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_login_is_seen_once_it_was_and_heard_of_once() {
        let (sightings, login) = (LocalSightings::default(), Uuid::from_u128(1));
        assert!(!sightings.is_seen(login).await);
        assert!(sightings.mark_seen(login).await);
        assert!(!sightings.mark_seen(login).await);
        assert!(sightings.is_seen(login).await);
        assert!(!sightings.is_seen(Uuid::from_u128(2)).await);
    }
}
