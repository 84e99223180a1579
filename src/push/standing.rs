//! Whether a channel could work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::{Fault, Trouble};

/// What a channel works with, or why it can't, and what its vendor last said of its keys.
#[derive(Debug)]
pub(super) struct Standing<R> {
    ready: RwLock<Result<Arc<R>, Trouble>>,
    /// The reason of a vendor that refused keys or settings, until it takes them.
    refused: Mutex<Option<String>>,
}

impl<R> Standing<R> {
    pub(super) fn new(read: Result<R, Trouble>) -> Self {
        Self { ready: RwLock::new(read.map(Arc::new)), refused: Mutex::default() }
    }

    /// What the channel works with.
    ///
    /// # Errors
    /// Why there is nothing.
    pub(super) fn ready(&self) -> Result<Arc<R>, Trouble> {
        self.ready.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// As [`ready`](Self::ready), for a send.
    pub(super) fn ready_to_send(&self) -> Result<Arc<R>, Fault> {
        self.ready().map_err(|_| Fault::ours("unreadable_keys"))
    }

    /// Works with this from now on; with what there was, where it can't be read.
    pub(super) fn replace(&self, read: Result<R, Trouble>) -> Result<(), Trouble> {
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(new) => {
                *ready = Ok(Arc::new(new));
                *self.refused() = None;
                Ok(())
            }
            Err(why) => {
                if ready.is_err() {
                    *ready = Err(why.clone());
                }
                Err(why)
            }
        }
    }

    /// Learns from what became of a send.
    pub(super) fn learn(&self, fate: &Result<(), Fault>) {
        match fate {
            Ok(()) | Err(Fault::Gone { .. } | Fault::Suspicious { .. }) => *self.refused() = None,
            Err(Fault::Ours { reason }) if reason != "unreadable_keys" => {
                *self.refused() = Some(reason.clone());
            }
            Err(_) => {}
        }
    }

    /// What is wrong.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        let refused = || self.refused().clone().map(Trouble::Refused);
        self.ready().err().or_else(refused)
    }

    fn refused(&self) -> MutexGuard<'_, Option<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing() -> Trouble {
        Trouble::setting("push.apns.key_file", "no such file")
    }

    #[test]
    fn old_keys_stay_where_new_ones_can_t_be_read() {
        let standing = Standing::new(Ok(1));
        assert_eq!(standing.replace(Err(missing())), Err(missing()));
        assert_eq!((standing.ready().as_deref(), standing.trouble()), (Ok(&1), None));
    }

    #[test]
    fn what_the_vendor_refuses_is_trouble_until_it_takes_it() {
        let standing = Standing::new(Ok(1));
        standing.learn(&Err(Fault::ours("InvalidProviderToken")));
        assert_eq!(standing.trouble(), Some(Trouble::Refused("InvalidProviderToken".into())));
        standing.learn(&Err(Fault::later("timeout", None)));
        assert!(standing.trouble().is_some());
        standing.learn(&Ok(()));
        assert_eq!(standing.trouble(), None);
    }

    #[test]
    fn keys_that_were_missing_are_read_later() {
        let standing = Standing::new(Err::<i32, _>(missing()));
        assert_eq!(standing.trouble(), Some(missing()));
        assert_eq!(standing.ready_to_send(), Err(Fault::ours("unreadable_keys")));
        standing.replace(Ok(2)).unwrap();
        assert_eq!((standing.ready().as_deref(), standing.trouble()), (Ok(&2), None));
    }
}
