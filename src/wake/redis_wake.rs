//! Wake-ups across nodes, by way of one Redis channel.
//!
//! Plain PUBLISH reaches every node of an installation, also on a Redis Cluster (which forwards
//! each message to all of its nodes). Where that forwarding becomes too much, sharded pub/sub takes
//! its place in `send` below and in the subscriber, and nowhere else.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::timeout,
};
use uuid::Uuid;

use super::{Hub, Wake, subscriber, wire};
use crate::{
    ambient::Random,
    redis_link::{Backoff, RedisLink},
};

/// Wakes this node's hub at once, and the other nodes' by a message. Its tasks end with it.
pub struct RedisWake {
    hub: Hub,
    outbound: mpsc::Sender<Box<[Uuid]>>,
    dropped: Arc<AtomicU64>,
    listening: watch::Receiver<bool>,
    _tasks: JoinSet<()>,
}

impl RedisWake {
    /// How many wake-ups may wait for the publisher.
    const QUEUE: usize = 4096;

    /// Starts publishing and subscribing. `node` tells this process from all others: a new random
    /// id for each start. Needs a tokio runtime.
    #[must_use]
    pub fn start(hub: Hub, link: Arc<RedisLink>, node: Uuid, random: Arc<dyn Random>) -> Self {
        let (outbound, queue) = mpsc::channel(Self::QUEUE);
        let (heard, listening) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let dropped = Arc::new(AtomicU64::new(0));
        let publisher = Publisher { link: Arc::clone(&link), node, dropped: Arc::clone(&dropped) };
        tasks.spawn(publisher.publish(queue));
        let subscriber = subscriber::Subscriber {
            hub: hub.clone(),
            link,
            node,
            backoff: Backoff::new(random),
            listening: heard,
        };
        tasks.spawn(subscriber.listen());
        Self { hub, outbound, dropped, listening, _tasks: tasks }
    }

    /// Whether this node hears the others. While it doesn't, read the parked rows each second.
    #[must_use]
    pub fn listening(&self) -> watch::Receiver<bool> {
        self.listening.clone()
    }

    /// Wake-ups and messages that were given up because the queue was full or Redis down.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }
}

impl Wake for RedisWake {
    fn wake(&self, topics: &[Uuid]) {
        for topic in topics {
            self.hub.wake(*topic);
        }
        if self.outbound.try_send(topics.into()).is_err() {
            self.dropped.fetch_add(1, Relaxed);
        }
    }
}

struct Publisher {
    link: Arc<RedisLink>,
    node: Uuid,
    dropped: Arc<AtomicU64>,
}

impl Publisher {
    /// Publishes what has gathered while the message before was on its way: under load one round
    /// trip carries many wake-ups, and an idle channel adds no delay.
    async fn publish(self, mut queue: mpsc::Receiver<Box<[Uuid]>>) {
        let mut gathered = Vec::new();
        while queue.recv_many(&mut gathered, 256).await > 0 {
            let distinct: HashSet<Uuid> = gathered.drain(..).flatten().collect();
            let topics: Vec<Uuid> = distinct.into_iter().collect();
            for part in topics.chunks(wire::TOPICS_A_MESSAGE) {
                self.send(part).await;
            }
        }
    }

    /// Tries twice: a connection that broke is commonly back within a moment, and nodes that kept
    /// theirs don't know that they missed anything.
    async fn send(&self, topics: &[Uuid]) {
        let mut message = redis::cmd("PUBLISH");
        message.arg(self.link.key(CHANNEL)).arg(wire::encode(self.node, topics));
        if self.link.run::<i64>(&message).await.is_ok() {
            return;
        }
        let _ = timeout(PATIENCE, self.link.watch().wait_for(|state| state.is_up())).await;
        if self.link.run::<i64>(&message).await.is_err() {
            self.dropped.fetch_add(1, Relaxed);
        }
    }
}

/// How long a message waits for a broken connection to come back.
const PATIENCE: Duration = Duration::from_secs(2);

/// The channel of all wake-ups, after the prefix.
pub(super) const CHANNEL: &str = "wake";
