//! Repeats each worker's step until the service stops. A step that fails is logged and tried again: workers
//! outlive every fault of their dependencies.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt, TryFutureExt};
use tokio::{sync::watch, task::JoinSet};

use super::{LostWakes, audit, forget, read_revocations, reload_keys};
use crate::{
    audit::Audit,
    domain::Failure,
    flows::{Context, login::expire_due},
    wake::REVOCATIONS,
};

/// The running workers; dropped, they end.
pub struct Workers {
    tasks: JoinSet<()>,
}

impl Workers {
    /// Ends the workers, wherever they are: every step is safe to be cut.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Starts all workers. `wakes_arrive` tells whether other nodes' wake-ups reach this one.
pub fn start(
    ctx: Arc<Context>,
    audit: &Arc<Audit>,
    wakes_arrive: watch::Receiver<bool>,
) -> Workers {
    let mut tasks = JoinSet::new();
    audit::start(&mut tasks, audit);
    tasks.spawn(revocations(Arc::clone(&ctx)));
    tasks.spawn(lost_wakes(Arc::clone(&ctx), wakes_arrive));
    tasks.spawn(repeat("expiry", Duration::from_millis(500), Arc::clone(&ctx), async |ctx| {
        expire_due(ctx).await.map(drop)
    }));
    tasks.spawn(repeat("keys", Duration::from_secs(30), Arc::clone(&ctx), async |ctx| {
        reload_keys(ctx).await
    }));
    tasks.spawn(repeat("forget", Duration::from_secs(60), ctx, async |ctx| {
        forget(ctx).await.map(drop)
    }));
    Workers { tasks }
}

/// Takes the step, and reports how it ended. A panic is a failed step: without its workers a node would serve
/// nobody for long.
pub(super) async fn take(
    worker: &'static str,
    step: impl Future<Output = Result<(), Failure>>,
    failing: &mut bool,
) {
    let result = AssertUnwindSafe(step).catch_unwind().await;
    let result = result.unwrap_or_else(|_| Err(Failure::Fault("the step panicked".into())));
    match result {
        Ok(()) if *failing => {
            *failing = false;
            tracing::info!(worker, "the worker is back at work");
        }
        Ok(()) => {}
        // Once per outage, not once per try.
        Err(failure) if !*failing => {
            *failing = true;
            tracing::warn!(worker, ?failure, "the worker's step failed; it goes on trying");
        }
        Err(_) => {}
    }
}

async fn revocations(ctx: Arc<Context>) {
    let mut failing = false;
    loop {
        let mut parked = ctx.hub.listen(&[REVOCATIONS]);
        take("revocations", read_revocations(&ctx), &mut failing).await;
        let began = tokio::time::Instant::now();
        parked.woken(Duration::from_secs(1)).await;
        // While the node drains, every wait ends at once: keep a pace.
        tokio::time::sleep_until(began + Duration::from_millis(20)).await;
    }
}

async fn lost_wakes(ctx: Arc<Context>, mut wakes_arrive: watch::Receiver<bool>) {
    let mut lost = LostWakes::default();
    let mut failing = false;
    loop {
        if wakes_arrive.wait_for(|arrive| !arrive).await.is_err() {
            return;
        }
        take("lost wakes", lost.step(&ctx).map_ok(drop), &mut failing).await;
        tokio::time::sleep(Duration::from_millis(900)).await;
        if *wakes_arrive.borrow() {
            lost.reset();
        }
    }
}

pub(super) async fn repeat<P, S>(name: &'static str, pause: Duration, parts: Arc<P>, step: S)
where
    S: AsyncFn(&P) -> Result<(), Failure>,
{
    let mut failing = false;
    loop {
        take(name, step(&parts), &mut failing).await;
        tokio::time::sleep(pause).await;
    }
}
