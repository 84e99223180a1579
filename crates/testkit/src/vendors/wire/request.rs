use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, request::Parts};

use super::Connection;

/// No vendor takes a body of more than 4,096 bytes; of a longer one so much is read that this shows.
pub(crate) const MOST_BODY: usize = 64 * 1024;

/// A request with its body.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) connection: Arc<Connection>,
}

impl Request {
    pub(crate) fn new(parts: Parts, body: Bytes, connection: Arc<Connection>) -> Self {
        let path = parts.uri.path().to_owned();
        Self { method: parts.method, path, headers: parts.headers, body, connection }
    }

    /// A header's value, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The credentials of an `Authorization` of this scheme (RFC 9110 section 11.4; schemes have no case).
    pub(crate) fn credentials(&self, scheme: &str) -> Option<&str> {
        let (named, credentials) = self.header("authorization")?.split_once(' ')?;
        named.eq_ignore_ascii_case(scheme).then(|| credentials.trim())
    }
}
