//! `Prefer: wait=N` (RFC 7240 section 4.3): how long a client would wait for news.

use std::{
    future::{Ready, ready},
    time::Duration,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use utoipa::IntoParams;

use super::HttpFailure;

/// The longest wait. Proxies and mobile networks cut quiet connections after 30 to 60 seconds.
pub const MAX_WAIT: Duration = Duration::from_secs(30);

/// The wait that the client prefers: zero without the header, at most [`MAX_WAIT`]. A preference is no demand
/// (RFC 7240 section 2), so what can't be read counts as not said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefer {
    /// How long to park, if there is no news.
    pub wait: Duration,
}

impl Prefer {
    fn parse<'a>(headers: impl Iterator<Item = &'a str>) -> Self {
        let wait = headers
            .flat_map(|line| line.split(','))
            .filter_map(|preference| {
                let (name, value) = preference.split(';').next()?.split_once('=')?;
                name.trim().eq_ignore_ascii_case("wait").then(|| value.trim().trim_matches('"'))
            })
            // "If any preference is specified more than once, only the first instance is to be
            // considered" (RFC 7240 section 2).
            .next()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok());
        Self { wait: Duration::from_secs(wait.unwrap_or(0)).min(MAX_WAIT) }
    }
}

impl FromRequest for Prefer {
    type Error = HttpFailure;
    type Future = Ready<Result<Self, HttpFailure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let lines = request.headers().get_all("prefer").filter_map(|line| line.to_str().ok());
        ready(Ok(Self::parse(lines)))
    }
}

/// The header as the contract tells it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
struct Written {
    /// `wait=N`: with `If-None-Match`, hold the answer up to N seconds (at most 30) until there is news.
    #[param(required = false, rename = "Prefer", example = "wait=25")]
    prefer: String,
}

impl IntoParams for Prefer {
    fn into_params(
        parameter_in_provider: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        Written::into_params(parameter_in_provider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(lines: &[&str]) -> u64 {
        Prefer::parse(lines.iter().copied()).wait.as_secs()
    }

    #[test]
    fn a_wait_is_read_among_other_preferences() {
        assert_eq!(wait(&["wait=25"]), 25);
        assert_eq!(wait(&["respond-async, WAIT=\"10\"; strict, return=minimal"]), 10);
        assert_eq!(wait(&["respond-async", "wait = 5"]), 5);
    }

    #[test]
    fn more_than_thirty_seconds_are_thirty() {
        assert_eq!(wait(&["wait=31"]), 30);
        assert_eq!(wait(&["wait=18446744073709551615"]), 30);
    }

    #[test]
    fn the_first_wait_counts() {
        assert_eq!(wait(&["wait=3, wait=9"]), 3);
    }

    #[test]
    fn what_cannot_be_read_is_no_wait() {
        for line in ["", "wait", "wait=", "wait=-1", "wait=+5", "wait=5.5", "wait=abc", "await=5"] {
            assert_eq!(wait(&[line]), 0, "{line}");
        }
    }
}
