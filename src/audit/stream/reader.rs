//! Takes entries off one shard's stream, as one consumer of the group that all nodes form. The connection is its
//! own: a blocked read holds up whatever is behind it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use countersign_protocol::MspId;
use redis::{
    RedisError, Value,
    aio::MultiplexedConnection,
    streams::{StreamAutoClaimReply, StreamId, StreamInfoConsumersReply, StreamReadReply},
};

use super::{
    entry::{self, Refused},
    pipeline,
};
use crate::{
    auth::KeyRing,
    redis_link::{LinkError, RedisLink},
    store::audit::NewEntry,
};

/// The consumer group.
const GROUP: &str = "flushers";
/// How long a read waits for the first entry.
const BLOCK: Duration = Duration::from_millis(500);
/// How long an entry is with a consumer before another one takes it over.
const ABANDONED: Duration = Duration::from_secs(30);

/// How long a consumer has done nothing before it counts as gone, in milliseconds.
const GONE_MS: usize = 3_600_000;

/// What was taken off a stream: to be acknowledged once it is written, and not before.
#[derive(Debug, Default)]
pub struct Taken {
    /// Entries of the service.
    pub entries: Vec<NewEntry>,
    /// What else stood there.
    pub refused: Vec<Refused>,
    /// What each is known by in the stream, and whose log it is for.
    ids: Vec<(String, Option<MspId>)>,
}

impl Taken {
    /// True if nothing stood there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// How many entries of the stream these are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }
}

/// Where to look next.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Look {
    /// What this consumer took and did not acknowledge, after this id.
    Own(String),
    /// What a consumer that is gone took and did not acknowledge, from this id.
    Abandoned(String),
    /// What is new.
    New,
}

/// Takes entries off one shard's stream.
pub struct Reader {
    link: Arc<RedisLink>,
    keys: Arc<KeyRing>,
    shard: u16,
    consumer: String,
    key: String,
    connection: Option<MultiplexedConnection>,
    look: Look,
    claimed_at: Option<tokio::time::Instant>,
}

impl Reader {
    /// A reader of `shard`, as `consumer` of the group: a name that no other running node bears.
    #[must_use]
    pub fn new(link: Arc<RedisLink>, keys: Arc<KeyRing>, shard: u16, consumer: String) -> Self {
        let key = pipeline::key(&link, shard);
        let look = Look::Own("0".into());
        Self { link, keys, shard, consumer, key, connection: None, look, claimed_at: None }
    }

