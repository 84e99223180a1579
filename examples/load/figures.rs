//! What is measured: a histogram a step, and the failures by step and code.

use std::{collections::BTreeMap, time::Duration};

use countersign_client::Error;
use hdrhistogram::Histogram;

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The workstation opens the login.
    Open,
    /// The phone reads it.
    Look,
    /// The phone asks what to sign.
    Options,
    /// The phone compares and signs: no request.
    Sign,
    /// The phone approves.
    Approve,
    /// The workstation waits: counts failures only.
    Wait,
    /// The workstation takes the grant and checks it.
    Take,
    /// From the sending of the approval to the end of the workstation's wait.
    ApproveToDesktop,
    /// From the answer to the approval to the end of the workstation's wait; zero if that came first.
    AnswerToDesktop,
    /// All of it.
    Cycle,
}

impl Step {
    /// Those with a latency, in the order of the report.
    pub const MEASURED: [Self; 9] = [
        Self::Open,
        Self::Look,
        Self::Options,
        Self::Sign,
        Self::Approve,
        Self::Take,
        Self::ApproveToDesktop,
        Self::AnswerToDesktop,
        Self::Cycle,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Look => "look",
            Self::Options => "options",
            Self::Sign => "sign",
            Self::Approve => "approve",
            Self::Wait => "wait",
            Self::Take => "take",
            Self::ApproveToDesktop => "approve_to_desktop",
            Self::AnswerToDesktop => "answer_to_desktop",
            Self::Cycle => "cycle",
        }
    }
}

/// A cycle that did not end well.
pub struct Failed {
    /// Where.
    pub step: Step,
    /// Why: the problem's code, or what kind of failure it was.
    pub code: String,
}

impl Failed {
    /// This step failed so.
    pub fn at(step: Step) -> impl Fn(Error) -> Self {
        move |error| Self { step, code: code(&error) }
    }
}

/// What kind of failure this is, in one word.
pub fn code(error: &Error) -> String {
    match error {
        Error::Problem { problem, .. } => problem.code.as_str().to_owned(),
        Error::Transport(error) if error.is_timeout() => "timeout".to_owned(),
        Error::Transport(error) if error.is_connect() => "not_connected".to_owned(),
        Error::Transport(_) => "connection_broken".to_owned(),
        Error::Unexpected { status, .. } => format!("status_{status}"),
        Error::Deadline => "deadline".to_owned(),
        other => format!("{other}"),
    }
}

/// Times of one cycle.
#[derive(Debug, Default)]
pub struct Times(Vec<(Step, Duration)>);

impl Times {
    /// This step took so long.
    pub fn took(&mut self, step: Step, span: Duration) {
        self.0.push((step, span));
    }
}

/// All figures of a run.
pub struct Figures {
    histograms: BTreeMap<Step, Histogram<u64>>,
    /// Cycles that ended well.
    pub cycles: u64,
    /// Cycles that did not, by step and code.
    pub failures: BTreeMap<String, u64>,
}

impl Figures {
    /// None yet.
    ///
    /// # Errors
    /// Never: three significant digits from a microsecond to two minutes are bounds that a histogram takes.
    pub fn none() -> Result<Self, crate::Failure> {
        let empty = Histogram::new_with_bounds(1, 120_000_000, 3)?;
        let histograms = Step::MEASURED.map(|step| (step, empty.clone())).into();
        Ok(Self { histograms, cycles: 0, failures: BTreeMap::new() })
    }

    /// Counts a cycle.
    pub fn count(&mut self, cycle: Result<Times, Failed>) {
        match cycle {
            Ok(times) => {
                self.cycles += 1;
                for (step, span) in times.0 {
                    if let Some(histogram) = self.histograms.get_mut(&step) {
                        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
                        histogram.saturating_record(micros.max(1));
                    }
                }
            }
            Err(failed) => self.fail(&failed),
        }
    }

    /// Counts a failure.
    pub fn fail(&mut self, failed: &Failed) {
        let key = format!("{}: {}", failed.step.as_str(), failed.code);
        *self.failures.entry(key).or_default() += 1;
    }

    /// p50, p95, p99 and the maximum of a step, in milliseconds.
    pub fn quantiles(&self, step: Step) -> [f64; 4] {
        let Some(histogram) = self.histograms.get(&step).filter(|found| !found.is_empty()) else {
            return [0.0; 4];
        };
        let at = |quantile| histogram.value_at_quantile(quantile);
        [at(0.5), at(0.95), at(0.99), histogram.max()].map(millis)
    }
}

#[allow(clippy::cast_precision_loss, reason = "two minutes in microseconds are far below 2^52")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1e3
}
