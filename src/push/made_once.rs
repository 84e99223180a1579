//! What many need and one makes.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::Mutex;

use super::Fault;

/// A value that is made by one at a time, however many ask for it. Whoever waited for a making that failed
/// has its failure too: with a vendor that doesn't answer, two hundred would else wait one after the other.
#[derive(Debug)]
pub(super) struct MadeOnce<T> {
    held: RwLock<Option<Arc<T>>>,
    /// Held while one is made; what the last making failed with.
    making: Mutex<Option<Fault>>,
    makings: AtomicU64,
}

impl<T> Default for MadeOnce<T> {
    fn default() -> Self {
        Self { held: RwLock::default(), making: Mutex::default(), makings: AtomicU64::new(0) }
    }
}

impl<T> MadeOnce<T> {
    /// The value that is held if it is good, else the one that `make` brings.
    pub(super) async fn get<Making: Future<Output = Result<T, Fault>>>(
        &self,
        is_good: impl Fn(&T) -> bool,
        make: impl FnOnce() -> Making,
    ) -> Result<Arc<T>, Fault> {
        if let Some(held) = self.held(&is_good) {
            return Ok(held);
        }
        let before = self.makings.load(Ordering::SeqCst);
        let mut failed = self.making.lock().await;
        if let Some(held) = self.held(&is_good) {
            return Ok(held);
        }
        if let Some(fault) = &*failed
            && self.makings.load(Ordering::SeqCst) != before
        {
            return Err(fault.clone());
        }
        let made = make().await;
        self.makings.fetch_add(1, Ordering::SeqCst);
        // That one gave up on its own account says nothing to the others.
        *failed = made.as_ref().err().filter(|fault| **fault != Fault::Unwanted).cloned();
        made.map(|made| self.hold(made))
    }

    /// As [`get`](Self::get), for a value that is good and soon won't be: one makes the next, the others
    /// go on with what there is. So does the one if the making fails.
    pub(super) async fn renew<Making: Future<Output = Result<T, Fault>>>(
        &self,
        held: Arc<T>,
        is_fresh: impl Fn(&T) -> bool,
        make: impl FnOnce() -> Making,
    ) -> Arc<T> {
        let Ok(_making) = self.making.try_lock() else { return held };
        if let Some(fresh) = self.held(&is_fresh) {
            return fresh;
        }
        match make().await {
            Ok(made) => self.hold(made),
            Err(_) => held,
        }
    }

    /// The value that is held, if it is good.
    pub(super) fn held(&self, is_good: impl Fn(&T) -> bool) -> Option<Arc<T>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|held| is_good(held)).cloned()
    }

    /// Holds this value from now on.
    pub(super) fn hold(&self, value: T) -> Arc<T> {
        let value = Arc::new(value);
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&value));
        value
    }

    /// Holds this value no longer; one that came since stays.
    pub(super) fn drop_held(&self, value: &Arc<T>) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_some_and(|held| Arc::ptr_eq(held, value)) {
            *held = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn a_failure_is_shared_by_all_who_waited_for_it_and_by_nobody_else() {
        let cell = MadeOnce::<u8>::default();
        let tries = AtomicU64::new(0);
        let failing = || async {
            tries.fetch_add(1, Ordering::SeqCst);
            yield_now().await;
            Err(Fault::later("timeout", None))
        };
        let all = join_all((0..200).map(|_| cell.get(|_| true, failing))).await;
        assert!(all.iter().all(Result::is_err));
        assert_eq!(tries.load(Ordering::SeqCst), 1);
        assert_eq!(cell.get(|_| true, || async { Ok(7) }).await.as_deref(), Ok(&7));
    }

    #[tokio::test]
    async fn whoever_gives_up_the_making_leaves_it_to_the_next() {
        let cell = MadeOnce::<u8>::default();
        let giving_up = cell.get(
            |_| true,
            || async {
                yield_now().await;
                Err(Fault::Unwanted)
            },
        );
        let next = cell.get(|_| true, || async { Ok(7) });
        let (gave_up, next) = tokio::join!(giving_up, next);
        assert_eq!((gave_up, next.as_deref()), (Err(Fault::Unwanted), Ok(&7)));
    }

    #[tokio::test]
    async fn a_value_that_is_still_good_is_used_while_the_next_is_made() {
        let cell = MadeOnce::<u8>::default();
        let old = cell.hold(1);
        let next = cell.renew(
            Arc::clone(&old),
            |value| *value == 2,
            || async {
                let other =
                    cell.renew(Arc::clone(&old), |value| *value == 2, || async { Ok(3) }).await;
                assert_eq!(*other, 1);
                Ok(2)
            },
        );
        assert_eq!(*next.await, 2);
        let failed = cell.renew(old, |_| false, || async { Err(Fault::ours("invalid_grant")) });
        assert_eq!(*failed.await, 1);
    }

    #[test]
    fn what_came_since_is_not_dropped() {
        let cell = MadeOnce::<u8>::default();
        let old = cell.hold(1);
        cell.hold(2);
        cell.drop_held(&old);
        assert_eq!(cell.held(|_| true).as_deref(), Some(&2));
    }
}
