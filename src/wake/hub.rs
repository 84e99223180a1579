//! The waiters of this node.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use uuid::Uuid;

use super::{Parked, Wake, parked::Waiter, shards::Shards};

/// Everyone who is parked on this node, by topic. Cheap to clone: all clones are one hub.
#[derive(Clone, Default)]
pub struct Hub(pub(super) Arc<Registry>);

#[derive(Default)]
pub(super) struct Registry {
    pub(super) waiters: Shards,
    pub(super) parked: AtomicUsize,
    pub(super) draining: AtomicBool,
}

impl Hub {
    /// A hub with nobody parked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a waiter for wake-ups of any of `topics`. Park first and read the row afterwards:
    /// a wake-up between the two is then found by [`Parked::woken`].
    #[must_use]
    pub fn park(&self, topics: &[Uuid]) -> Parked {
        Parked::register(Arc::clone(&self.0), topics, true)
    }

    /// The same for the service's own tasks, which take no client's place.
    #[must_use]
    pub fn listen(&self, topics: &[Uuid]) -> Parked {
        Parked::register(Arc::clone(&self.0), topics, false)
    }

    /// Wakes whoever waits for `topic` on this node.
    pub fn wake(&self, topic: Uuid) {
        self.0.waiters.each_of(topic, Waiter::wake);
    }

    /// Wakes everyone on this node, after a time in which wake-ups may have been lost: a part of them after
    /// each `pause`, since each of them reads its row.
    pub async fn wake_all_by_turns(&self, pause: Duration) {
        for turn in 0..Shards::COUNT {
            self.0.waiters.each_in(turn, Waiter::wake);
            tokio::time::sleep(pause).await;
        }
    }

    /// Answers every present and future wait at once, so that the service can shut down.
    pub fn drain(&self) {
        // Before the round of wake-ups: who parks after the round has passed its shard sees the
        // flag.
        self.0.draining.store(true, Ordering::SeqCst);
        (0..Shards::COUNT).for_each(|turn| self.0.waiters.each_in(turn, Waiter::wake));
    }

    /// The topics that someone waits for, each once. Read in one statement when no wake-ups
    /// arrive from other nodes.
    #[must_use]
    pub fn parked_topics(&self) -> Vec<Uuid> {
        self.0.waiters.topics()
    }

    /// How many are parked for `topic`.
    #[must_use]
    pub fn parked_for(&self, topic: Uuid) -> usize {
        self.0.waiters.count(topic)
    }

    /// How many are parked.
    #[must_use]
    pub fn parked(&self) -> usize {
        self.0.parked.load(Ordering::Relaxed)
    }
}

/// The [`Wake`] of a single node.
pub struct LocalWake(pub Hub);

impl Wake for LocalWake {
    fn wake(&self, topics: &[Uuid]) {
        for topic in topics {
            self.0.wake(*topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::{super::Woken, *};

    const LOGIN: Uuid = Uuid::from_u128(1);
    const PHONE: Uuid = Uuid::from_u128(2);
    const OTHER: Uuid = Uuid::from_u128(3);
    const LONG: Duration = Duration::from_secs(3600);

    /// The answer of a wait that must not have to wait.
    fn at_once(parked: &mut Parked) -> Option<Woken> {
        parked.woken(LONG).now_or_never()
    }

    #[tokio::test]
    async fn a_wake_up_between_parking_and_waiting_is_found() {
        let hub = Hub::new();
        let mut parked = hub.park(&[LOGIN]);
        hub.wake(LOGIN);
        assert_eq!(at_once(&mut parked), Some(Woken::ByTopic));
        assert_eq!(at_once(&mut parked), None, "one wake-up wakes once");
    }

    #[tokio::test]
    async fn a_wake_up_ends_a_wait_that_has_begun() {
        let hub = Hub::new();
        let mut parked = hub.park(&[LOGIN, PHONE]);
        let wait = tokio::spawn(async move { parked.woken(LONG).await });
        tokio::task::yield_now().await; // the wait begins
        hub.wake(PHONE);
        assert_eq!(wait.await.unwrap(), Woken::ByTopic);
    }

    #[tokio::test]
    async fn another_topic_wakes_nobody_and_a_topic_wakes_everyone_on_it() {
        let hub = Hub::new();
        let [mut one, mut two, mut three] = [LOGIN, LOGIN, OTHER].map(|topic| hub.park(&[topic]));
        hub.wake(LOGIN);
        assert_eq!(at_once(&mut one), Some(Woken::ByTopic));
        assert_eq!(at_once(&mut two), Some(Woken::ByTopic));
        assert_eq!(at_once(&mut three), None);
    }

    #[tokio::test]
    async fn wake_ups_that_nobody_looked_at_are_one() {
        let hub = Hub::new();
        let mut parked = hub.park(&[LOGIN, PHONE]);
        LocalWake(hub).wake(&[LOGIN, PHONE, LOGIN]);
        assert_eq!(at_once(&mut parked), Some(Woken::ByTopic));
        assert_eq!(at_once(&mut parked), None);
    }

    #[tokio::test]
    async fn a_wait_that_was_dropped_and_begun_again_loses_no_wake_up() {
        let hub = Hub::new();
        let mut parked = hub.park(&[LOGIN]);
        assert_eq!(at_once(&mut parked), None);
        hub.wake(LOGIN);
        assert_eq!(at_once(&mut parked), Some(Woken::ByTopic));
    }

    #[tokio::test]
    async fn a_wait_that_hears_nothing_times_out() {
        let mut parked = Hub::new().park(&[LOGIN]);
        assert_eq!(parked.woken(Duration::ZERO).await, Woken::TimedOut);
    }

    #[tokio::test]
    async fn draining_answers_waits_of_every_kind() {
        let hub = Hub::new();
        let waits = [&[LOGIN][..], &[]].map(|topics| {
            let mut parked = hub.park(topics);
            tokio::spawn(async move { parked.woken(LONG).await })
        });
        tokio::task::yield_now().await; // both waits begin
        hub.drain();
        for wait in waits {
            assert_eq!(wait.await.unwrap(), Woken::Draining);
        }
        assert_eq!(at_once(&mut hub.park(&[OTHER])), Some(Woken::Draining), "a future wait");
    }

    #[tokio::test]
    async fn after_a_gap_everyone_is_woken() {
        let hub = Hub::new();
        let [mut one, mut two] = [LOGIN, OTHER].map(|topic| hub.park(&[topic]));
        hub.wake_all_by_turns(Duration::ZERO).await;
        assert_eq!(at_once(&mut one), Some(Woken::ByTopic));
        assert_eq!(at_once(&mut two), Some(Woken::ByTopic));
    }

    #[test]
    fn a_dropped_registration_leaves_nothing_behind() {
        let hub = Hub::new();
        let kept = hub.park(&[LOGIN]);
        let dropped = hub.park(&[LOGIN, PHONE, PHONE]);
        let mut topics = hub.parked_topics();
        topics.sort_unstable();
        assert_eq!((hub.parked(), topics), (2, vec![LOGIN, PHONE]));
        drop(dropped);
        assert_eq!((hub.parked(), hub.parked_topics()), (1, vec![LOGIN]));
        drop(kept);
        assert_eq!((hub.parked(), hub.parked_topics()), (0, vec![]));
    }
}
