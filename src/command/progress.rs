//! How far a long command is, on a terminal.

use std::io::{IsTerminal, Write, stderr};

use countersign::ambient::{Clock, SteadyClock};
use countersign_protocol::Instant;

/// How wide the bar is, and how often it moves, in milliseconds.
const WIDTH: usize = 30;
const EVERY: i64 = 200;

/// A line at the bottom of a terminal; nothing where there is none.
pub struct Progress {
    of_what: &'static str,
    clock: SteadyClock,
    began: Instant,
    shown: Option<Instant>,
    visible: bool,
}

impl Progress {
    /// Begins; the line says what is counted.
    pub fn start(of_what: &'static str) -> Self {
        let clock = SteadyClock::start();
        let began = clock.now();
        Self { of_what, clock, began, shown: None, visible: stderr().is_terminal() }
    }

    /// Shows how many of how many are done.
    pub fn reached(&mut self, done: u64, all: Option<u64>) {
        let now = self.clock.now();
        let since = |then: Instant| now.unix_millis() - then.unix_millis();
        if !self.visible || self.shown.is_some_and(|shown| since(shown) < EVERY) {
            return;
        }
        self.shown = Some(now);
        let a_second = done.saturating_mul(1000) / since(self.began).max(1).unsigned_abs();
        let line = match all.filter(|all| *all > 0) {
            Some(all) => {
                let filled = usize::try_from(done.saturating_mul(WIDTH as u64) / all);
                let filled = filled.unwrap_or(WIDTH).min(WIDTH);
                let left = all.saturating_sub(done) / a_second.max(1);
                let (full, empty) = ("#".repeat(filled), "-".repeat(WIDTH - filled));
                format!(
                    "[{full}{empty}] {done} of {all} {}, {a_second}/s, {left} s left",
                    self.of_what
                )
            }
            None => format!("{done} {}, {a_second}/s", self.of_what),
        };
        // A terminal that went away is no reason to stop.
        let _ = write!(stderr(), "\r\x1b[2K{line}");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _ = write!(stderr(), "\r\x1b[2K");
        }
    }
}
