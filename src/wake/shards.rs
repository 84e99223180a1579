//! Waiters by topic, spread over locks that are held for a few instructions each.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

use super::parked::Waiter;

type Shard = HashMap<Uuid, Vec<Arc<Waiter>>>;

pub(super) struct Shards([Mutex<Shard>; Shards::COUNT]);

impl Default for Shards {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl Shards {
    pub(super) const COUNT: usize = 64;

    fn shard(&self, topic: Uuid) -> MutexGuard<'_, Shard> {
        // The last byte of a UUIDv7 is random (RFC 9562 section 5.7).
        let index = usize::from(topic.as_bytes()[15]) % Self::COUNT;
        self.0[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.0.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn insert(&self, topic: Uuid, waiter: Arc<Waiter>) {
        // Nearly every topic has one waiter: a plain push would make room for four.
        self.shard(topic).entry(topic).or_insert_with(|| Vec::with_capacity(1)).push(waiter);
    }

    pub(super) fn remove(&self, topic: Uuid, waiter: &Arc<Waiter>) {
        let mut shard = self.shard(topic);
        let Some(waiters) = shard.get_mut(&topic) else { return };
        if let Some(at) = waiters.iter().position(|other| Arc::ptr_eq(other, waiter)) {
            waiters.swap_remove(at);
        }
        if waiters.is_empty() {
            shard.remove(&topic);
        }
    }

    pub(super) fn each_of(&self, topic: Uuid, wake: impl Fn(&Waiter)) {
        if let Some(waiters) = self.shard(topic).get(&topic) {
            waiters.iter().for_each(|waiter| wake(waiter));
        }
    }

    /// Wakes those behind the lock of this number, below [`Shards::COUNT`].
    pub(super) fn each_in(&self, number: usize, wake: impl Fn(&Waiter)) {
        let Some(shard) = self.0.get(number) else { return };
        let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.values().flatten().for_each(|waiter| wake(waiter));
    }

    pub(super) fn count(&self, topic: Uuid) -> usize {
        self.shard(topic).get(&topic).map_or(0, Vec::len)
    }

    pub(super) fn topics(&self) -> Vec<Uuid> {
        let mut topics = Vec::new();
        for shard in self.all() {
            topics.extend(shard.keys());
        }
        topics
    }
}
