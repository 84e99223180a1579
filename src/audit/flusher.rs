//! Brings events into the log. From the stream or from the outbox: the same batch, the same transaction, and what
//! comes twice is known.

use std::{sync::Arc, time::Duration};

use countersign_protocol::{EventId, Instant, MspId};

use super::{
    stream::{Reader, Refused},
    topic,
};
use crate::{
    ambient::{Clock, Random},
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
    /// The database.
    pub store: Arc<Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids of dead letters.
    pub random: Arc<dyn Random>,
    /// Wakes those who follow a log.
    pub wake: Arc<dyn Wake>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// The longest batch.
    pub batch: usize,
}

/// The longest batch on SQLite, whose one writer everybody else waits for meanwhile.
const SQLITE_BATCH: usize = 100;

impl Flusher {
    fn batch(&self) -> usize {
        if self.store.is_postgres() { self.batch } else { self.batch.min(SQLITE_BATCH) }
    }

    /// One step from the stream: takes a batch, writes it in one transaction, acknowledges it. Waits half a second
    /// for the first entry.
    ///
    /// # Errors
    /// If Redis or the database does not answer; nothing is lost, and what was written is known next time.
    pub async fn step_from_stream(&self, reader: &mut Reader) -> Result<Flushed, Failure> {
        let unavailable = |error: &dyn std::fmt::Display| Failure::Unavailable(error.to_string());
        let taken = reader.take(self.batch()).await.map_err(|error| unavailable(&error))?;
        if taken.is_empty() {
            return Ok(Flushed::default());
        }
        for refused in &taken.refused {
            self.bury_refused(refused).await?;
        }
        let appended = self.write(&taken.entries, "stream").await?;
        reader.written(&taken).await.map_err(|error| unavailable(&error))?;
        Ok(Flushed { looked_at: taken.len(), added: appended.added })
    }

    /// One step from the outbox: writes the oldest events that have waited for `wait`. Zero where no stream
    /// carries them.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn step_from_outbox(&self, wait: Duration) -> Result<Flushed, Failure> {
        let limit = i64::try_from(self.batch()).unwrap_or(i64::MAX);
        let mut across = self.store.across().await?;
        let waiting = outbox::waiting(&mut across, self.clock.now() - wait, limit).await?;
        drop(across);
        let mut entries = Vec::with_capacity(waiting.len());
        let looked_at = waiting.len();
        for outbox::Waiting { id, body } in waiting {
            match NewEntry::parse(body, id) {
                Ok(entry) => entries.push(entry),
                Err((reason, body)) => self.bury("outbox", &reason, body, id).await?,
            }
        }
        let appended = self.write(&entries, "outbox").await?;
        Ok(Flushed { looked_at, added: appended.added })
    }

    /// Writes a batch; where the database refuses a value of it, one by one, so that a bad entry stops nobody else.
    async fn write(
        &self,
        entries: &[NewEntry],
        source: &'static str,
    ) -> Result<Appended, StoreError> {
        let began = tokio::time::Instant::now();
        let appended = match append(&self.store, entries, self.clock.now()).await {
            Err(error) if error.is_refused() => self.one_by_one(entries, source).await?,
            appended => appended?,
        };
        self.metrics.audit.flushed(source, entries.len(), appended.added, began.elapsed());
        self.tell(&appended.grown);
        Ok(appended)
    }

    async fn one_by_one(
        &self,
        entries: &[NewEntry],
        source: &'static str,
    ) -> Result<Appended, StoreError> {
        let mut all = Appended::default();
        for entry in entries {
            let one = std::slice::from_ref(entry);
            match append(&self.store, one, self.clock.now()).await {
                Ok(appended) => {
                    all.added += appended.added;
                    all.known += appended.known;
                    all.grown.extend(appended.grown);
                }
                Err(error) if error.is_refused() => {
                    let reason = error.to_string();
                    self.bury(source, &reason, entry.body.clone(), entry.index.id).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    async fn bury_refused(&self, refused: &Refused) -> Result<(), StoreError> {
        let Refused { reason, found, event } = refused.clone();
        self.bury_letter("stream", &reason, found, event).await
    }

    async fn bury(
        &self,
        source: &'static str,
        reason: &str,
        entry: String,
        event: EventId,
    ) -> Result<(), StoreError> {
        self.bury_letter(source, reason, entry, Some(event)).await
    }

    async fn bury_letter(
        &self,
        source: &'static str,
        reason: &str,
        entry: String,
        event: Option<EventId>,
    ) -> Result<(), StoreError> {
        let now: Instant = self.clock.now();
        self.metrics.audit.dead_letters.inc();
        if event.is_none() && !self.metrics.audit.may_keep_forgery(now) {
            return Ok(());
        }
        tracing::error!(
            source,
            reason,
            ?event,
            "an entry can't stand in the audit log: it is a dead letter"
        );
        let letter =
            DeadLetter { id: self.random.id(now), source, reason: reason.to_owned(), entry, event };
        bury(&self.store, &letter, now).await
    }

    fn tell(&self, grown: &[MspId]) {
        let topics: Vec<_> = grown.iter().map(|msp| topic(*msp)).collect();
        if !topics.is_empty() {
            self.wake.wake(&topics);
        }
    }
}
