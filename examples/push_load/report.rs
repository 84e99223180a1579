//! The figures as people and as programs read them.

use std::{fmt::Write, time::Duration};

use serde_json::{Value, json};

use crate::{options::Name, sender::Sent};

/// One channel's.
pub struct Figures {
    /// Which.
    pub name: Name,
    /// What was sent.
    pub sent: Sent,
    /// CPU time of the sender and of the vendors.
    pub cpu: [Option<Duration>; 2],
}

/// Everything that was found.
pub struct Report {
    /// How many sends went on at once.
    pub concurrency: u32,
    /// In the order in which they were measured.
    pub channels: Vec<Figures>,
}

#[allow(clippy::cast_precision_loss, reason = "no run has 2^52 sends or microseconds")]
impl Figures {
    fn rate(&self) -> f64 {
        self.sent.latencies.len() as f64 / self.sent.elapsed.as_secs_f64()
    }

    /// p50, p99 and the maximum, in milliseconds.
    fn quantiles(&self) -> [f64; 3] {
        let at = |quantile| self.sent.latencies.value_at_quantile(quantile);
        [at(0.5), at(0.99), self.sent.latencies.max()].map(|micros| micros as f64 / 1e3)
    }

    /// CPU time for each send, in microseconds.
    fn cpu_each(&self) -> [Option<f64>; 2] {
        let sends = (self.sent.latencies.len() as f64).max(1.0);
        self.cpu.map(|spent| Some(spent?.as_secs_f64() * 1e6 / sends))
    }
}

impl Report {
    /// True if every send was accepted.
    pub fn is_clean(&self) -> bool {
        self.channels.iter().all(|figures| figures.sent.failures.is_empty())
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, to: &mut String) -> std::fmt::Result {
        writeln!(to, "{} sends at once; CPU time for each send\n", self.concurrency)?;
        writeln!(
            to,
            "{:<10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>12}{:>12}",
            "channel", "sends/s", "aim", "p50 ms", "p99 ms", "max ms", "sender us", "vendor us"
        )?;
        for figures in &self.channels {
            let (name, aim) = (figures.name.as_str(), figures.name.aim());
            let [p50, p99, max] = figures.quantiles();
            write!(to, "{name:<10}{:>10.0}{aim:>10.0}", figures.rate())?;
            write!(to, "{p50:>10.1}{p99:>10.1}{max:>10.1}")?;
            for each in figures.cpu_each() {
                let each = each.map_or_else(|| "unknown".to_owned(), |each| format!("{each:.0}"));
                write!(to, "{each:>12}")?;
            }
            writeln!(to)?;
        }
        for figures in &self.channels {
            for (reason, times) in &figures.sent.failures {
                writeln!(to, "{} failed: {reason}, {times} times", figures.name.as_str())?;
            }
        }
        Ok(())
    }

    /// For programs; latencies in milliseconds, CPU time for each send in microseconds.
    pub fn json(&self) -> Value {
        let channels = self.channels.iter().map(|figures| {
            let [p50, p99, max] = figures.quantiles();
            let [sender, vendors] = figures.cpu_each();
            json!({
                "channel": figures.name.as_str(),
                "sends": figures.sent.latencies.len(),
                "seconds": figures.sent.elapsed.as_secs_f64(),
                "sends_per_second": figures.rate(),
                "aim": figures.name.aim(),
                "latency_ms": {"p50": p50, "p99": p99, "max": max},
                "cpu_us_each": {"sender": sender, "vendors": vendors},
                "failures": figures.sent.failures,
            })
        });
        json!({"concurrency": self.concurrency, "channels": channels.collect::<Vec<_>>()})
    }
}
