//! What is counted and measured of the audit path.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use countersign_protocol::Instant;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::latencies;

/// Where a batch came from: `stream` or `outbox`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Source {
    source: &'static str,
}

/// What became of a request to a webhook: `delivered`, `failed`, `given_up` or `gone`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Fate {
    fate: &'static str,
}

/// A stream's number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Shard {
    shard: u32,
}

/// How many forged entries are kept an hour: whoever can write to Redis can't fill the disk.
const FORGERIES_KEPT: u32 = 100;

/// The audit path's metrics.
pub struct AuditMetrics {
    added: Family<Source, Counter>,
    duplicates: Family<Source, Counter>,
    batch_size: Histogram,
    flush_duration: Histogram,
    /// Entries that could not stand in the log.
    pub dead_letters: Counter,
    /// Observations that were counted instead of being kept one by one.
    pub observations_counted: Counter,
    /// Observations that could not be recorded.
    pub observations_lost: Counter,
    outbox_age_ms: Gauge<i64, AtomicI64>,
    stream_entries: Family<Shard, Gauge>,
    stream_age_ms: Family<Shard, Gauge>,
    webhook_requests: Family<Fate, Counter>,
    webhooks_behind: Gauge,
    webhook_lag: Gauge,
    forgeries: Mutex<(i64, u32)>,
}

fn sizes() -> Histogram {
    Histogram::new([1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0])
}

impl AuditMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            added: Family::default(),
            duplicates: Family::default(),
            batch_size: sizes(),
            flush_duration: latencies(),
            dead_letters: Counter::default(),
            observations_counted: Counter::default(),
            observations_lost: Counter::default(),
            outbox_age_ms: Gauge::default(),
            stream_entries: Family::default(),
            stream_age_ms: Family::default(),
            webhook_requests: Family::default(),
            webhooks_behind: Gauge::default(),
            webhook_lag: Gauge::default(),
            forgeries: Mutex::default(),
        };
        let count = |registry: &mut Registry, name, help, counter: &Counter| {
            registry.register(name, help, counter.clone());
        };
        registry.register("audit_added", "Entries added to the audit log", metrics.added.clone());
        registry.register(
            "audit_duplicates",
            "Entries that stood in the audit log already",
            metrics.duplicates.clone(),
        );
        registry.register("audit_batch_size", "Entries of a batch", metrics.batch_size.clone());
        registry.register_with_unit(
            "audit_flush_duration",
            "Writing a batch, to its commit",
            Unit::Seconds,
            metrics.flush_duration.clone(),
        );
        count(registry, "audit_dead_letters", "Dead letters", &metrics.dead_letters);
        count(
            registry,
            "audit_observations_counted",
            "Observations counted instead of kept one by one",
            &metrics.observations_counted,
        );
        count(
            registry,
            "audit_observations_lost",
            "Observations that could not be recorded",
            &metrics.observations_lost,
        );
        registry.register(
            "audit_outbox_age_milliseconds",
            "Age of the oldest event that is not in the audit log",
            metrics.outbox_age_ms.clone(),
        );
        registry.register(
            "audit_stream_entries",
            "Entries of a stream that are not in the audit log",
            metrics.stream_entries.clone(),
        );
        registry.register(
            "audit_stream_age_milliseconds",
            "Age of a stream's oldest entry that is not in the audit log",
            metrics.stream_age_ms.clone(),
        );
        metrics.register_webhooks(registry);
        metrics
    }

    fn register_webhooks(&self, registry: &mut Registry) {
        registry.register(
            "audit_webhook_requests",
            "Batches of events by what became of the request",
            self.webhook_requests.clone(),
        );
        registry.register(
            "audit_webhooks_behind",
            "Webhooks whose log has more than they were sent",
            self.webhooks_behind.clone(),
        );
        registry.register(
            "audit_webhook_lag_entries",
            "Entries that the webhook lacks that is furthest behind",
            self.webhook_lag.clone(),
        );
    }

    /// Counts what became of a request to a webhook.
    pub fn webhook_request(&self, fate: &'static str) {
        self.webhook_requests.get_or_create(&Fate { fate }).inc();
    }

    /// Says how many webhooks are behind, and how many entries the last of them lacks.
    pub fn webhooks_behind(&self, webhooks: u64, entries: u64) {
        self.webhooks_behind.set(i64::try_from(webhooks).unwrap_or(i64::MAX));
        self.webhook_lag.set(i64::try_from(entries).unwrap_or(i64::MAX));
    }

    /// Counts a written batch.
    pub fn flushed(&self, source: &'static str, size: usize, added: usize, took: Duration) {
        if size == 0 {
            return;
        }
        let as_float = |size: usize| u32::try_from(size).map_or(f64::MAX, f64::from);
        let source = Source { source };
        self.added.get_or_create(&source).inc_by(added as u64);
        self.duplicates.get_or_create(&source).inc_by(size.saturating_sub(added) as u64);
        self.batch_size.observe(as_float(size));
        self.flush_duration.observe(took.as_secs_f64());
    }

    /// Says how old the oldest event in the outbox is.
    pub fn outbox_age(&self, age: Duration) {
        self.outbox_age_ms.set(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    }

    /// Says what waits in a stream.
    pub fn stream(&self, shard: u16, entries: usize, oldest: Duration) {
        let shard = Shard { shard: shard.into() };
        let entries = i64::try_from(entries).unwrap_or(i64::MAX);
        self.stream_entries.get_or_create(&shard).set(entries);
        let oldest = i64::try_from(oldest.as_millis()).unwrap_or(i64::MAX);
        self.stream_age_ms.get_or_create(&shard).set(oldest);
    }

    /// True as long as few forged entries were kept in this hour.
    pub fn may_keep_forgery(&self, now: Instant) -> bool {
        let hour = now.unix_millis().div_euclid(3_600_000);
        let mut kept = self.forgeries.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != hour {
            *kept = (hour, 0);
        }
        kept.1 += 1;
        kept.1 <= FORGERIES_KEPT
    }

    /// The last age of the outbox, in milliseconds.
    #[must_use]
    pub fn last_outbox_age_ms(&self) -> i64 {
        self.outbox_age_ms.inner().load(Relaxed)
    }
}
