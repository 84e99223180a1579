//! Logs that can't be added to as their tables are, and what a batch may be long.

use std::{
    collections::HashSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use countersign_protocol::{Instant, MspId};

/// How long a log is left alone before it is tried again.
const LEFT_ALONE: Duration = Duration::from_secs(30);

/// Logs that can't be added to until somebody mends them. Their events wait, and nobody else's behind them.
#[derive(Default)]
pub(super) struct StuckLogs(Mutex<Option<(Instant, HashSet<MspId>)>>);

impl StuckLogs {
    /// Leaves this log alone for a while.
    pub(super) fn add(&self, msp: MspId, now: Instant) {
        let mut stuck = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stuck.get_or_insert_with(|| (now, HashSet::new())).1.insert(msp);
    }

    /// The logs that are left alone now.
    pub(super) fn now(&self, now: Instant) -> Vec<MspId> {
        let mut stuck = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stuck.take_if(|(since, _)| now.since(*since) >= LEFT_ALONE);
        stuck.iter().flat_map(|(_, msps)| msps).copied().collect()
    }
}

/// How long a batch may be: shorter after each that did not pass in its time, so that one comes that does.
#[derive(Default)]
pub(super) struct Pace(AtomicUsize);

impl Pace {
    /// The longest batch now, up to `longest`.
    pub(super) fn batch(&self, longest: usize) -> usize {
        (longest >> self.0.load(Relaxed)).max(1)
    }

    /// A batch passed.
    pub(super) fn faster(&self) {
        let _ = self.0.fetch_update(Relaxed, Relaxed, |halvings| halvings.checked_sub(1));
    }

    /// A batch did not pass.
    pub(super) fn slower(&self) {
        let _ = self
            .0
            .fetch_update(Relaxed, Relaxed, |halvings| (halvings < 10).then_some(halvings + 1));
    }
}
