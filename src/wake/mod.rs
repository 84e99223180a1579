//! Waking parked clients. A parked client runs no SQL: it waits in the [`Hub`] of its node until a
//! wake-up for one of its topics arrives, and then reads its row. A wake-up is a hint: it may be
//! lost (a wait's end re-reads) or come for nothing (the row tells).
//!
//! A topic is the id of a login, technician, device or workstation; [`REVOCATIONS`] is the one that
//! is nobody's id.

mod hub;
mod parked;
mod redis_wake;
mod revocations;
mod shards;
mod subscriber;
mod wire;

pub use hub::{Hub, LocalWake};
pub use parked::{Parked, Woken};
pub use redis_wake::RedisWake;
pub use revocations::Revoked;

use uuid::Uuid;

/// The topic of those who wait for new revocations.
pub const REVOCATIONS: Uuid = Uuid::nil();

/// Tells whoever waits for these topics, on every node, to look again. Returns at once and
/// promises nothing; call it after the commit.
pub trait Wake: Send + Sync {
    /// Wakes everyone who waits for any of `topics`.
    fn wake(&self, topics: &[Uuid]);
}
