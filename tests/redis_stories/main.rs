//! The link to Redis, wake-ups between nodes and the guards against a real redis-server, killed and
//! restarted. Nothing here sleeps to wait: tests follow the link's state.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod guards;
mod link;
mod push_budgets;
mod server;
mod wake;

use std::sync::Arc;

use countersign::{
    ambient::{Clock, SteadyClock, SystemRandom},
    redis_link::{RedisLink, RedisSettings, State},
};
use server::PrivateRedis;

/// A node's link to `server`.
fn link_to(server: &PrivateRedis, clock: &Arc<SteadyClock>) -> Arc<RedisLink> {
    let settings = RedisSettings {
        url: server.url(),
        prefix: "test".into(),
        timeout: std::time::Duration::from_millis(300),
    };
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Arc::new(RedisLink::connect(settings, clock, Arc::new(SystemRandom::new())).unwrap())
}

async fn is_up(link: &RedisLink) -> State {
    *link.watch().wait_for(|state| state.is_up()).await.unwrap()
}

async fn is_down(link: &RedisLink) -> State {
    *link.watch().wait_for(|state| !state.is_up()).await.unwrap()
}
