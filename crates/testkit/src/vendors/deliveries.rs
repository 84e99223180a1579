use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// How long [`Deliveries::next`] waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a vendor took for delivery, in the order in which it did.
pub struct Deliveries<T> {
    kept: Mutex<Kept<T>>,
    arrived: Notify,
}

struct Kept<T> {
    all: Vec<T>,
    /// How many of them `next` has given out.
    taken: usize,
}

impl<T: Clone> Deliveries<T> {
    pub(crate) fn new() -> Self {
        let kept = Kept { all: Vec::new(), taken: 0 };
        Self { kept: Mutex::new(kept), arrived: Notify::new() }
    }

    pub(crate) fn push(&self, delivery: T) {
        self.kept().all.push(delivery);
        self.arrived.notify_one();
    }

    /// The oldest delivery that `next` has not yet given out, once there is one; none after ten seconds.
    pub async fn next(&self) -> Option<T> {
        self.next_within(PATIENCE).await
    }

    /// As [`next`](Self::next), with a patience of one's own.
    pub async fn next_within(&self, patience: Duration) -> Option<T> {
        let arrival = async {
            loop {
                if let Some(delivery) = self.take() {
                    return delivery;
                }
                self.arrived.notified().await;
            }
        };
        timeout(patience, arrival).await.ok()
    }

    /// All of them, whether given out or not.
    #[must_use]
    pub fn all(&self) -> Vec<T> {
        self.kept().all.clone()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept().all.len()
    }

    /// Whether nothing was delivered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets them, so that a long run takes no more memory than it must.
    pub fn clear(&self) {
        let mut kept = self.kept();
        kept.all.clear();
        kept.taken = 0;
    }

    fn take(&self) -> Option<T> {
        let mut kept = self.kept();
        let delivery = kept.all.get(kept.taken)?.clone();
        kept.taken += 1;
        // Two may have come for one notification: whoever waits next must not miss the second.
        if kept.taken < kept.all.len() {
            self.arrived.notify_one();
        }
        Some(delivery)
    }

    fn kept(&self) -> MutexGuard<'_, Kept<T>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone + fmt::Debug> fmt::Debug for Deliveries<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Deliveries").field(&self.all()).finish()
    }
}
