use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use countersign::{
    ambient::{Clock, SteadyClock},
    guards::{
        Limiter, LocalLimiter, Quota, RedisLimiter, RedisReplay, Replay, ReplayTable, Unavailable,
    },
    redis_link::RedisLink,
};
use countersign_protocol::Instant;

use crate::{is_down, is_up, link_to, server::PrivateRedis};

const KEEP: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Table(Mutex<HashSet<[u8; 32]>>);

#[async_trait]
impl ReplayTable for Table {
    async fn insert(&self, key: [u8; 32], _: Instant) -> Result<bool, Unavailable> {
        Ok(self.0.lock().unwrap().insert(key))
    }
}

struct Node {
    clock: Arc<SteadyClock>,
    link: Arc<RedisLink>,
    replay: RedisReplay,
    limiter: RedisLimiter,
}

impl Node {
    fn start(server: &PrivateRedis, table: &Arc<Table>) -> Self {
        let clock = Arc::new(SteadyClock::start());
        let link = link_to(server, &clock);
        let table = Arc::clone(table) as Arc<dyn ReplayTable>;
        let replay = RedisReplay::new(Arc::clone(&link) as _, table, Duration::ZERO);
        let local = LocalLimiter::new(Arc::clone(&clock) as Arc<dyn Clock>, 1000);
        let limiter = RedisLimiter::new(Arc::clone(&link) as _, local);
        Self { clock, link, replay, limiter }
    }

    /// A proof that is issued after the present moment's millisecond.
    fn proof(&self, number: u8) -> ([u8; 32], Instant) {
        let issued_at = self.clock.now() + Duration::from_millis(1);
        ([number; 32], issued_at)
    }

    async fn first_use(&self, (key, issued_at): ([u8; 32], Instant)) -> Result<bool, Unavailable> {
        self.replay.first_use(key, issued_at, KEEP, self.clock.now()).await
    }
}

#[tokio::test]
async fn a_proof_is_used_once_on_all_nodes_and_never_across_an_outage() {
    let Some(mut server) = PrivateRedis::start() else { return };
    let table = Arc::new(Table::default());
    let [one, two] = [(), ()].map(|()| Node::start(&server, &table));
    is_up(&one.link).await;
    is_up(&two.link).await;

    let before = one.proof(1);
    assert_eq!(one.first_use(before).await, Ok(true));
    assert_eq!(two.first_use(before).await, Ok(false));

    server.kill();
    is_down(&one.link).await;
    is_down(&two.link).await;
    assert_eq!(two.first_use(before).await, Ok(false), "used before the outage");
    let during = one.proof(2);
    assert_eq!(one.first_use(during).await, Ok(true), "requests go on");
    assert_eq!(two.first_use(during).await, Ok(false));

    server.restart();
    is_up(&one.link).await;
    is_up(&two.link).await;
    assert_eq!(two.first_use(before).await, Ok(false), "Redis came back without it");
    assert_eq!(two.first_use(during).await, Ok(false), "Redis never heard of it");
    let after = one.proof(3);
    assert_eq!(one.first_use(after).await, Ok(true));
    assert_eq!(two.first_use(after).await, Ok(false));
}

#[tokio::test]
async fn a_proof_is_remembered_no_longer_than_asked() {
    let Some(server) = PrivateRedis::start() else { return };
    let node = Node::start(&server, &Arc::default());
    is_up(&node.link).await;
    assert_eq!(node.first_use(node.proof(1)).await, Ok(true));
    let mut expiry = redis::cmd("PTTL");
    let mut name = node.link.key("replay:").into_bytes();
    name.extend_from_slice(&[1; 32]);
    let left: u64 = node.link.run(expiry.arg(name)).await.unwrap();
    assert!(left > 0 && left <= 60_000, "{left}");
}

#[tokio::test]
async fn a_limit_counts_on_all_nodes_and_tells_how_long_to_wait() {
    let Some(server) = PrivateRedis::start() else { return };
    let [one, two] = [(), ()].map(|()| Node::start(&server, &Arc::default()));
    is_up(&one.link).await;
    is_up(&two.link).await;
    let quota = Quota { per_minute: 1, burst: 2 };
    assert_eq!(one.limiter.take("name:x", quota).await, Ok(()));
    assert_eq!(two.limiter.take("name:x", quota).await, Ok(()));
    let wait = one.limiter.take("name:x", quota).await.unwrap_err().0;
    assert!(wait <= Duration::from_secs(60) && wait > Duration::from_secs(30), "{wait:?}");
    assert_eq!(one.limiter.take("name:y", quota).await, Ok(()));
}

#[tokio::test]
async fn with_redis_killed_limits_count_per_node() {
    let Some(mut server) = PrivateRedis::start() else { return };
    let [one, two] = [(), ()].map(|()| Node::start(&server, &Arc::default()));
    is_up(&one.link).await;
    is_up(&two.link).await;
    server.kill();
    is_down(&one.link).await;
    is_down(&two.link).await;
    let quota = Quota { per_minute: 1, burst: 1 };
    assert_eq!(one.limiter.take("name:x", quota).await, Ok(()));
    assert!(one.limiter.take("name:x", quota).await.is_err());
    assert_eq!(two.limiter.take("name:x", quota).await, Ok(()));
    server.restart();
    is_up(&one.link).await;
    assert_eq!(one.limiter.take("name:x", quota).await, Ok(()), "Redis counts from new");
    assert!(one.limiter.take("name:x", quota).await.is_err());
}
