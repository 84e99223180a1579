//! How a use case can end without a result: refused, or failed.
//!
//! The policy, in one place: a *refusal* is the caller's to act on; it is counted by its code and not
//! logged as an error. A *fault* is ours: it denies, is logged once, at the boundary, with its source, and
//! tells the caller nothing but `unavailable` (a dependency did not answer: come back) or `internal`.

use std::time::Duration;

use countersign_protocol::ProblemCode;

use super::Refusal;

/// Why there is no result.
#[derive(Debug)]
pub enum Failure {
    /// The expected "no".
    Refused(Refusal),
    /// A dependency does not answer, and nothing was changed.
    Unavailable(String),
    /// A fault of the service.
    Fault(String),
}

impl Failure {
    /// What the caller is told.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal.clone(),
            Self::Unavailable(_) => {
                let mut refusal = Refusal::new(ProblemCode::Unavailable);
                refusal.retry_after = Some(Duration::from_secs(1));
                refusal
            }
            Self::Fault(_) => Refusal::new(ProblemCode::Internal),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ProblemCode> for Failure {
    fn from(code: ProblemCode) -> Self {
        Self::Refused(Refusal::new(code))
    }
}
