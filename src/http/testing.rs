//! What the tests of this module share.

use actix_web::http::header::HeaderMap;

/// A header's text; empty if it is not there.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
