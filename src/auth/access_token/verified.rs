//! Remembers which tokens were verified: a token comes back with every request of its life, and a
//! P-256 verification costs some 70 µs, a look-up here one SHA-256 over 700 bytes.

use std::sync::Arc;

use countersign_protocol::{Instant, encoding::sha256};
use moka::{policy::EvictionPolicy, sync::Cache};

use super::AccessClaims;

/// How many tokens are remembered: some 20 MB of memory at the most.
const ENTRIES: u64 = 50_000;

#[derive(Clone)]
struct Entry {
    /// The generation of the signing keys that verified it.
    generation: u64,
    /// When its key's signatures stop to count.
    until: Option<Instant>,
    claims: Arc<AccessClaims>,
}

/// Tokens whose signature was verified, by their SHA-256.
pub(super) struct VerifiedTokens(Cache<[u8; 32], Entry>);

impl Default for VerifiedTokens {
    fn default() -> Self {
        // Least recently used goes first: how often a token was seen says little of whether it lives.
        let policy = EvictionPolicy::lru();
        Self(Cache::builder().max_capacity(ENTRIES).eviction_policy(policy).build())
    }
}

impl VerifiedTokens {
    /// The claims of `token` if it was verified by keys that still are the keys. Its own times are
    /// the caller's to check.
    pub(super) fn get(&self, token: &str, keys: u64, now: Instant) -> Option<Arc<AccessClaims>> {
        let entry = self.0.get(&sha256(&[token.as_bytes()]))?;
        let counts = entry.generation == keys && entry.until.is_none_or(|until| now < until);
        counts.then_some(entry.claims)
    }

    /// Remembers a token that was verified with keys of the generation `keys`.
    pub(super) fn put(
        &self,
        token: &str,
        keys: u64,
        until: Option<Instant>,
        claims: Arc<AccessClaims>,
    ) {
        self.0.insert(sha256(&[token.as_bytes()]), Entry { generation: keys, until, claims });
    }
}
