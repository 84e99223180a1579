//! How a failure becomes an answer: an RFC 9457 problem document, with the headers that go with it.
//!
//! This is pure: the boundary, which knows the request, logs and counts.

use std::{fmt, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use countersign_protocol::ProblemCode;

use crate::domain::{Failure, Refusal};

/// What a handler gives.
pub type Answer<T> = Result<T, HttpFailure>;

/// The media type of problem documents (RFC 9457 section 3).
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// A failure on its way to the caller.
#[derive(Debug)]
pub struct HttpFailure {
    failure: Failure,
    scheme: Scheme,
}

/// The authentication scheme that a 401 asks for.
#[derive(Clone, Copy, Debug)]
enum Scheme {
    Dpop,
    Bearer,
}

impl HttpFailure {
    /// The same failure for a caller that authenticates with a bearer token (RFC 6750) instead of DPoP.
    #[must_use]
    pub fn bearer(self) -> Self {
        Self { scheme: Scheme::Bearer, ..self }
    }

    /// The code that the caller is told and the metrics count.
    #[must_use]
    pub fn code(&self) -> ProblemCode {
        self.failure.refusal().code()
    }

    /// Writes a fault to the log. A refusal is the caller's business and is only counted.
    pub(super) fn log(&self) {
        match &self.failure {
            Failure::Refused(refusal) => tracing::debug!(code = refusal.code().as_str(), "refused"),
            Failure::Unavailable(what) => tracing::warn!(
                code = ProblemCode::Unavailable.as_str(),
                what,
                "a dependency does not answer"
            ),
            Failure::Fault(what) => {
                tracing::error!(code = ProblemCode::Internal.as_str(), what, "the service failed");
            }
        }
    }

    /// `WWW-Authenticate`, for the two codes that mean "authenticate" (RFC 9449 section 7.1).
    fn challenge(&self) -> Option<String> {
        let code = self.code();
        let asks = matches!(code, ProblemCode::InvalidToken | ProblemCode::InvalidProof);
        asks.then(|| match self.scheme {
            Scheme::Dpop => format!("DPoP error=\"{}\", algs=\"ES256\"", code.as_str()),
            Scheme::Bearer => format!("Bearer error=\"{}\"", code.as_str()),
        })
    }
}

impl<F: Into<Failure>> From<F> for HttpFailure {
    fn from(failure: F) -> Self {
        Self { failure: failure.into(), scheme: Scheme::Dpop }
    }
}

impl fmt::Display for HttpFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().as_str())
    }
}

/// Whole seconds, rounded up: who comes back then is not too early. Never 0.
fn seconds_up(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

impl ResponseError for HttpFailure {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let refusal: Refusal = self.failure.refusal();
        let mut answer = HttpResponse::build(self.status_code());
        answer.content_type(PROBLEM_JSON).insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(wait) = refusal.retry_after {
            answer.insert_header((header::RETRY_AFTER, seconds_up(wait)));
        }
        if let Some(challenge) = self.challenge() {
            answer.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        answer.body(serde_json::to_vec(&refusal.problem).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use countersign_protocol::Problem;

    use super::*;

    fn header<'a>(answer: &'a HttpResponse, name: &str) -> Option<&'a str> {
        answer.headers().get(name).and_then(|value| value.to_str().ok())
    }

    #[actix_web::test]
    async fn a_refusal_is_a_problem_document_with_its_status() {
        let refusal = Refusal::because(ProblemCode::WrongCode, "the login is denied");
        let answer = HttpFailure::from(refusal.clone()).error_response();
        assert_eq!(answer.status(), 403);
        assert_eq!(header(&answer, "content-type"), Some("application/problem+json"));
        assert_eq!(header(&answer, "cache-control"), Some("no-store"));
        let body = to_bytes(answer.into_body()).await.unwrap();
        assert_eq!(serde_json::from_slice::<Problem>(&body).unwrap(), *refusal.problem);
    }

    #[actix_web::test]
    async fn a_fault_tells_the_caller_nothing_of_its_cause() {
        let answer =
            HttpFailure::from(Failure::Fault("key 7 did not open".into())).error_response();
        assert_eq!(answer.status(), 500);
        let body = to_bytes(answer.into_body()).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("key 7"));
    }

    #[test]
    fn retry_after_is_whole_seconds_rounded_up() {
        for (wait, told) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (59_999, "60")] {
            let refusal = Refusal::too_many(Duration::from_millis(wait));
            let answer = HttpFailure::from(refusal).error_response();
            assert_eq!(header(&answer, "retry-after"), Some(told), "{wait} ms");
        }
    }

    #[test]
    fn a_missing_dependency_is_a_503_that_says_when_to_come_back() {
        let answer = HttpFailure::from(Failure::Unavailable("no database".into())).error_response();
        assert_eq!(answer.status(), 503);
        assert_eq!(header(&answer, "retry-after"), Some("1"));
    }

    #[test]
    fn a_401_names_the_scheme_and_the_error() {
        let challenge = |failure: HttpFailure| {
            header(&failure.error_response(), "www-authenticate").map(str::to_owned)
        };
        assert_eq!(
            challenge(ProblemCode::InvalidToken.into()).as_deref(),
            Some("DPoP error=\"invalid_token\", algs=\"ES256\"")
        );
        assert_eq!(
            challenge(ProblemCode::InvalidProof.into()).as_deref(),
            Some("DPoP error=\"invalid_dpop_proof\", algs=\"ES256\"")
        );
        assert_eq!(
            challenge(HttpFailure::from(ProblemCode::InvalidToken).bearer()).as_deref(),
            Some("Bearer error=\"invalid_token\"")
        );
        assert_eq!(challenge(ProblemCode::InvalidGrant.into()), None);
    }
}
