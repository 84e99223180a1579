//! One parked client.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures_util::task::AtomicWaker;
use uuid::Uuid;

use super::hub::Registry;

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something may have changed: read the row.
    ByTopic,
    /// The service shuts down: answer now.
    Draining,
    /// Nothing was heard. Read the row all the same: a wake-up can get lost.
    TimedOut,
}

/// What the hub reaches of a parked client. Wake-ups that nobody has looked at yet are one.
#[derive(Default)]
pub(super) struct Waiter {
    woken: AtomicBool,
    task: AtomicWaker,
}

impl Waiter {
    pub(super) fn wake(&self) {
        self.woken.store(true, Ordering::Release);
        self.task.wake();
    }

    fn poll_woken(&self, context: &Context<'_>) -> Poll<()> {
        // Register before looking: a wake-up in between then finds the task.
        self.task.register(context.waker());
        if self.woken.swap(false, Ordering::AcqRel) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// A registration in a [`Hub`](super::Hub), from [`park`](super::Hub::park) until it is dropped. It
/// costs about half a KiB with three topics, and no task.
pub struct Parked {
    registry: Arc<Registry>,
    waiter: Arc<Waiter>,
    topics: Box<[Uuid]>,
    counts: bool,
}

impl Parked {
    pub(super) fn register(registry: Arc<Registry>, topics: &[Uuid], counts: bool) -> Self {
        let mut topics = topics.to_vec();
        topics.sort_unstable();
        topics.dedup();
        if topics.is_empty() {
            topics.push(Uuid::max()); // nobody's id; draining must find this waiter too
        }
        let waiter = Arc::new(Waiter::default());
        for topic in &topics {
            registry.waiters.insert(*topic, Arc::clone(&waiter));
        }
        registry.parked.fetch_add(usize::from(counts), Ordering::Relaxed);
        Self { registry, waiter, topics: topics.into_boxed_slice(), counts }
    }

    /// Waits for a wake-up since [`park`](super::Hub::park) or since the last call, for the
    /// beginning of a shutdown, or for `at_most` to pass, whichever comes first. May be dropped and
    /// called again without losing a wake-up.
    pub async fn woken(&mut self, at_most: Duration) -> Woken {
        let wake_up = poll_fn(|context| {
            let woken = self.waiter.poll_woken(context);
            if self.registry.draining.load(Ordering::SeqCst) {
                return Poll::Ready(Woken::Draining);
            }
            woken.map(|()| Woken::ByTopic)
        });
        tokio::time::timeout(at_most, wake_up).await.unwrap_or(Woken::TimedOut)
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        for topic in &self.topics {
            self.registry.waiters.remove(*topic, &self.waiter);
        }
        self.registry.parked.fetch_sub(usize::from(self.counts), Ordering::Relaxed);
    }
}
