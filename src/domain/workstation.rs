//! A workstation's statuses: which change leads from where to where. What is not listed is a conflict that
//! names the status; retired is final.

use countersign_protocol::{ProblemCode, wire::Status};

use super::Refusal;

/// A change of status that an admin makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The new workstation is one of ours.
    Confirm,
    /// Held back for now.
    Suspend,
    /// No longer held back.
    Resume,
    /// Gone for good.
    Retire,
    /// No copy after all, or the copy is gone: out of quarantine.
    Release,
}

impl Change {
    /// The status that it leads to.
    #[must_use]
    pub fn to(self) -> Status {
        match self {
            Self::Confirm | Self::Resume | Self::Release => Status::Active,
            Self::Suspend => Status::Suspended,
            Self::Retire => Status::Retired,
        }
    }

    /// Allows it from `status`, or says why not. A suspension is of the active only: resuming would
    /// otherwise confirm or release.
    ///
    /// # Errors
    /// `conflict`, with the status.
    pub fn from(self, status: Status) -> Result<Status, Refusal> {
        let allowed = match self {
            Self::Confirm => status == Status::Pending,
            Self::Suspend => status == Status::Active,
            Self::Resume => status == Status::Suspended,
            Self::Retire => status != Status::Retired,
            Self::Release => status == Status::Quarantined,
        };
        match allowed {
            true => Ok(self.to()),
            false => Err(Refusal::in_state(ProblemCode::Conflict, status.as_str())),
        }
    }
}

/// The status of a workstation whose keys are replaced: whoever may replace them vouches for the image, so
/// a quarantine ends. Nothing else changes, and the retired stay so.
///
/// # Errors
/// `conflict`, with the status.
pub fn after_replacement(status: Status) -> Result<Status, Refusal> {
    match status {
        Status::Quarantined => Ok(Status::Active),
        Status::Retired => Err(Refusal::in_state(ProblemCode::Conflict, status.as_str())),
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Status; 5] =
        [Status::Pending, Status::Active, Status::Suspended, Status::Quarantined, Status::Retired];

    fn allowed(change: Change) -> Vec<Status> {
        ALL.into_iter().filter(|status| change.from(*status).is_ok()).collect()
    }

    #[test]
    fn each_change_is_allowed_from_these_statuses_only() {
        assert_eq!(allowed(Change::Confirm), [Status::Pending]);
        assert_eq!(allowed(Change::Suspend), [Status::Active]);
        assert_eq!(allowed(Change::Resume), [Status::Suspended]);
        assert_eq!(allowed(Change::Release), [Status::Quarantined]);
        assert_eq!(allowed(Change::Retire), ALL[..4]);
    }

    #[test]
    fn a_refusal_names_the_status() {
        let refusal = Change::Resume.from(Status::Retired).expect_err("final");
        assert_eq!(refusal.problem.state.as_deref(), Some("retired"));
    }

    #[test]
    fn new_keys_end_a_quarantine_and_nothing_else() {
        assert_eq!(after_replacement(Status::Quarantined), Ok(Status::Active));
        for same in [Status::Pending, Status::Active, Status::Suspended] {
            assert_eq!(after_replacement(same), Ok(same));
        }
        assert!(after_replacement(Status::Retired).is_err());
    }
}
