//! What the service counts and measures, for Prometheus (OpenMetrics 1.0).
//!
//! One handle for the whole process; its parts are cheap to clone and are given to whom they concern. Labels
//! have few values on purpose: no id, no name and no address ever becomes one.

mod audit;

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

pub use audit::AuditMetrics;

/// Upper bounds of latency buckets, in seconds: from half a millisecond to 10 seconds.
const LATENCIES: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

fn latencies() -> Histogram {
    Histogram::new(LATENCIES)
}

/// An answered request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Answered {
    /// The request's method; `other` for one that no route takes.
    pub method: &'static str,
    /// The pattern of the route, or `unmatched`.
    pub route: String,
    /// The class of the status: `2xx`.
    pub class: &'static str,
    /// The problem's code; empty for an answer that is none.
    pub code: &'static str,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Route {
    /// The request's method.
    pub method: &'static str,
    /// The pattern of the route.
    pub route: String,
}

/// A committed event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Committed {
    /// The fact's word: `login_opened`, `grant_taken`.
    pub fact: &'static str,
}

/// The process's metrics.
pub struct Metrics {
    registry: Registry,
    /// Requests by route, class of status, and problem code (`code=""` is no refusal).
    pub requests: Family<Answered, Counter>,
    /// Seconds of work a request, without the time it was parked.
    pub request_duration: Family<Route, Histogram, fn() -> Histogram>,
    /// Requests that are parked now.
    pub parked: Gauge,
    /// Committed events by fact.
    pub events: Family<Committed, Counter>,
    /// SQL statements sent.
    pub sql_statements: Counter,
    /// Round trips to the database; several statements can share one.
    pub sql_round_trips: Counter,
    /// Transactions committed.
    pub sql_commits: Counter,
    /// The audit path.
    pub audit: AuditMetrics,
    push_notices: Family<PushFate, Counter>,
    push_delay: Family<PushDelay, Histogram, fn() -> Histogram>,
    push_waiting: Family<PushChannel, Gauge>,
}

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PushFate {
    channel: &'static str,
    fate: String,
}

/// Until what a delay was measured: `accepted`, `seen` or `decided`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PushDelay {
    channel: &'static str,
    until: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PushChannel {
    channel: &'static str,
}

/// Upper bounds of the buckets of what people take part in, in seconds.
const DELAYS: [f64; 11] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];

fn delays() -> Histogram {
    Histogram::new(DELAYS)
}

impl Metrics {
    /// Fresh metrics, all zero.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("countersign");
        let audit = AuditMetrics::register(&mut registry);
        let mut metrics = Self {
            registry,
            audit,
            requests: Family::default(),
            request_duration: Family::new_with_constructor(latencies),
            parked: Gauge::default(),
            events: Family::default(),
            sql_statements: Counter::default(),
            sql_round_trips: Counter::default(),
            sql_commits: Counter::default(),
            push_notices: Family::default(),
            push_delay: Family::new_with_constructor(delays),
            push_waiting: Family::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Work of a request, without the time it was parked",
            Unit::Seconds,
            self.request_duration.clone(),
        );
        registry.register("http_parked", "Requests parked now", self.parked.clone());
        registry.register("events", "Committed events by fact", self.events.clone());
        registry.register("sql_statements", "SQL statements sent", self.sql_statements.clone());
        registry.register(
            "sql_round_trips",
            "Round trips to the database",
            self.sql_round_trips.clone(),
        );
        registry.register("sql_commits", "Transactions committed", self.sql_commits.clone());
        registry.register(
            "push_notices",
            "Notices by what became of them",
            self.push_notices.clone(),
        );
        registry.register_with_unit(
            "push_delay",
            "From a login's opening until its notice was accepted, it was seen, it was decided",
            Unit::Seconds,
            self.push_delay.clone(),
        );
        registry.register(
            "push_waiting",
            "Notices that wait or are sent",
            self.push_waiting.clone(),
        );
    }

    /// Counts a committed event.
    pub fn committed(&self, fact: &'static str) {
        self.events.get_or_create(&Committed { fact }).inc();
    }

    /// Counts what became of a notice. `fate` is one of few words, a vendor's reason among them.
    pub fn push_fate(&self, channel: &'static str, fate: &str) {
        // Whoever runs a Web Push server chooses its status: a class of them is one word.
        let fate = match fate.strip_prefix("http_") {
            Some(status) => format!("http_{}xx", status.chars().take(1).collect::<String>()),
            None => fate.chars().take(40).collect(),
        };
        self.push_notices.get_or_create(&PushFate { channel, fate }).inc();
    }

    /// Measures how long after a login's opening something happened.
    pub fn push_took(&self, channel: &'static str, until: &'static str, after: Duration) {
        self.push_delay.get_or_create(&PushDelay { channel, until }).observe(after.as_secs_f64());
    }

    /// Says how many notices wait for a channel.
    pub fn push_waiting(&self, channel: &'static str, waiting: usize) {
        let waiting = i64::try_from(waiting).unwrap_or(i64::MAX);
        self.push_waiting.get_or_create(&PushChannel { channel }).set(waiting);
    }

    /// Everything as OpenMetrics text.
    ///
    /// # Errors
    /// Never in practice: writing to a string does not fail.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let metrics = Metrics::new();
        metrics.committed("login_approved");
        let statements = metrics.sql_statements.clone();
        statements.inc_by(3);
        let text = metrics.encode().unwrap();
        assert!(text.contains("countersign_events_total{fact=\"login_approved\"} 1\n"), "{text}");
        assert!(text.contains("countersign_sql_statements_total 3\n"), "{text}");
        assert!(text.ends_with("# EOF\n"));
    }
}
