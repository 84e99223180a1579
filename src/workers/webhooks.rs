//! Drives webhooks: each for itself, so that a server that keeps its caller waiting delays nobody else.

use std::{collections::HashMap, pin::pin, sync::Arc, time::Duration};

use countersign_protocol::{MspId, WebhookId};
use futures_util::TryFutureExt;
use tokio::{
    select,
    task::{Id, JoinSet},
};

use super::supervisor::take;
use crate::{
    audit::{Delivery, Webhooks},
    domain::Failure,
};

/// How often it is looked for what is due while no log of this node grows: what has to be tried again, and what other
/// nodes left.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// The deliveries under way, and whose they are.
#[derive(Default)]
struct Running {
    deliveries: JoinSet<Result<Delivery, Failure>>,
    of: HashMap<Id, MspId>,
    failing: bool,
}

pub(super) async fn deliver(webhooks: Arc<Webhooks>) {
    let mut running = Running::default();
    let mut blind = false;
    loop {
        let mut due = Vec::new();
        let in_hand = running.in_hand();
        let found = webhooks.due(&in_hand).map_ok(|found| due = found);
        take("webhooks", found, &mut blind).await;
        due.into_iter().for_each(|due| running.begin(&webhooks, due));
        running.until(webhooks.wanted(LOOK)).await;
    }
}

impl Running {
    /// The msp of each.
    fn in_hand(&self) -> Vec<MspId> {
        self.of.values().copied().collect()
    }

    fn begin(&mut self, webhooks: &Arc<Webhooks>, (webhook, msp): (WebhookId, MspId)) {
        let webhooks = Arc::clone(webhooks);
        let begun = self.deliveries.spawn(async move { webhooks.deliver(webhook).await });
        self.of.insert(begun.id(), msp);
    }

    /// Returns once it is to be looked for what is due: when it is `wanted`, or when a delivery that ended has more
    /// behind it or makes room for others. It is the same wait however many end meanwhile: the wake-up that it has
    /// taken would be lost with it.
    async fn until(&mut self, wanted: impl Future<Output = ()>) {
        let mut wanted = pin!(wanted);
        loop {
            select! {
                Some(ended) = self.deliveries.join_next_with_id() => {
                    let (id, ended) = match ended {
                        Ok(ended) => ended,
                        Err(error) => (error.id(), Err(Failure::Fault(error.to_string()))),
                    };
                    let mut look = self.makes_room(id);
                    let ended = ended.map(|delivery| look |= delivery == Delivery::Done { more: true });
                    take("webhook deliveries", async { ended }, &mut self.failing).await;
                    if look {
                        return;
                    }
                }
                () = &mut wanted => return,
            }
        }
    }

    /// Takes an ended one out; whether others may have waited for it.
    fn makes_room(&mut self, ended: Id) -> bool {
        let full = self.of.len() >= Webhooks::AT_ONCE;
        let Some(msp) = self.of.remove(&ended) else { return full };
        let left = self.of.values().filter(|other| **other == msp).count();
        full || left + 1 >= Webhooks::AT_ONCE_OF_ONE
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{self, sleep};

    use super::*;
    use crate::audit::Nudge;

    #[tokio::test(start_paused = true)]
    async fn a_delivery_that_ends_while_events_gather_loses_no_wake_up() {
        let (mut running, grown) = (Running::default(), Nudge::default());
        running.deliveries.spawn(async {
            sleep(Duration::from_secs(1)).await;
            Ok(Delivery::Done { more: false })
        });
        grown.give();
        let gather = Duration::from_secs(2);
        let begun = time::Instant::now();
        running
            .until(async {
                grown.given(LOOK).await;
                sleep(gather).await;
            })
            .await;
        assert_eq!(begun.elapsed(), gather);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_had_all_that_one_may_have_is_looked_for_once_one_of_them_ends() {
        let mut running = Running::default();
        for number in 0..Webhooks::AT_ONCE_OF_ONE {
            let begun = running.deliveries.spawn(async move {
                sleep(Duration::from_secs(1 + number as u64)).await;
                Ok(Delivery::Done { more: false })
            });
            running.of.insert(begun.id(), MspId(uuid::Uuid::nil()));
        }
        let begun = time::Instant::now();
        running.until(sleep(Duration::from_secs(60))).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(1));
        // With room left, nobody waits for the next one.
        running.until(sleep(Duration::from_secs(60))).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(61));
    }
}
