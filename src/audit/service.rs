//! The audit path's parts on this node, and the loops that drive them.

use std::{collections::HashSet, sync::Arc, time::Duration};

use countersign_protocol::Instant;
use tokio::{sync::Notify, time::timeout};

use super::{
    Backlog, Flushed, Flusher, Notary, Observer, Producer, Reader, Retention, StreamSettings,
    flusher::STREAM_HAS,
    ship::Shipper,
    stream::{empty, lag},
    webhooks::Webhooks,
};
use crate::{
    auth::KeyRing,
    domain::{Event, Failure},
    redis_link::{LinkError, RedisLink},
    store::{Committed, audit::make_partitions, outbox},
};

/// The audit path's parts on this node.
pub struct Audit {
    /// Brings events into the log.
    pub flusher: Flusher,
    /// Signs heads.
    pub notary: Notary,
    /// Takes texts away that nobody keeps.
    pub retention: Retention,
    /// Ships checkpoints.
    pub shipper: Shipper,
    /// How often.
    pub shipping: Duration,
    /// How far the log is behind.
    pub backlog: Arc<Backlog>,
    /// Records observations.
    pub observer: Arc<Observer>,
    /// The stream, where there is Redis.
    pub stream: Option<Stream>,
    /// Says that something was committed.
    pub nudge: Arc<Nudge>,
    /// How far the log may be behind before no more records are promised.
    pub promise: Duration,
    /// How often heads that have grown are signed.
    pub checkpoint: Duration,
    /// Sends logs to webhooks.
    pub webhooks: Arc<Webhooks>,
}

/// How long a link that was just made may take to come up.
const COMES_UP: Duration = Duration::from_secs(5);

/// The stream's two ends on this node.
pub struct Stream {
    /// Puts events on it.
    pub producer: Arc<Producer>,
    /// The link to Redis.
    pub link: Arc<RedisLink>,
    /// Authenticates entries.
    pub keys: Arc<KeyRing>,
    /// How it is laid out.
    pub settings: StreamSettings,
    /// This node's name in the consumer group.
    pub consumer: String,
}

impl Stream {
    /// How many entries wait on the streams of all shards.
    ///
    /// # Errors
    /// If Redis does not answer.
    pub async fn waiting(&self) -> Result<usize, LinkError> {
        self.is_up().await?;
        let mut waiting = 0;
        for shard in 0..self.settings.shards {
            waiting += lag(&self.link, shard, Instant::from_unix_millis(0)).await?.entries;
        }
        Ok(waiting)
    }

    /// Takes everything off the streams, unread: after a restored backup it tells of changes that are gone. How much
    /// that was.
    ///
    /// # Errors
    /// If Redis does not answer; then some of it may be gone.
    pub async fn empty(&self) -> Result<usize, LinkError> {
        self.is_up().await?;
        let mut gone = 0;
        for shard in 0..self.settings.shards {
            gone += empty(&self.link, shard).await?;
        }
        Ok(gone)
    }

    async fn is_up(&self) -> Result<(), LinkError> {
        let mut state = self.link.watch();
        let up = timeout(COMES_UP, state.wait_for(|state| state.is_up())).await;
        up.ok().and_then(Result::ok).map(drop).ok_or(LinkError::Down)
    }
}

impl Audit {
    /// A reader for each shard.
    #[must_use]
    pub fn readers(&self) -> Vec<Reader> {
        let Some(stream) = &self.stream else { return Vec::new() };
        let reader = |shard| {
            let (link, keys) = (Arc::clone(&stream.link), Arc::clone(&stream.keys));
            Reader::new(link, keys, shard, stream.consumer.clone())
        };
        (0..stream.settings.shards).map(reader).collect()
    }

    /// One step from the outbox. What the stream carries, it has five seconds for; without one, nothing waits.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn drain(&self) -> Result<Flushed, Failure> {
        let carried = self.stream.as_ref().is_some_and(|stream| stream.link.state().is_up());
        self.flusher.step_from_outbox(if carried { STREAM_HAS } else { Duration::ZERO }).await
    }

    /// One step: reads how far the log is behind, and what waits in the streams.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn measure(&self) -> Result<(), Failure> {
        let now = self.flusher.clock().now();
        let mut across = self.flusher.store().across().await?;
        let oldest = outbox::oldest(&mut across).await?;
        let age = oldest.map_or(Duration::ZERO, |oldest| now.since(oldest));
        let too_far = if age > self.promise {
            outbox::behind(&mut across, now - self.promise).await?
        } else {
            Vec::new()
        };
        self.flusher.metrics().audit.outbox_age(age);
        self.backlog.note(age, too_far.into_iter().collect::<HashSet<_>>());
        if let Some(stream) = self.stream.as_ref().filter(|stream| stream.link.state().is_up()) {
            for shard in 0..stream.settings.shards {
                // Redis may be going: the link says so, and nothing else depends on these figures.
                if let Ok(lag) = lag(&stream.link, shard, now).await {
                    self.flusher.metrics().audit.stream(shard, lag.entries, lag.oldest);
                }
            }
        }
        Ok(())
    }

    /// One step: makes the partitions of the coming months.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn prepare(&self) -> Result<(), Failure> {
        Ok(make_partitions(self.flusher.store(), self.flusher.clock().now()).await?)
    }
}

/// Says that there is something to do, where nothing else does.
#[derive(Default)]
pub struct Nudge(Notify);

impl Nudge {
    /// Says so.
    pub fn give(&self) {
        self.0.notify_one();
    }

    /// Returns when it is said the next time, or at once if it was since the last call; after `longest` in any case.
    pub async fn given(&self, longest: Duration) {
        let _ = timeout(longest, self.0.notified()).await;
    }
}

impl Committed for Nudge {
    fn committed(&self, _: &Event) {
        self.give();
    }
}
