//! Drives webhooks: each for itself, so that a server that keeps its caller waiting delays nobody else.

use std::{sync::Arc, time::Duration};

use futures_util::TryFutureExt;
use tokio::{select, task::JoinSet};

use super::supervisor::take;
use crate::{
    audit::{Delivery, Webhooks},
    domain::Failure,
};

/// How often it is looked for what is due while no log of this node grows: what has to be tried again, and what other
/// nodes left.
pub(super) const LOOK: Duration = Duration::from_secs(5);

pub(super) async fn deliver(webhooks: Arc<Webhooks>) {
    let mut running = JoinSet::new();
    let (mut blind, mut failing) = (false, false);
    loop {
        let free = Webhooks::AT_ONCE.saturating_sub(running.len());
        if free > 0 {
            let mut due = Vec::new();
            let found = webhooks.due(free).map_ok(|found| due = found);
            take("webhooks", found, &mut blind).await;
            for webhook in due {
                let webhooks = Arc::clone(&webhooks);
                running.spawn(async move { webhooks.deliver(webhook).await });
            }
        }
        loop {
            let full = running.len() >= Webhooks::AT_ONCE;
            select! {
                Some(ended) = running.join_next() => {
                    let mut more = full;
                    let ended = ended.unwrap_or_else(|error| Err(Failure::Fault(error.to_string())));
                    let ended = ended.map(|delivery| more |= delivery == Delivery::Done { more: true });
                    take("webhook deliveries", async { ended }, &mut failing).await;
                    if more {
                        break;
                    }
                }
                () = webhooks.wanted(LOOK) => break,
            }
        }
    }
}
