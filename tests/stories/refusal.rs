//! What a refusal says.

use countersign_client::{Answer, Error, Result};
use countersign_protocol::{Problem, ProblemCode};

/// The problem that a call was refused with.
#[track_caller]
pub fn problem<T>(result: Result<T>) -> Problem {
    match result {
        Ok(_) => panic!("this was to be refused"),
        Err(Error::Problem { problem, .. }) => *problem,
        Err(error) => panic!("this was to be refused by the service: {error:?}"),
    }
}

/// Checks that a call was refused with this code; gives the detail.
#[track_caller]
pub fn refused<T>(result: Result<T>, code: ProblemCode) -> String {
    let problem = problem(result);
    assert_eq!(problem.code, code, "{problem:?}");
    problem.detail.unwrap_or_default()
}

/// Checks that an answer is a refusal with this code; gives the detail.
#[track_caller]
pub fn refusal(answer: &Answer, code: ProblemCode) -> String {
    let said = String::from_utf8_lossy(&answer.body);
    let problem = answer.problem().unwrap_or_else(|| panic!("{}: {said}", answer.status));
    assert_eq!((problem.code, problem.status), (code, code.status()), "{said}");
    problem.detail.unwrap_or_default()
}
