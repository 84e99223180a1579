//! Redis Streams: `audit:{n}`, one a shard, so that a Redis Cluster spreads them and each is one slot. Whoever can
//! write to Redis can add nothing: each entry bears an HMAC.

mod entry;
mod lag;
mod pipeline;
mod producer;
mod reader;

pub(super) use entry::{Refused, Staged};
pub(super) use lag::{empty, lag};
pub use producer::Producer;
pub use reader::Reader;

use countersign_protocol::MspId;

/// How the stream is laid out.
#[derive(Clone, Copy, Debug)]
pub struct StreamSettings {
    /// How many streams there are.
    pub shards: u16,
    /// How many entries one may hold before nothing is added that the outbox keeps as well.
    pub longest: usize,
}

/// The shard of an msp's events.
pub(super) fn shard(msp: MspId, shards: u16) -> u16 {
    // The last bytes of a UUIDv7 are random (RFC 9562 section 5.7).
    let (_, low) = msp.0.as_u64_pair();
    u16::try_from(low % u64::from(shards.max(1))).unwrap_or(0)
}
