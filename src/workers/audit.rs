//! Drives the audit path: a loop a shard of the stream, one for the outbox, and the sweeps.

use std::{sync::Arc, time::Duration};

use futures_util::TryFutureExt;
use tokio::{task::JoinSet, time::sleep};

use super::{
    supervisor::{repeat, take},
    webhooks,
};
use crate::audit::{Audit, Flushed, Reader, sign_checkpoints};

/// How long after a commit the outbox is read, so that a batch can gather.
const GATHER: Duration = Duration::from_millis(20);
/// How often the outbox is read while nobody says that there is something.
const LOOK: Duration = Duration::from_secs(1);
/// The pause after a failure, and while Redis is down.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) fn start(tasks: &mut JoinSet<()>, audit: &Arc<Audit>) {
    for reader in audit.readers() {
        tasks.spawn(stream(Arc::clone(audit), reader));
    }
    tasks.spawn(outbox(Arc::clone(audit)));
    tasks.spawn(repeat("audit backlog", LOOK, Arc::clone(audit), async |audit| {
        audit.measure().await
    }));
    tasks.spawn(repeat("audit checkpoints", audit.checkpoint, Arc::clone(audit), async |audit| {
        sign_checkpoints(&audit.notary).await.map(drop)
    }));
    tasks.spawn(repeat("audit shipping", audit.shipping, Arc::clone(audit), async |audit| {
        audit.shipper.ship().await.map(drop)
    }));
    let hooks = Arc::clone(&audit.webhooks);
    tasks.spawn(repeat("webhooks' lag", webhooks::LOOK, Arc::clone(&hooks), async |hooks| {
        hooks.measure().await
    }));
    tasks.spawn(webhooks::deliver(hooks));
    let hour = Duration::from_secs(3600);
    tasks.spawn(repeat("audit partitions", hour, Arc::clone(audit), async |audit| {
        audit.prepare().await
    }));
    tasks.spawn(repeat("audit retention", hour, Arc::clone(audit), async |audit| {
        audit.retention.request().await?;
        audit.retention.execute().await.map(drop)
    }));
}

async fn stream(audit: Arc<Audit>, mut reader: Reader) {
    let mut failing = false;
    loop {
        if reader.is_up() {
            let step = audit.flusher.step_from_stream(&mut reader);
            take("audit stream", step.map_ok(drop), &mut failing).await;
        }
        if failing || !reader.is_up() {
            sleep(PAUSE).await;
        }
    }
}

async fn outbox(audit: Arc<Audit>) {
    let mut failing = false;
    loop {
        let mut flushed = Flushed::default();
        let step = audit.drain().map_ok(|did| flushed = did);
        take("audit outbox", step, &mut failing).await;
        if flushed.looked_at == 0 || failing {
            audit.nudge.given(LOOK).await;
            sleep(GATHER).await;
        }
    }
}
