//! Used proofs in the memory of one process.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use countersign_protocol::Instant;

use super::{Replay, Unavailable};

/// Remembers used proofs until they expire, up to a bound; a full memory refuses and never forgets
/// early.
pub struct LocalReplay {
    shards: [Mutex<Shard>; LocalReplay::SHARDS],
    began: Instant,
    /// A shard's part of the capacity.
    room: usize,
}

type Key = [u8; 32];

#[derive(Default)]
struct Shard {
    used: HashSet<Key>,
    by_expiry: BinaryHeap<Reverse<(Instant, Key)>>,
}

impl LocalReplay {
    const SHARDS: usize = 16;

    /// An empty memory for about `capacity` proofs of some 100 bytes each. Proofs issued before
    /// `began` are refused, since a restart forgets: pass the process's start, and add how far
    /// ahead of the service's clock an `issued_at` may lie, if it may. (A first start, with an
    /// empty database, has nothing to forget and may pass the epoch.)
    #[must_use]
    pub fn new(began: Instant, capacity: usize) -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { shards, began, room: capacity.div_ceil(Self::SHARDS) }
    }
}

impl Shard {
    fn forget_expired(&mut self, now: Instant) {
        while let Some(Reverse((expires_at, key))) = self.by_expiry.peek()
            && *expires_at <= now
        {
            self.used.remove(key);
            self.by_expiry.pop();
        }
    }
}

#[async_trait]
impl Replay for LocalReplay {
    async fn first_use(
        &self,
        key: [u8; 32],
        issued_at: Instant,
        keep: Duration,
        now: Instant,
    ) -> Result<bool, Unavailable> {
        if issued_at < self.began {
            return Ok(false);
        }
        let shard = &self.shards[usize::from(key[0]) % Self::SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.forget_expired(now);
        if shard.used.contains(&key) {
            return Ok(false);
        }
        if shard.used.len() >= self.room {
            return Err(Unavailable);
        }
        shard.used.insert(key);
        shard.by_expiry.push(Reverse((now + keep, key)));
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP: Duration = Duration::from_secs(60);

    fn at(seconds: i64) -> Instant {
        Instant::from_unix_millis(seconds * 1000)
    }

    #[tokio::test]
    async fn a_proof_is_used_once_until_it_expires() {
        let replay = LocalReplay::new(at(0), 100);
        assert_eq!(replay.first_use([1; 32], at(10), KEEP, at(10)).await, Ok(true));
        assert_eq!(replay.first_use([1; 32], at(10), KEEP, at(69)).await, Ok(false));
        assert_eq!(replay.first_use([2; 32], at(10), KEEP, at(69)).await, Ok(true));
        assert_eq!(replay.first_use([1; 32], at(70), KEEP, at(70)).await, Ok(true));
    }

    #[tokio::test]
    async fn a_proof_from_before_the_start_is_refused() {
        let replay = LocalReplay::new(at(10), 100);
        assert_eq!(replay.first_use([1; 32], at(9), KEEP, at(11)).await, Ok(false));
        assert_eq!(replay.first_use([1; 32], at(10), KEEP, at(11)).await, Ok(true));
    }

    #[tokio::test]
    async fn a_full_memory_refuses_and_has_room_again_after_an_expiry() {
        let replay = LocalReplay::new(at(0), LocalReplay::SHARDS);
        let [first, second] = [0, 1].map(|last| {
            let mut key = [7; 32];
            key[31] = last;
            key
        });
        assert_eq!(replay.first_use(first, at(10), KEEP, at(10)).await, Ok(true));
        assert_eq!(replay.first_use(second, at(10), KEEP, at(11)).await, Err(Unavailable));
        assert_eq!(replay.first_use(first, at(10), KEEP, at(11)).await, Ok(false));
        assert_eq!(replay.first_use(second, at(10), KEEP, at(70)).await, Ok(true));
    }
}
