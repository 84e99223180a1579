//! A request before it is sent. Every part can be set by hand, so that tests can lie.

use std::time::Duration;

use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::Serialize;
use url::Url;

use crate::{Error, Result};

/// How long an answer may take beyond the time it was asked to wait.
const GRACE: Duration = Duration::from_secs(10);

/// The header of a DPoP proof (RFC 9449 section 4.1).
pub(crate) const DPOP: HeaderName = HeaderName::from_static("dpop");

/// A request before it is sent.
///
/// ```
/// use countersign_client::{Method, Request};
/// let lie = Request::new(Method::GET, "/mobile/v1/logins").header("dpop", "not a proof");
/// ```
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Vec<u8>>,
    pub(super) timeout: Duration,
    unsendable: Option<String>,
}

impl Request {
    /// A request for a path below the service's URL.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
            timeout: GRACE,
            unsendable: None,
        }
    }

    /// `GET`.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// `POST`.
    #[must_use]
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.raw_body("application/json", json),
            Err(error) => {
                self.unsendable = Some(error.to_string());
                self
            }
        }
    }

    /// With any body at all.
    #[must_use]
    pub fn raw_body(mut self, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = Some(body.into());
        self
    }

    /// With a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With a header in place of any of that name, the client's own `Authorization` and `DPoP` too.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value.as_ref())) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            _ => self.unsendable = Some(format!("the header {name}")),
        }
        self
    }

    /// With a bearer token (RFC 6750 section 2.1).
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.secret_header(AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// Waits up to `wait` (whole seconds) for something else than `etag` (RFC 7240 section 4.3).
    #[must_use]
    pub fn waiting(mut self, etag: &str, wait: Duration) -> Self {
        self.timeout = wait + GRACE;
        self.header("prefer", format!("wait={}", wait.as_secs())).header("if-none-match", etag)
    }

    /// With another bound on the whole exchange; ten seconds otherwise, and longer for waits.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) fn secret_header(mut self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(mut value) => {
                value.set_sensitive(true);
                self.headers.insert(name, value);
            }
            Err(_) => self.unsendable = Some(format!("the header {name}")),
        }
        self
    }

    pub(crate) fn has(&self, name: &HeaderName) -> bool {
        self.headers.contains_key(name)
    }

    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// The URL below `base`.
    pub(crate) fn url(&self, base: &Url) -> Result<Url> {
        if let Some(why) = &self.unsendable {
            return Err(Error::Unsendable(why.clone()));
        }
        let text = format!("{}{}", base.as_str().trim_end_matches('/'), self.path);
        let mut url = Url::parse(&text).map_err(|error| Error::Unsendable(error.to_string()))?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }
}
