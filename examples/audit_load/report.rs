//! The figures as people and as programs read them.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{pages::Pages, path::Round, soon::Soon};

/// What the path should come to, of the rate of plain rows.
const AIM: f64 = 0.6;

/// Everything that was found; one of each a round.
#[derive(Default)]
pub struct Report {
    /// Plain rows a second by `unnest`.
    pub plain: Vec<f64>,
    /// And by COPY.
    pub copied: Vec<f64>,
    /// Events a second by the path.
    pub path: Vec<Round>,
    /// How soon they can be read.
    pub soon: Option<Soon>,
    /// First pages over a long log.
    pub pages: Vec<Pages>,
    /// Durable writes a second, before and after.
    pub syncs: Vec<Option<f64>>,
}

impl Report {
    /// For people.
    pub fn table(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, to: &mut String) -> std::fmt::Result {
        writeln!(
            to,
            "{:<8}{:>16}{:>14}{:>16}{:>18}{:>14}",
            "round",
            "unnest rows/s",
            "COPY rows/s",
            "path events/s",
            "path of unnest",
            "CPU us each"
        )?;
        let rounds = self.plain.iter().zip(&self.copied).zip(&self.path);
        for (number, ((plain, copied), path)) in (1..).zip(rounds) {
            let share = path.rate / plain * 100.0;
            let cpu = path.cpu_us.map_or_else(|| "unknown".into(), |cpu| format!("{cpu:.0}"));
            write!(to, "{number:<8}{plain:>16.0}{copied:>14.0}{:>16.0}", path.rate)?;
            writeln!(to, "{share:>16.0} %{cpu:>14}")?;
        }
        writeln!(to, "aim: {:.0} % of unnest\n", AIM * 100.0)?;
        if let Some(soon) = &self.soon {
            writeln!(
                to,
                "XADD to readable, {:.0} a second: p50 {:.0} ms, p99 {:.0} ms, max {:.0} ms ({} events; aim: p99 < 300)",
                soon.rate, soon.p50, soon.p99, soon.max, soon.events
            )?;
        }
        if !self.pages.is_empty() {
            writeln!(
                to,
                "\n{:<28}{:>10}{:>10}{:>14}",
                "page of 50", "p50 ms", "p99 ms", "events found"
            )?;
        }
        for Pages { filter, p50, p99, events } in &self.pages {
            writeln!(to, "{filter:<28}{p50:>10.2}{p99:>10.2}{events:>14.1}")?;
        }
        let syncs: Vec<String> =
            self.syncs.iter().flatten().map(|rate| format!("{rate:.0}")).collect();
        writeln!(to, "\ndisk: {} durable writes a second", syncs.join(" before, then "))
    }

    /// For programs; times in milliseconds.
    pub fn json(&self) -> Value {
        let pages = self.pages.iter().map(|page| {
            json!({"filter": page.filter, "p50": page.p50, "p99": page.p99, "events": page.events})
        });
        json!({
            "unnest_rows_per_second": self.plain,
            "copy_rows_per_second": self.copied,
            "path_events_per_second": self.path.iter().map(|round| round.rate).collect::<Vec<_>>(),
            "path_cpu_us_each": self.path.iter().map(|round| round.cpu_us).collect::<Vec<_>>(),
            "readable_ms": self.soon.as_ref().map(|soon| json!({
                "p50": soon.p50, "p99": soon.p99, "max": soon.max, "events": soon.events, "rate": soon.rate,
            })),
            "pages_ms": pages.collect::<Vec<_>>(),
            "durable_writes_per_second": self.syncs,
        })
    }
}
