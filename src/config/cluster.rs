//! How many nodes share the database.

use serde::Deserialize;

use super::{DatabaseUrl, Redis, Store, Unsafe};

/// `[cluster]`: the nodes of one installation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// How many nodes run.
    pub nodes: u32,
}

impl Cluster {
    /// Several nodes need what carries state between them: a shared database, and Redis for replay
    /// caches and wake-ups. Without them a proof could be replayed on the node next door.
    #[must_use]
    pub fn validate(&self, store: &Store, redis: &Redis) -> Vec<Unsafe> {
        let mut problems = Vec::new();
        problems.extend(Unsafe::outside("cluster.nodes", self.nodes, &(1..=1000), "nodes"));
        if self.nodes > 1 && !matches!(store.url, Some(DatabaseUrl::Postgres(_))) {
            problems.push(Unsafe::new(
                "store.url",
                format!(
                    "{} nodes can't share a SQLite file; write postgres://user:password@host/name, \
                     or set cluster.nodes = 1",
                    self.nodes
                ),
            ));
        }
        if self.nodes > 1 && redis.url.is_none() {
            problems.push(Unsafe::new(
                "redis.url",
                format!(
                    "{} nodes need Redis: without it a used proof could be replayed on another node, \
                     and a phone would not wake a desktop; write redis://host:6379, \
                     or set cluster.nodes = 1",
                    self.nodes
                ),
            ));
        }
        problems
    }
}
