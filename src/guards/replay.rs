//! Single use of proofs: DPoP proofs (RFC 9449 section 11.1), assertions (RFC 7523 section 3,
//! `jti`).

use std::time::Duration;

use async_trait::async_trait;
use countersign_protocol::Instant;
use thiserror::Error;

/// It can't be told now; refuse (503) and let the client try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("unavailable for now")]
pub struct Unavailable;

/// Remembers the proofs that were used.
#[async_trait]
pub trait Replay: Send + Sync {
    /// Whether this is the first use of the proof that `key` (a SHA-256 over its issuer and `jti`)
    /// stands for; the next use within `keep` from `now` is not. Also false for a proof that was
    /// issued before this memory began: it may have been used, and the client makes a new one.
    ///
    /// `issued_at` is the proof's `iat`. Whole seconds, as they commonly are, read as their
    /// beginning, so that the proofs of the second in which a memory begins are refused too.
    ///
    /// # Errors
    /// If the memory can't be asked or is full.
    async fn first_use(
        &self,
        key: [u8; 32],
        issued_at: Instant,
        keep: Duration,
        now: Instant,
    ) -> Result<bool, Unavailable>;
}

/// The used proofs in SQL, for the time in which Redis is down.
#[async_trait]
pub trait ReplayTable: Send + Sync {
    /// Inserts `key` unless it is there already and has not expired; whether it was inserted.
    ///
    /// # Errors
    /// If the database can't answer.
    async fn insert(&self, key: [u8; 32], expires_at: Instant) -> Result<bool, Unavailable>;
}
