//! Brings events into the log. From the stream or from the outbox: the same batch, the same transaction, and what
//! comes twice is known.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use countersign_protocol::MspId;

use super::{
    Nudge,
    stream::{Reader, Refused},
    stuck::{Pace, StuckLogs},
    topic,
};
use crate::{
    ambient::Clock,
    domain::Failure,
    metrics::Metrics,
    store::{
        Store, StoreError,
        audit::{Appended, DeadLetter, NewEntry, append, bury},
        outbox,
    },
    wake::Wake,
};

/// How long an event may be on its way by the stream before it is taken out of the outbox directly.
pub const STREAM_HAS: Duration = Duration::from_secs(5);

/// What one step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flushed {
    /// How many events were looked at.
    pub looked_at: usize,
    /// How many were added to the log.
    pub added: usize,
}

/// Brings events into the log.
pub struct Flusher {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    wake: Arc<dyn Wake>,
    metrics: Arc<Metrics>,
    longest: usize,
    stuck: StuckLogs,
    pace: Pace,
    grown: Arc<Nudge>,
}

/// What a batch came to.
#[derive(Default)]
struct Written {
    added: usize,
    grown: Vec<MspId>,
    stuck: HashSet<MspId>,
}

/// The longest batch on SQLite, whose one writer everybody else waits for meanwhile.
const SQLITE_BATCH: usize = 100;

impl Flusher {
    /// A flusher of batches of `longest` events; on SQLite of a hundred at most.
    #[must_use]
    pub fn new(
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        wake: Arc<dyn Wake>,
        metrics: Arc<Metrics>,
        longest: usize,
    ) -> Self {
        let longest = if store.is_postgres() { longest } else { longest.min(SQLITE_BATCH) };
        let (stuck, pace, grown) = (StuckLogs::default(), Pace::default(), Arc::default());
        Self { store, clock, wake, metrics, longest, stuck, pace, grown }
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Says that this node has added to a log.
    #[must_use]
    pub fn grown(&self) -> Arc<Nudge> {
        Arc::clone(&self.grown)
    }

    /// The time.
    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Counts.
    pub(super) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// One step from the stream: takes a batch, writes it in one transaction, acknowledges it. Waits half a second
    /// for the first entry.
    ///
    /// # Errors
    /// If Redis or the database does not answer; nothing is lost, and what was written is known next time.
    pub async fn step_from_stream(&self, reader: &mut Reader) -> Result<Flushed, Failure> {
        let unavailable = |error: &dyn std::fmt::Display| Failure::Unavailable(error.to_string());
        let batch = self.pace.batch(self.longest);
        let taken = reader.take(batch).await.map_err(|error| unavailable(&error))?;
        if taken.is_empty() {
            return Ok(Flushed::default());
        }
        let written = async {
            let written = self.write(&taken.entries, "stream").await?;
            for Refused { reason, found, event } in taken.refused.iter().cloned() {
                self.bury(DeadLetter { source: "stream", reason, entry: found, event }).await?;
            }
            Ok::<_, StoreError>(written)
        };
        let written = written.await.inspect_err(|_| reader.hand_out_again())?;
        let acknowledged = reader.written(&taken, &written.stuck).await;
        acknowledged.map_err(|error| unavailable(&error))?;
        Ok(Flushed { looked_at: taken.len(), added: written.added })
    }

    /// One step from the outbox: writes the oldest events that have waited for `wait`. Zero where no stream
    /// carries them.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn step_from_outbox(&self, wait: Duration) -> Result<Flushed, Failure> {
        let now = self.clock.now();
        let limit = i64::try_from(self.pace.batch(self.longest)).unwrap_or(i64::MAX);
        let mut across = self.store.across().await?;
        let stuck = self.stuck.now(now);
        let waiting = outbox::waiting(&mut across, (now, wait), &stuck, limit).await?;
        drop(across);
        let looked_at = waiting.len();
        let (mut entries, mut letters) = (Vec::with_capacity(looked_at), Vec::new());
        for outbox::Waiting { id, body } in waiting {
            match NewEntry::parse(body, id) {
                Ok(entry) => entries.push(entry),
                Err((reason, entry)) => {
                    letters.push(DeadLetter { source: "outbox", reason, entry, event: Some(id) });
                }
            }
        }
        let written = self.write(&entries, "outbox").await?;
        for letter in letters {
            self.bury(letter).await?;
        }
        Ok(Flushed { looked_at, added: written.added })
    }

    /// Writes a batch. Where the tables of one log stand against it, log by log; where the database refuses a value
    /// of it, entry by entry: a bad one stops nobody else.
    async fn write(
        &self,
        entries: &[NewEntry],
        source: &'static str,
    ) -> Result<Written, StoreError> {
        if entries.is_empty() {
            return Ok(Written::default());
        }
        let began = tokio::time::Instant::now();
        let mut written = Written::default();
        let result = match append(&self.store, entries, self.clock.now()).await {
            Err(error) if !error.may_pass() => self.log_by_log(entries, source, &mut written).await,
            appended => appended.map(|appended| written.take(appended)),
        };
        self.tell(&written.grown);
        match result {
            Ok(()) => self.pace.faster(),
            Err(error) => {
                self.pace.slower();
                return Err(error);
            }
        }
        self.metrics.audit.flushed(source, entries.len(), written.added, began.elapsed());
        Ok(written)
    }

    async fn log_by_log(
        &self,
        entries: &[NewEntry],
        source: &'static str,
        written: &mut Written,
    ) -> Result<(), StoreError> {
        let mut logs: BTreeMap<MspId, Vec<NewEntry>> = BTreeMap::new();
        for entry in entries {
            logs.entry(entry.index.msp).or_default().push(entry.clone());
        }
        for (msp, entries) in logs {
            let now = self.clock.now();
            match append(&self.store, &entries, now).await {
                Ok(appended) => written.take(appended),
                Err(error) if error.is_refused() => {
                    self.one_by_one(&entries, source, written).await?;
                }
                Err(error) if error.may_pass() => return Err(error),
                Err(error) => {
                    tracing::error!(%msp, %error, "the audit log of an msp can't be added to");
                    self.stuck.add(msp, now);
                    written.stuck.insert(msp);
                }
            }
        }
        Ok(())
    }

    async fn one_by_one(
        &self,
        entries: &[NewEntry],
        source: &'static str,
        written: &mut Written,
    ) -> Result<(), StoreError> {
        for entry in entries {
            match append(&self.store, std::slice::from_ref(entry), self.clock.now()).await {
                Ok(appended) => written.take(appended),
                Err(error) if error.is_refused() => {
                    let (reason, event) = (error.to_string(), Some(entry.index.id));
                    let entry = entry.body.clone();
                    self.bury(DeadLetter { source, reason, entry, event }).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn bury(&self, letter: DeadLetter) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.metrics.audit.dead_letters.inc();
        if letter.event.is_none() && !self.metrics.audit.may_keep_forgery(now) {
            return Ok(());
        }
        let DeadLetter { source, reason, event, .. } = &letter;
        tracing::error!(
            source,
            reason,
            ?event,
            "an entry can't stand in the audit log: it is a dead letter"
        );
        bury(&self.store, &letter, now).await
    }

    fn tell(&self, grown: &[MspId]) {
        let topics: Vec<_> = grown.iter().map(|msp| topic(*msp)).collect();
        if !topics.is_empty() {
            self.wake.wake(&topics);
            self.grown.give();
        }
    }
}

impl Written {
    fn take(&mut self, appended: Appended) {
        self.added += appended.added;
        self.grown.extend(appended.grown);
    }
}
