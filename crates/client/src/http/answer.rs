//! An answer, whatever its status.

use std::time::Duration;

use countersign_protocol::{Instant, Problem, ProblemCode, offline::skew::Offset};
use reqwest::{
    StatusCode,
    header::{CONNECTION, ETAG, HeaderMap, HeaderName},
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{Error, Result};

/// The service's time in Unix milliseconds.
const SERVICE_TIME: HeaderName = HeaderName::from_static("countersign-time");

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
    /// When to come back, if it says so.
    pub retry_after: Option<Duration>,
    /// How far the machine's clock is off, if the answer came quickly enough to tell.
    pub offset: Option<Offset>,
}

/// What many bodies carry; a clock is corrected by it.
#[derive(Deserialize)]
struct Timed {
    server_time: Option<Instant>,
}

impl Answer {
    /// The body of a success.
    ///
    /// # Errors
    /// The problem that the service answered with, or [`Error::Unexpected`].
    pub fn json<T: DeserializeOwned>(self) -> Result<T> {
        if !self.status.is_success() {
            return Err(self.error());
        }
        serde_json::from_slice(&self.body).map_err(|error| self.unexpected(error.to_string()))
    }

    /// Nothing but the success.
    ///
    /// # Errors
    /// As [`Answer::json`].
    pub fn done(self) -> Result<()> {
        if self.status.is_success() { Ok(()) } else { Err(self.error()) }
    }

    /// The refusal that this answer is.
    #[must_use]
    pub fn error(&self) -> Error {
        match self.problem() {
            Some(problem) => {
                Error::Problem { problem: Box::new(problem), retry_after: self.retry_after }
            }
            None => self.unexpected("no problem document".to_owned()),
        }
    }

    /// The problem document, if it is one and agrees with the answer's status.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        let problem: Problem = serde_json::from_slice(&self.body).ok()?;
        (!self.status.is_success() && problem.status == self.status.as_u16()).then_some(problem)
    }

    /// The problem's code, if it is a problem.
    #[must_use]
    pub fn code(&self) -> Option<ProblemCode> {
        self.problem().map(|problem| problem.code)
    }

    /// A header's text; empty if it is absent.
    #[must_use]
    pub fn header(&self, name: HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `ETag` as it travelled, quotes and all.
    #[must_use]
    pub fn etag(&self) -> &str {
        self.header(ETAG)
    }

    /// True if the server ends the connection with this answer, as one does that shuts down.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.header(CONNECTION).eq_ignore_ascii_case("close")
    }

    /// The service's time, as the answer tells it: to the millisecond on every answer of a service that is new enough.
    pub(crate) fn server_time(&self) -> Option<Instant> {
        let told = self.header(SERVICE_TIME).parse().ok().map(Instant::from_unix_millis);
        if told.is_some() {
            return told;
        }
        if !self.status.is_success() || self.body.is_empty() {
            return None;
        }
        serde_json::from_slice::<Timed>(&self.body).ok()?.server_time
    }

    pub(crate) fn unexpected(&self, why: String) -> Error {
        Error::Unexpected { status: self.status.as_u16(), why, retry_after: self.retry_after }
    }
}
