//! How much waits in a stream, and since when; and what becomes of it after a restored backup.

use std::time::Duration;

use countersign_protocol::Instant;
use redis::{Pipeline, streams::StreamRangeReply};

use super::pipeline::key;
use crate::redis_link::{LinkError, RedisLink};

/// What waits in a shard's stream. Entries leave it when they are written, so that its first one is the oldest that
/// is not, taken or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::audit) struct Lag {
    /// How many entries.
    pub(in crate::audit) entries: usize,
    /// The age of the oldest.
    pub(in crate::audit) oldest: Duration,
}

/// Asks one shard's stream.
pub(in crate::audit) async fn lag(
    link: &RedisLink,
    shard: u16,
    now: Instant,
) -> Result<Lag, LinkError> {
    let key = key(link, shard);
    let mut pipeline = Pipeline::with_capacity(2);
    pipeline.cmd("XLEN").arg(&key);
    pipeline.cmd("XRANGE").arg(&key).arg("-").arg("+").arg("COUNT").arg(1);
    let (entries, first): (usize, StreamRangeReply) = link.run_pipeline(&pipeline).await?;
    // An id begins with the milliseconds at which Redis gave it.
    let oldest = first.ids.first().and_then(|first| first.id.split('-').next()?.parse().ok());
    let oldest = oldest.map_or(Duration::ZERO, |ms| now.since(Instant::from_unix_millis(ms)));
    Ok(Lag { entries, oldest })
}

/// Takes everything off one shard's stream; how much stood on it.
pub(in crate::audit) async fn empty(link: &RedisLink, shard: u16) -> Result<usize, LinkError> {
    let key = key(link, shard);
    let mut pipeline = Pipeline::with_capacity(2);
    pipeline.atomic();
    pipeline.cmd("XLEN").arg(&key);
    // The group goes along; a reader that finds none makes it.
    pipeline.cmd("DEL").arg(&key).ignore();
    let (entries,): (usize,) = link.run_pipeline(&pipeline).await?;
    Ok(entries)
}
