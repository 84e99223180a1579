//! The figures as people and as programs read them.

use std::{fmt::Write, time::Duration};

use serde_json::{Map, Value, json};

use crate::{
    counters::Counters,
    figures::{Figures, Step},
};

const KIB: f64 = 1024.0;
const MIB: f64 = 1024.0 * 1024.0;

/// The service's resident memory before and after the desktops were parked, in bytes.
pub struct Memory {
    /// Before.
    pub before: u64,
    /// After.
    pub after: u64,
}

/// CPU time during the measuring.
pub struct Processor {
    /// The service's.
    pub service: Option<Duration>,
    /// This tool's own.
    pub load_tool: Option<Duration>,
}

/// What the service counted for each cycle.
pub struct ForEachCycle {
    /// All of it, parked desktops and workers too.
    pub all: Counters,
    /// Without what went on before the load began.
    pub without_background: Counters,
}

impl ForEachCycle {
    /// From what the counters rose by in `elapsed`, and what they rise by each second without load.
    #[allow(clippy::cast_precision_loss, reason = "no run has 2^52 cycles")]
    pub fn of(rose: Counters, background: Counters, elapsed: Duration, cycles: u64) -> Self {
        let cycles = cycles as f64;
        let caused = rose.without(background, elapsed.as_secs_f64());
        Self { all: rose.for_each_of(cycles), without_background: caused.for_each_of(cycles) }
    }
}

/// Everything that was found.
pub struct Report {
    /// How cycles were begun.
    pub pace: String,
    /// Workstations that opened logins.
    pub workstations: u32,
    /// Phones that approved.
    pub phones: u32,
    /// How long the measuring took.
    pub elapsed: Duration,
    /// Latencies and failures.
    pub figures: Figures,
    /// From the service's metrics.
    pub for_each_cycle: Option<ForEachCycle>,
    /// Desktops that waited for nothing.
    pub parked: u32,
    /// Their logins that ended and were opened again.
    pub parked_reopened: u64,
    /// Their waits that failed.
    pub parked_failures: u64,
    /// What their waits cost.
    pub memory: Option<Memory>,
    /// CPU time.
    pub processor: Processor,
    /// Durable writes a second in the service's folder, before and after.
    pub syncs: [Option<f64>; 2],
}

#[allow(clippy::cast_precision_loss, reason = "cycles and bytes of one machine are below 2^52")]
impl Report {
    /// True if no cycle and no wait failed.
    pub fn is_clean(&self) -> bool {
        self.figures.failures.is_empty() && self.parked_failures == 0
    }

    fn rate(&self) -> f64 {
        self.figures.cycles as f64 / self.elapsed.as_secs_f64()
    }

    fn bytes_a_wait(&self) -> Option<f64> {
        let memory = self.memory.as_ref()?;
        Some(memory.after.saturating_sub(memory.before) as f64 / f64::from(self.parked.max(1)))
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, to: &mut String) -> std::fmt::Result {
        let (cycles, seconds) = (self.figures.cycles, self.elapsed.as_secs_f64());
        writeln!(to, "{cycles} cycles in {seconds:.1} s: {:.1} a second", self.rate())?;
        writeln!(to, "{}; {} workstations, {} phones", self.pace, self.workstations, self.phones)?;
        writeln!(to, "\n{:<34}{:>9}{:>9}{:>9}{:>9}", "milliseconds", "p50", "p95", "p99", "max")?;
        for step in Step::MEASURED {
            let [p50, p95, p99, max] = self.figures.quantiles(step);
            writeln!(to, "{:<34}{p50:>9.2}{p95:>9.2}{p99:>9.2}{max:>9.2}", in_words(step))?;
        }
        if let Some(counted) = &self.for_each_cycle {
            writeln!(to, "\n{:<34}{:>9}{:>22}", "each cycle", "all", "without background")?;
            let both = counted.all.named().into_iter().zip(counted.without_background.named());
            for ((name, all), (_, caused)) in both {
                writeln!(to, "{name:<34}{all:>9.2}{caused:>22.2}")?;
            }
        }
        writeln!(to)?;
        if self.parked > 0 {
            write!(to, "parked     {} desktops", self.parked)?;
            if let (Some(each), Some(memory)) = (self.bytes_a_wait(), &self.memory) {
                let (before, after) = (memory.before as f64 / MIB, memory.after as f64 / MIB);
                write!(to, ", {:.1} KiB a wait ({before:.1} to {after:.1} MiB)", each / KIB)?;
            }
            writeln!(
                to,
                "; {} opened again, {} failed",
                self.parked_reopened, self.parked_failures
            )?;
        }
        let spent = |span: Option<Duration>| {
            span.map_or("unknown".to_owned(), |span| format!("{:.1} s", span.as_secs_f64()))
        };
        let Processor { service, load_tool } = &self.processor;
        writeln!(to, "CPU time   service {}, load tool {}", spent(*service), spent(*load_tool))?;
        if let [Some(before), Some(after)] = self.syncs {
            writeln!(
                to,
                "disk       {before:.0} durable writes a second before, {after:.0} after"
            )?;
        }
        for (what, times) in &self.figures.failures {
            writeln!(to, "failed     {what}: {times}")?;
        }
        Ok(())
    }

    /// For programs; times in milliseconds.
    pub fn json(&self) -> Value {
        let mut latencies = Map::new();
        for step in Step::MEASURED {
            let [p50, p95, p99, max] = self.figures.quantiles(step);
            let quantiles = json!({"p50": p50, "p95": p95, "p99": p99, "max": max});
            latencies.insert(step.as_str().to_owned(), quantiles);
        }
        let counters = |counters: &Counters| -> Map<String, Value> {
            let named = counters.named().into_iter();
            named
                .map(|(name, value)| (name.to_lowercase().replace(' ', "_"), json!(value)))
                .collect()
        };
        let seconds = |span: Option<Duration>| span.map(|span| span.as_secs_f64());
        json!({
            "pace": self.pace,
            "workstations": self.workstations,
            "phones": self.phones,
            "seconds": self.elapsed.as_secs_f64(),
            "cycles": self.figures.cycles,
            "cycles_per_second": self.rate(),
            "latencies_ms": latencies,
            "failures": self.figures.failures,
            "each_cycle": self.for_each_cycle.as_ref().map(|counted| json!({
                "all": counters(&counted.all),
                "without_background": counters(&counted.without_background),
            })),
            "parked": {
                "desktops": self.parked,
                "reopened": self.parked_reopened,
                "failures": self.parked_failures,
                "bytes_each": self.bytes_a_wait(),
                "resident_before": self.memory.as_ref().map(|memory| memory.before),
                "resident_after": self.memory.as_ref().map(|memory| memory.after),
            },
            "cpu_seconds": {
                "service": seconds(self.processor.service),
                "load_tool": seconds(self.processor.load_tool),
            },
            "durable_writes_per_second": self.syncs,
        })
    }
}

fn in_words(step: Step) -> &'static str {
    match step {
        Step::Open => "open a login",
        Step::Look => "phone reads it",
        Step::Options => "phone asks what to sign",
        Step::Sign => "phone signs (no request)",
        Step::Approve => "phone approves",
        Step::Wait => "workstation waits",
        Step::Take => "take and check the grant",
        Step::ApproveToDesktop => "approval sent -> desktop knows",
        Step::AnswerToDesktop => "approval answered -> desktop knows",
        Step::Cycle => "whole cycle",
    }
}
