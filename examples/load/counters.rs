//! The service's own counters, from its metrics.

use url::Url;

use crate::Failure;

/// The counters at one moment, or what they rose by.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    /// SQL statements.
    pub statements: f64,
    /// Round trips to the database.
    pub round_trips: f64,
    /// Transactions committed.
    pub commits: f64,
    /// Requests answered.
    pub requests: f64,
    /// Committed events.
    pub events: f64,
    /// Requests parked at that moment.
    pub parked: f64,
}

impl Counters {
    /// The counters now.
    pub async fn scrape(metrics: &Url) -> Result<Self, Failure> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let text = http.get(metrics.clone()).send().await?.error_for_status()?.text().await?;
        Ok(Self::read(&text))
    }

    /// The counters of an OpenMetrics text; a family's members are added up.
    fn read(text: &str) -> Self {
        let sum = |name: &str| {
            let of = |line: &str| {
                let rest = line.strip_prefix(name)?;
                let value = match rest.strip_prefix('{') {
                    Some(labelled) => labelled.rsplit_once('}')?.1,
                    None => rest.strip_prefix(' ')?,
                };
                value.split_whitespace().next()?.parse::<f64>().ok()
            };
            text.lines().filter_map(of).sum()
        };
        Self {
            statements: sum("countersign_sql_statements_total"),
            round_trips: sum("countersign_sql_round_trips_total"),
            commits: sum("countersign_sql_commits_total"),
            requests: sum("countersign_http_requests_total"),
            events: sum("countersign_events_total"),
            parked: sum("countersign_http_parked"),
        }
    }

    /// What they rose by since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        self.with(earlier, |now, earlier| now - earlier)
    }

    /// Each one for one of `parts`.
    #[must_use]
    pub fn for_each_of(self, parts: f64) -> Self {
        self.with(self, |all, _| if parts > 0.0 { all / parts } else { 0.0 })
    }

    /// Without what goes on by itself: `background` a second, for `seconds`.
    #[must_use]
    pub fn without(self, background: Self, seconds: f64) -> Self {
        self.with(background, |all, idle| (all - idle * seconds).max(0.0))
    }

    fn with(self, other: Self, combine: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            statements: combine(self.statements, other.statements),
            round_trips: combine(self.round_trips, other.round_trips),
            commits: combine(self.commits, other.commits),
            requests: combine(self.requests, other.requests),
            events: combine(self.events, other.events),
            parked: self.parked,
        }
    }

    /// By name, for the report.
    pub fn named(&self) -> [(&'static str, f64); 5] {
        [
            ("SQL statements", self.statements),
            ("round trips", self.round_trips),
            ("commits", self.commits),
            ("events", self.events),
            ("requests", self.requests),
        ]
    }
}
