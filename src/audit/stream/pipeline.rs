//! XADDs of one shard, in one round trip.

use redis::Pipeline;

use super::entry::Staged;
use crate::{
    auth::KeyRing,
    redis_link::{LinkError, RedisLink},
};

/// Where the stream of a shard is.
pub(super) fn key(link: &RedisLink, shard: u16) -> String {
    link.key(format_args!("audit:{{{shard}}}"))
}

/// Adds all of them to the shard's stream, or some and an error; how many entries it holds afterwards.
pub(super) async fn add(
    link: &RedisLink,
    keys: &KeyRing,
    shard: u16,
    events: &[Staged],
) -> Result<usize, LinkError> {
    let key = key(link, shard);
    let mut pipeline = Pipeline::with_capacity(events.len() + 1);
    for event in events {
        let command = pipeline.cmd("XADD").arg(&key).arg("*");
        for (name, value) in event.fields(keys, shard) {
            command.arg(name).arg(value);
        }
        command.ignore();
    }
    pipeline.cmd("XLEN").arg(&key);
    let (length,): (usize,) = link.run_pipeline(&pipeline).await?;
    Ok(length)
}
