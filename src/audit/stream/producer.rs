//! Puts events on the stream after their commit. What does not get there is in the outbox.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::{Instant, timeout},
};

use super::{StreamSettings, entry::Staged, pipeline, shard};
use crate::{auth::KeyRing, domain::Event, redis_link::RedisLink, store::Committed};

/// How many events wait to be put on the stream at most.
const WAITING: usize = 20_000;
/// How many are put there together, in one round trip a stream.
const TOGETHER: usize = 1024;

/// How often a full stream is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// An event, and who wants to know that it got there.
type Sent = (Staged, Option<oneshot::Sender<bool>>);

/// Puts events on the stream, in the background.
pub struct Producer {
    waiting: mpsc::Sender<Sent>,
    link: Arc<RedisLink>,
    full: Arc<[AtomicBool]>,
    shards: u16,
    _task: JoinSet<()>,
}

impl Producer {
    /// Starts on `runtime`.
    #[must_use]
    pub fn start(
        link: Arc<RedisLink>,
        keys: Arc<KeyRing>,
        settings: StreamSettings,
        runtime: &Handle,
    ) -> Self {
        let (waiting, events) = mpsc::channel(WAITING);
        let full: Arc<[AtomicBool]> =
            (0..settings.shards).map(|_| AtomicBool::new(false)).collect();
        let sending = Sending { link: Arc::clone(&link), keys, settings, full: Arc::clone(&full) };
        let mut task = JoinSet::new();
        task.spawn_on(sending.run(events), runtime);
        Self { waiting, link, full, shards: settings.shards, _task: task }
    }

    /// Puts an event on the stream that stands nowhere else; `false` if it did not get there.
    pub(in crate::audit) async fn carry(&self, staged: Staged) -> bool {
        if !self.takes(&staged) {
            return false;
        }
        let (there, told) = oneshot::channel();
        self.waiting.try_send((staged, Some(there))).is_ok() && told.await.unwrap_or(false)
    }

    fn takes(&self, staged: &Staged) -> bool {
        let full = self.full.get(usize::from(shard(staged.msp, self.shards)));
        self.link.state().is_up() && full.is_some_and(|full| !full.load(Relaxed))
    }
}

impl Committed for Producer {
    fn committed(&self, event: &Event) {
        let Ok(body) = serde_json::to_string(event) else { return };
        let staged = Staged { event: event.id, msp: event.msp, body };
        // A queue that is full, or a Redis that is down, costs seconds: the flusher reads the outbox.
        if self.takes(&staged) {
            let _ = self.waiting.try_send((staged, None));
        }
    }
}

struct Sending {
    link: Arc<RedisLink>,
    keys: Arc<KeyRing>,
    settings: StreamSettings,
    full: Arc<[AtomicBool]>,
}

impl Sending {
    async fn run(self, mut events: mpsc::Receiver<Sent>) {
        let mut batch = Vec::with_capacity(TOGETHER);
        let mut looked = Instant::now();
        loop {
            if let Ok(0) = timeout(LOOK_AGAIN, events.recv_many(&mut batch, TOGETHER)).await {
                return;
            }
            // However busy the others are.
            if looked.elapsed() >= LOOK_AGAIN {
                looked = Instant::now();
                self.look_again().await;
            }
            let mut by_shard: HashMap<u16, (Vec<Staged>, Vec<oneshot::Sender<bool>>)> =
                HashMap::new();
            for (staged, told) in batch.drain(..) {
                let of = by_shard.entry(shard(staged.msp, self.settings.shards)).or_default();
                of.0.push(staged);
                of.1.extend(told);
            }
            // A stream's entries keep their order; the streams don't wait for each other.
            join_all(by_shard.into_iter().map(async |(shard, (staged, told))| {
                let there = self.send(shard, &staged).await;
                for told in told {
                    let _ = told.send(there);
                }
            }))
            .await;
        }
    }

    /// A stream that was full may have been emptied.
    async fn look_again(&self) {
        for shard in 0..self.settings.shards {
            if self.full.get(usize::from(shard)).is_some_and(|full| full.load(Relaxed)) {
                self.send(shard, &[]).await;
            }
        }
    }

    async fn send(&self, shard: u16, staged: &[Staged]) -> bool {
        let added = pipeline::add(&self.link, &self.keys, shard, staged).await;
        if let (Ok(length), Some(full)) = (&added, self.full.get(usize::from(shard))) {
            let is_full = *length >= self.settings.longest;
            if full.swap(is_full, Relaxed) != is_full && is_full {
                tracing::warn!(
                    shard,
                    length,
                    "nobody empties the audit stream: nothing is added to it for now"
                );
            }
        }
        added.is_ok()
    }
}
