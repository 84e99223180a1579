//! How far the log is behind what was decided, and whose records can't be promised for now.

use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use countersign_protocol::MspId;

use crate::domain::Failure;

/// The state of the outbox, as it was last read.
#[derive(Default)]
pub struct Backlog(RwLock<State>);

#[derive(Default)]
struct State {
    oldest: Duration,
    too_far: HashSet<MspId>,
}

impl Backlog {
    /// Takes note: the age of the oldest event that waits, and whose events wait beyond the hard bound.
    pub fn note(&self, oldest: Duration, too_far: HashSet<MspId>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = State { oldest, too_far };
    }

    /// The age of the oldest event that waits.
    #[must_use]
    pub fn oldest(&self) -> Duration {
        self.0.read().unwrap_or_else(PoisonError::into_inner).oldest
    }

    /// Whether the msp's record may be promised. Approvals, enrolments and hand-overs of secrets ask; denials,
    /// suspensions and revocations never do.
    ///
    /// # Errors
    /// Unavailable (503), while the log is too far behind.
    pub fn promise(&self, msp: MspId) -> Result<(), Failure> {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if state.too_far.contains(&msp) {
            return Err(Failure::Unavailable(
                "the audit log is too far behind to promise a record of this".into(),
            ));
        }
        Ok(())
    }
}
