//! Marks on logins, on which nothing rests: that a phone has seen one, that phones were told of one. So they live
//! where they may be lost, and cost no SQL.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use moka::sync::Cache;
use uuid::Uuid;

use crate::redis_link::RedisLink;

/// Longer than any login lives.
const KEEP: Duration = Duration::from_secs(15 * 60);
/// How many a node remembers by itself.
const MOST: u64 = 100_000;

/// One kind of mark.
#[async_trait]
pub trait Marks: Send + Sync {
    /// Marks a login; `true` the first time that this node does.
    async fn mark(&self, login: Uuid) -> bool;
    /// Whether the login is marked, as far as is known.
    async fn is_marked(&self, login: Uuid) -> bool;
}

/// The marks of one node.
pub struct LocalMarks(Cache<Uuid, ()>);

impl Default for LocalMarks {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_live(KEEP).build())
    }
}

#[async_trait]
impl Marks for LocalMarks {
    async fn mark(&self, login: Uuid) -> bool {
        self.0.entry(login).or_insert(()).is_fresh()
    }

    async fn is_marked(&self, login: Uuid) -> bool {
        self.0.contains_key(&login)
    }
}

/// The marks of all nodes; of each by itself while Redis is down.
pub struct RedisMarks {
    link: Arc<RedisLink>,
    kind: &'static str,
    local: LocalMarks,
}

impl RedisMarks {
    /// Marks of this kind over this link.
    #[must_use]
    pub fn new(link: Arc<RedisLink>, kind: &'static str) -> Self {
        Self { link, kind, local: LocalMarks::default() }
    }

    fn key(&self, login: Uuid) -> String {
        self.link.key(format_args!("{}:{login}", self.kind))
    }
}

#[async_trait]
impl Marks for RedisMarks {
    async fn mark(&self, login: Uuid) -> bool {
        if !self.local.mark(login).await {
            return false;
        }
        let mut set = redis::cmd("SET");
        set.arg(self.key(login)).arg(1).arg("PX").arg(KEEP.as_millis() as u64);
        // A mark that other nodes don't hear of is none there.
        let _ = self.link.run::<()>(&set).await;
        true
    }

    async fn is_marked(&self, login: Uuid) -> bool {
        if self.local.is_marked(login).await {
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
    async fn a_login_is_marked_once_it_was_and_marked_first_once() {
        let (marks, login) = (LocalMarks::default(), Uuid::from_u128(1));
        assert!(!marks.is_marked(login).await);
        assert!(marks.mark(login).await);
        assert!(!marks.mark(login).await);
        assert!(marks.is_marked(login).await);
        assert!(!marks.is_marked(Uuid::from_u128(2)).await);
    }
}
