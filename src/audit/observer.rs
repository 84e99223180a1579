//! Observations: facts that change no row. They travel by the stream alone, or by the outbox where there is none.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use countersign_protocol::{Instant, MspId};
use futures_util::future::join_all;
use tokio::{
    runtime::Handle,
    sync::mpsc,
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{
    quota::{Counted, Quotas, WINDOW},
    stream::{Producer, Staged},
};
use crate::{
    ambient::{Clock, Random},
    domain::{Event, Failure, Occasion},
    metrics::Metrics,
    store::{Scope, Store},
};

/// How many wait at most; more are counted and dropped, since nobody waits for an observation.
const WAITING: usize = 10_000;
/// How many are written together, and how long the first of them waits for the others.
const TOGETHER: usize = 100;
const GATHER: Duration = Duration::from_millis(100);
/// How often writing is tried, and the pause before it is tried again.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(2);

/// What an observer works with.
pub struct ObserverParts {
    /// The database.
    pub store: Arc<Store>,
    /// The stream, where there is one.
    pub stream: Option<Arc<Producer>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub random: Arc<dyn Random>,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

/// Whoever records what was observed.
pub trait Observe: Send + Sync {
    /// Sends an observation on its way; nobody waits for it.
    fn observe(&self, event: Event);
}

/// Records observations in the background.
pub struct Observer {
    waiting: Mutex<Option<mpsc::Sender<Event>>>,
    writing: Mutex<Option<JoinHandle<()>>>,
    metrics: Arc<Metrics>,
}

impl Observer {
    /// Starts on `runtime`.
    #[must_use]
    pub fn start(parts: ObserverParts, runtime: &Handle) -> Self {
        let (waiting, events) = mpsc::channel(WAITING);
        let metrics = Arc::clone(&parts.metrics);
        let writing = runtime.spawn(Writing { parts, quotas: Quotas::default() }.run(events));
        Self { waiting: Mutex::new(Some(waiting)), writing: Mutex::new(Some(writing)), metrics }
    }

    /// Takes no more, and writes what waits, for `bound` at most.
    pub async fn stop(&self, bound: Duration) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writing) = writing
            && timeout(bound, writing).await.is_err()
        {
            tracing::error!(
                "observations were still waiting to be recorded when the service stopped"
            );
        }
    }
}

impl Observe for Observer {
    fn observe(&self, event: Event) {
        debug_assert!(event.fact.is_observation(), "{} changes something", event.fact.word());
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = waiting.as_ref().is_some_and(|waiting| waiting.try_send(event).is_ok());
        if !sent {
            self.metrics.audit.observations_lost.inc();
        }
    }
}

struct Writing {
    parts: ObserverParts,
    quotas: Quotas,
}

impl Writing {
    async fn run(mut self, mut events: mpsc::Receiver<Event>) {
        loop {
            let mut batch = Vec::new();
            match timeout(WINDOW, events.recv()).await {
                Ok(Some(first)) => {
                    self.judge(first, &mut batch);
                    let gather = async {
                        while batch.len() < TOGETHER
                            && let Some(next) = events.recv().await
                        {
                            self.judge(next, &mut batch);
                        }
                    };
                    let _ = timeout(GATHER, gather).await;
                }
                Ok(None) => break,
                // Nothing came for a window's length: the last one is over.
                Err(_) => batch.extend(self.counted(self.parts.clock.now())),
            }
            self.write(batch).await;
        }
        let now = self.parts.clock.now();
        let rest = self.quotas.close().into_iter().map(|counted| self.event(&counted, now));
        self.write(rest.collect()).await;
    }

    fn judge(&mut self, event: Event, batch: &mut Vec<Event>) {
        batch.extend(self.counted(event.at));
        if self.quotas.keeps(&event) {
            batch.push(event);
        } else {
            self.parts.metrics.audit.observations_counted.inc();
        }
    }

    /// What was counted in the window, if it is over by `now`.
    fn counted(&mut self, now: Instant) -> Vec<Event> {
        let (since, counted) = self.quotas.end(now);
        counted.iter().map(|counted| self.event(counted, since)).collect()
    }

    fn event(&self, counted: &Counted, since: Instant) -> Event {
        let at = self.parts.clock.now();
        let first = &counted.first;
        let (entity, actor) = counted.entity();
        let occasion = Occasion { at, msp: first.msp, tenant: first.tenant, actor };
        let id = self.parts.random.id(at);
        let event = occasion.event(id, entity, 0, counted.sentence(), counted.fact(since));
        let about = counted.about().unwrap_or_else(|| event.about.clone());
        Event { about, ..event }
    }

    /// By the stream, and what does not get there by the outbox.
    async fn write(&self, batch: Vec<Event>) {
        let sent = join_all(batch.into_iter().map(async |event| self.carried(event).await)).await;
        let mut left: HashMap<MspId, Vec<Event>> = HashMap::new();
        for event in sent.into_iter().flatten() {
            left.entry(event.msp).or_default().push(event);
        }
        for (msp, events) in left {
            self.keep(msp, events).await;
        }
    }

    /// The event again, if the stream did not take it.
    async fn carried(&self, event: Event) -> Option<Event> {
        let Some(stream) = &self.parts.stream else { return Some(event) };
        let Ok(body) = serde_json::to_string(&event) else { return None };
        let staged = Staged { event: event.id, msp: event.msp, body };
        if stream.carry(staged).await { None } else { Some(event) }
    }

    async fn keep(&self, msp: MspId, events: Vec<Event>) {
        let lost = events.len() as u64;
        for tried in 1..=TRIES {
            match self.commit(msp, events.clone()).await {
                Ok(()) => return,
                Err(failure) if tried < TRIES => {
                    tracing::warn!(?failure, "observations wait to be recorded");
                    sleep(PAUSE).await;
                }
                Err(failure) => {
                    self.parts.metrics.audit.observations_lost.inc_by(lost);
                    tracing::error!(lost, ?failure, "observations could not be recorded");
                }
            }
        }
    }

    async fn commit(&self, msp: MspId, mut events: Vec<Event>) -> Result<(), Failure> {
        let Some(first) = events.pop() else { return Ok(()) };
        let work = self.parts.store.transact(Scope::msp(msp), move |tx| {
            Box::pin(async move { Ok(tx.commit(first, events).await?) })
        });
        work.await
    }
}
