//! What the service asks of its database, counted.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts since the start of the process.
#[derive(Debug, Default)]
pub struct Cost {
    statements: AtomicU64,
    round_trips: AtomicU64,
    commits: AtomicU64,
}

impl Cost {
    pub(super) fn statement(&self) {
        self.statements.fetch_add(1, Relaxed);
    }

    pub(super) fn round_trip(&self) {
        self.round_trips.fetch_add(1, Relaxed);
    }

    pub(super) fn commit(&self) {
        self.commits.fetch_add(1, Relaxed);
    }

    /// Statements with parameters or rows; BEGIN, COMMIT and the scope are not among them.
    pub fn statements(&self) -> u64 {
        self.statements.load(Relaxed)
    }

    /// Times the service waited for the database's answer, COMMIT included.
    pub fn round_trips(&self) -> u64 {
        self.round_trips.load(Relaxed)
    }

    /// Committed transactions.
    pub fn commits(&self) -> u64 {
        self.commits.load(Relaxed)
    }
}
