use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use crate::vendors::Break;

/// A vendor's answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers, but those of the transport.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// An answer without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// An answer of JSON.
    #[must_use]
    pub fn json(status: StatusCode, body: &Value) -> Self {
        let answer = Self { body: body.to_string().into(), ..Self::empty(status) };
        answer.with(CONTENT_TYPE, "application/json; charset=UTF-8")
    }

    /// With this header too; a value that no header can have is left out.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// With a `Retry-After` of whole seconds (RFC 9110 section 10.2.3).
    #[must_use]
    pub fn retry_after(self, pause: Duration) -> Self {
        self.with(RETRY_AFTER, &pause.as_secs().to_string())
    }
}

/// An answer and how it is brought.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    pub(crate) manner: Manner,
}

/// How an answer is brought.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    Whole,
    /// Byte by byte.
    Trickle(Duration),
    /// As the last of its connection.
    Last,
    /// Not at all.
    Broken {
        how: Break,
        processed: bool,
    },
}

impl Outcome {
    pub(crate) fn broken(how: Break, processed: bool) -> Self {
        let manner = Manner::Broken { how, processed };
        Self { answer: Answer::empty(StatusCode::OK), manner }
    }
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Self { answer, manner: Manner::Whole }
    }
}
