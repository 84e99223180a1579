//! The audit log's path: from the transaction that decided, through Redis Streams, into numbered and hashed rows.
//!
//! The outbox keeps what was decided until it stands in the log; the stream carries it there faster, and carries
//! what was only observed. Without Redis the outbox alone does both.

mod backlog;
mod checkpoint;
mod export;
mod flusher;
mod observer;
mod quota;
mod reopen;
mod retention;
mod service;
pub mod ship;
mod stream;
mod stuck;
pub mod verify;
mod webhooks;

pub use backlog::Backlog;
pub use checkpoint::{Notary, sign_checkpoints};
pub use export::{ExportHead, Format};
pub use flusher::{Flushed, Flusher};
pub use observer::{Observe, Observer, ObserverParts};
pub use reopen::{Because, NotReopened, Reopened, reopen};
pub use retention::Retention;
pub use service::{Audit, Nudge, Stream};
pub use stream::{Producer, Reader, StreamSettings};
pub use webhooks::{Delivery, WebhookParts, Webhooks};

use countersign_protocol::MspId;
use uuid::Uuid;

/// The topic of a log, for those whose imports name types alone.
pub struct LogTopic;

impl LogTopic {
    /// What those wait for who follow an msp's log.
    #[must_use]
    pub fn of(msp: MspId) -> Uuid {
        topic(msp)
    }
}

/// What those wait for who follow an msp's log.
#[must_use]
pub fn topic(msp: MspId) -> Uuid {
    // The msp's own id wakes whoever waits for its revocation.
    Uuid::from_u128(msp.0.as_u128() ^ 0x0061_7564_6974_0000_0000_0000_0000_0000)
}
