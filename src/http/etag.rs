//! A row's version as a strong entity tag (RFC 9110 section 8.8.3), and `If-None-Match` (section 13.1.2).

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder, dev::Payload, http::header,
    http::header::HeaderMap,
};
use serde::Serialize;
use utoipa::IntoParams;

use super::HttpFailure;

/// The entity tag of a row's version: `"42"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ETag(pub i64);

impl ETag {
    fn parse(text: &str) -> Option<Self> {
        // The comparison is the weak one (RFC 9110 section 13.1.2): a proxy may have weakened the tag.
        let tag = text.strip_prefix("W/").unwrap_or(text);
        tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok().map(Self)
    }
}

impl std::fmt::Display for ETag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// What the client has already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfNoneMatch {
    any: bool,
    known: Vec<ETag>,
}

impl IfNoneMatch {
    /// True if the client has this version: there is no news for it.
    #[must_use]
    pub fn knows(&self, version: i64) -> bool {
        self.any || self.known.contains(&ETag(version))
    }

    /// No news for this caller: the tag it sent still stands.
    #[must_use]
    pub fn unchanged<T>(&self) -> Versioned<T> {
        Versioned::Unchanged(self.known.first().map_or(0, |tag| tag.0))
    }

    fn parse(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::IF_NONE_MATCH).filter_map(|line| line.to_str().ok());
        let tags: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        Self {
            any: tags.contains(&"*"),
            known: tags.iter().filter_map(|tag| ETag::parse(tag)).collect(),
        }
    }
}

impl FromRequest for IfNoneMatch {
    type Error = HttpFailure;
    type Future = Ready<Result<Self, HttpFailure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::parse(request.headers())))
    }
}

/// The header as the contract tells it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
struct Written {
    /// The `ETag` that the client has: the answer is 304 if it still holds.
    #[param(required = false, rename = "If-None-Match", example = "\"42\"")]
    if_none_match: String,
}

impl IntoParams for IfNoneMatch {
    fn into_params(
        parameter_in_provider: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        Written::into_params(parameter_in_provider)
    }
}

/// An answer with its version: the news, or 304 when there is none.
#[derive(Clone, Debug)]
pub enum Versioned<T> {
    /// The resource in a version that the client does not have.
    News(i64, T),
    /// The client has this version.
    Unchanged(i64),
}

impl<T: Serialize> Responder for Versioned<T> {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let tag = |version| (header::ETAG, ETag(version).to_string());
        match self {
            Self::News(version, body) => HttpResponse::Ok().insert_header(tag(version)).json(body),
            Self::Unchanged(version) => {
                HttpResponse::NotModified().insert_header(tag(version)).finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::http::testing::header;

    fn sent(value: &str) -> IfNoneMatch {
        let request = TestRequest::get().insert_header(("if-none-match", value)).to_http_request();
        IfNoneMatch::parse(request.headers())
    }

    #[test]
    fn a_version_that_was_told_is_known() {
        assert!(sent(&ETag(42).to_string()).knows(42));
        assert!(sent("\"1\", W/\"42\"").knows(42));
        assert!(sent("*").knows(42));
    }

    #[test]
    fn another_version_is_news() {
        assert!(!sent("\"41\"").knows(42));
        assert!(!sent("42").knows(42), "not quoted");
        assert!(!sent("\"x\"").knows(42));
        assert!(!IfNoneMatch::default().knows(42));
    }

    #[test]
    fn news_and_no_news_both_carry_the_tag() {
        let request = TestRequest::get().to_http_request();
        let news = Versioned::News(7, "x").respond_to(&request);
        assert_eq!((news.status().as_u16(), header(news.headers(), "etag")), (200, "\"7\""));
        let none = Versioned::<()>::Unchanged(7).respond_to(&request);
        assert_eq!((none.status().as_u16(), header(none.headers(), "etag")), (304, "\"7\""));
    }
}
