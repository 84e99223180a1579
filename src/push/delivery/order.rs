//! What goes to one phone about one login goes one after the other: a withdrawal that overtook its alert would leave
//! the notification standing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use countersign_protocol::{DeviceId, LoginId};
use tokio::sync;

type Addressee = (LoginId, DeviceId);

/// Who is being told of what at present.
#[derive(Default)]
pub(super) struct Order(Mutex<HashMap<Addressee, Arc<sync::Mutex<()>>>>);

/// Nothing else goes to the phone about the login until this is dropped.
pub(super) struct Alone<'a> {
    order: &'a Order,
    addressee: Addressee,
    _guard: sync::OwnedMutexGuard<()>,
}

impl Order {
    /// Once what went before has its answer.
    pub(super) async fn alone(&self, login: LoginId, device: DeviceId) -> Alone<'_> {
        let addressee = (login, device);
        let lock = Arc::clone(self.told().entry(addressee).or_default());
        Alone { order: self, addressee, _guard: lock.lock_owned().await }
    }

    fn told(&self) -> MutexGuard<'_, HashMap<Addressee, Arc<sync::Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        let mut told = self.order.told();
        // One is the map's and one this guard's: nobody waits.
        if told.get(&self.addressee).is_some_and(|lock| Arc::strong_count(lock) <= 2) {
            told.remove(&self.addressee);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn one_phone_is_told_of_one_login_by_one_at_a_time_and_nothing_stays_behind() {
        let order = Order::default();
        let [login, other] = [1, 2].map(|id| LoginId(Uuid::from_u128(id)));
        let phone = DeviceId(Uuid::from_u128(3));
        let first = order.alone(login, phone).await;
        let mut second = Box::pin(order.alone(login, phone));
        assert!((&mut second).now_or_never().is_none());
        assert!(order.alone(other, phone).now_or_never().is_some(), "another login");
        drop(first);
        drop(second.now_or_never().expect("its turn"));
        assert!(order.told().is_empty());
    }
}
