//! How events reach the audit log, and how far it may be behind.

mod calls;
mod ship;
mod webhooks;

use std::time::Duration;

use serde::Deserialize;

pub use self::{calls::Calls, ship::Ship, webhooks::Webhooks};
use super::{Server, Unsafe, from_text};

/// `[audit]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Streams in Redis.
    pub shards: u16,
    /// The longest batch.
    pub batch: usize,
    /// Entries that a stream may hold.
    pub stream_longest: usize,
    /// How often heads that have grown are signed, in seconds.
    pub checkpoint_s: u64,
    /// How far the log may be behind before `/readyz` says so, in seconds.
    pub behind_s: u64,
    /// How far the log may be behind before no more records are promised, in seconds.
    pub promise_s: u64,
    /// How often whoever follows a log hears that it is still there, in seconds.
    pub tail_beat_s: u64,
    /// Requests for checkpoints, tiles and keys a network may make in a minute.
    pub files_per_address_per_minute: u32,
    /// The fewest days for which an msp may keep its texts.
    pub retention_least_days: u32,
    /// What the logs' names begin with.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub origin: Option<String>,
    /// Where checkpoints are shipped.
    pub ship: Ship,
    /// How it calls out.
    pub calls: Calls,
    /// Webhooks of msps.
    pub webhooks: Webhooks,
}

impl Audit {
    /// How often heads that have grown are signed.
    #[must_use]
    pub fn checkpoint(&self) -> Duration {
        Duration::from_secs(self.checkpoint_s)
    }

    /// How often whoever follows a log hears that it is still there.
    #[must_use]
    pub fn tail_beat(&self) -> Duration {
        Duration::from_secs(self.tail_beat_s)
    }

    /// How far the log may be behind before `/readyz` says so.
    #[must_use]
    pub fn behind(&self) -> Duration {
        Duration::from_secs(self.behind_s)
    }

    /// How far the log may be behind before no more records are promised.
    #[must_use]
    pub fn promise(&self) -> Duration {
        Duration::from_secs(self.promise_s)
    }

    /// What the logs' names begin with: the public host, unless the setting says otherwise.
    #[must_use]
    pub fn effective_origin(&self, server: &Server) -> String {
        let host = || server.public_url.host_str().unwrap_or("countersign").to_owned();
        format!("{}/audit", self.origin.clone().unwrap_or_else(host))
    }

    /// A log that may be behind for ever promises nothing.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        let outside = [
            Unsafe::outside("audit.shards", self.shards, &(1..=64), "streams"),
            Unsafe::outside("audit.batch", self.batch, &(1..=1000), "entries"),
            Unsafe::outside(
                "audit.stream_longest",
                self.stream_longest,
                &(1_000..=10_000_000),
                "entries",
            ),
            Unsafe::outside("audit.checkpoint_s", self.checkpoint_s, &(1..=60), "seconds"),
            Unsafe::outside("audit.tail_beat_s", self.tail_beat_s, &(1..=60), "seconds"),
            Unsafe::outside(
                "audit.files_per_address_per_minute",
                self.files_per_address_per_minute,
                &(1..=1_000_000),
                "requests",
            ),
            Unsafe::outside("audit.behind_s", self.behind_s, &(10..=3_600), "seconds"),
            Unsafe::outside(
                "audit.promise_s",
                self.promise_s,
                &(self.behind_s..=86_400),
                "seconds, and not below behind_s",
            ),
            Unsafe::outside(
                "audit.retention_least_days",
                self.retention_least_days,
                &(1..=36_500),
                "days",
            ),
        ];
        let mut problems: Vec<Unsafe> = outside.into_iter().flatten().collect();
        let odd = |origin: &String| origin.contains(|c: char| c.is_whitespace() || c == '+');
        if self.origin.as_ref().is_some_and(odd) {
            problems.push(Unsafe::new(
                "audit.origin",
                "no spaces and no plus signs (C2SP signed-note)",
            ));
        }
        problems.extend(self.ship.validate());
        problems.extend(self.calls.validate());
        problems.extend(self.webhooks.validate());
        problems
    }
}
