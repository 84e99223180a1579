//! A refusal: the expected "no" of the service, with the problem document that says what to do.

use std::time::Duration;

use countersign_protocol::{Problem, ProblemCode};

/// Something that was asked for and is not given. Nothing changed, unless the flow's documentation says so
/// (a wrong code denies).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the caller is told.
    pub problem: Box<Problem>,
    /// When the caller may come back, for `429` and `503`.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal with the code's own words.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        Self { problem: Box::new(Problem::new(code)), retry_after: None }
    }

    /// A refusal that says what was wrong this time and what to do.
    #[must_use]
    pub fn because(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self { problem: Box::new(Problem::new(code).detail(detail)), retry_after: None }
    }

    /// A refusal because of the state that something is in.
    #[must_use]
    pub fn in_state(code: ProblemCode, state: &str) -> Self {
        let detail = format!("the state is {state}");
        Self {
            problem: Box::new(Problem::new(code).detail(detail).state(state)),
            retry_after: None,
        }
    }

    /// The answer to every id that is not the caller's to see.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(ProblemCode::NotFound)
    }

    /// Too many requests; come back after `wait`.
    #[must_use]
    pub fn too_many(wait: Duration) -> Self {
        Self {
            problem: Box::new(Problem::new(ProblemCode::TooManyRequests)),
            retry_after: Some(wait),
        }
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> ProblemCode {
        self.problem.code
    }
}