    /// True if Redis answers.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.link.state().is_up()
    }

    /// Up to `count` entries: first those this consumer had taken, then those of consumers that are gone, then new
    /// ones, for which it waits half a second.
    ///
    /// # Errors
    /// If Redis does not answer; the connection is opened anew at the next call.
    pub async fn take(&mut self, count: usize) -> Result<Taken, LinkError> {
        let taken = self.try_take(count).await;
        if taken.is_err() {
            self.connection = None;
            self.hand_out_again();
        }
        taken
    }

    /// What was taken and not acknowledged is what the next call takes first.
    pub fn hand_out_again(&mut self) {
        self.look = Look::Own("0".into());
    }

    async fn try_take(&mut self, count: usize) -> Result<Taken, LinkError> {
        if self.connection.is_none() {
            let mut connection = self.link.blocking(BLOCK).await?;
            self.make_group(&mut connection).await?;
            self.forget_gone(&mut connection).await?;
            self.connection = Some(connection);
        }
        loop {
            let look = self.look.clone();
            let ids = match &look {
                Look::Own(after) => self.read(count, after).await?,
                Look::Abandoned(from) => self.claim(count, from).await?,
                Look::New => self.read(count, ">").await?,
            };
            match (look, ids.last()) {
                (Look::Own(_), Some(last)) => self.look = Look::Own(last.id.clone()),
                (Look::Own(_), None) => {
                    self.look = Look::Abandoned("0-0".into());
                    continue;
                }
                // `claim` has moved on.
                (Look::Abandoned(_), None) => continue,
                (Look::Abandoned(_), Some(_)) => {}
                (Look::New, _) => self.look_for_abandoned(),
            }
            return Ok(self.judge(ids));
        }
    }

    fn look_for_abandoned(&mut self) {
        if self.claimed_at.is_none_or(|at| at.elapsed() >= ABANDONED) {
            self.look = Look::Abandoned("0-0".into());
        }
    }

    /// The stream and its group, where they are missing: a FLUSHALL takes both.
    async fn make_group(&self, connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
        let made: Result<(), RedisError> = redis::cmd("XGROUP")
            .arg("CREATE")
            .arg(&self.key)
            .arg(GROUP)
            .arg("0")
            .arg("MKSTREAM")
            .query_async(connection)
            .await;
        match made {
            Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
            made => made,
        }
    }

    async fn read(&mut self, count: usize, after: &str) -> Result<Vec<StreamId>, LinkError> {
        let Some(connection) = &mut self.connection else { return Err(LinkError::Down) };
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(&self.consumer).arg("COUNT").arg(count);
        if after == ">" {
            command.arg("BLOCK").arg(u64::try_from(BLOCK.as_millis()).unwrap_or(500));
        }
        command.arg("STREAMS").arg(&self.key).arg(after);
        let reply: Option<StreamReadReply> = command.query_async(connection).await?;
        Ok(reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids).collect())
    }

    async fn claim(&mut self, count: usize, from: &str) -> Result<Vec<StreamId>, LinkError> {
        let Some(connection) = &mut self.connection else { return Err(LinkError::Down) };
        let reply: StreamAutoClaimReply = redis::cmd("XAUTOCLAIM")
            .arg(&self.key)
            .arg(GROUP)
            .arg(&self.consumer)
            .arg(u64::try_from(ABANDONED.as_millis()).unwrap_or(30_000))
            .arg(from)
            .arg("COUNT")
            .arg(count)
            .query_async(connection)
            .await?;
        self.look = if reply.next_stream_id == "0-0" {
            self.claimed_at = Some(tokio::time::Instant::now());
            Look::New
        } else {
            Look::Abandoned(reply.next_stream_id)
        };
        Ok(reply.claimed)
    }

    fn judge(&self, ids: Vec<StreamId>) -> Taken {
        let mut taken = Taken::default();
        for StreamId { id, map, .. } in ids {
            // Without fields it was taken, and deleted since.
            let entry = (!map.is_empty()).then(|| self.read_entry(&map));
            let msp = entry.as_ref().and_then(|entry| entry.as_ref().ok()).map(|it| it.index.msp);
            taken.ids.push((id, msp));
            match entry {
                Some(Ok(entry)) => taken.entries.push(entry),
                Some(Err(refused)) => taken.refused.push(refused),
                None => {}
            }
        }
        taken
    }

    fn read_entry(&self, fields: &HashMap<String, Value>) -> Result<NewEntry, Refused> {
        entry::read(&self.keys, self.shard, fields)
    }

    /// Acknowledges and deletes what was written: both or neither, since an entry that is acknowledged and stays
    /// is never read again. What is for the logs of `stuck` stays, and is handed out again.
    ///
    /// # Errors
    /// If Redis does not answer: then it is handed out again, and known.
    pub async fn written(
        &mut self,
        taken: &Taken,
        stuck: &HashSet<MspId>,
    ) -> Result<(), LinkError> {
        let is_written = |msp: &Option<MspId>| msp.is_none_or(|msp| !stuck.contains(&msp));
        let written = taken.ids.iter().filter(|(_, msp)| is_written(msp));
        let written: Vec<&str> = written.map(|(id, _)| id.as_str()).collect();
        if written.is_empty() {
            return Ok(());
        }
        let Some(connection) = &mut self.connection else { return Err(LinkError::Down) };
        let mut pipeline = redis::Pipeline::with_capacity(2);
        pipeline.atomic();
        pipeline.cmd("XACK").arg(&self.key).arg(GROUP).arg(&written).ignore();
        pipeline.cmd("XDEL").arg(&self.key).arg(&written).ignore();
        let acknowledged: Result<(), RedisError> = pipeline.query_async(connection).await;
        if acknowledged.is_err() {
            self.connection = None;
            self.hand_out_again();
        }
        Ok(acknowledged?)
    }

    /// Forgets consumers that are long gone and left nothing behind: each start of a node makes one.
    async fn forget_gone(&self, connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
        let known: StreamInfoConsumersReply = redis::cmd("XINFO")
            .arg("CONSUMERS")
            .arg(&self.key)
            .arg(GROUP)
            .query_async(connection)
            .await?;
        for gone in known.consumers.iter().filter(|one| one.pending == 0 && one.idle > GONE_MS) {
            redis::cmd("XGROUP")
                .arg("DELCONSUMER")
                .arg(&self.key)
                .arg(GROUP)
                .arg(&gone.name)
                .exec_async(connection)
                .await?;
        }
        Ok(())
    }
}
