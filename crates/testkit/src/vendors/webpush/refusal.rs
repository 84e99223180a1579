use http::StatusCode;
use http::header::WWW_AUTHENTICATE;
use serde_json::json;

use crate::vendors::Answer;

/// Why a push is refused. Bodies are Mozilla's (autopush, "Error codes"): the RFCs set none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    MethodNotAllowed,
    /// RFC 8292 section 4.2: credentials are missing.
    NoCredentials,
    /// RFC 8292 section 4.2: credentials are there and don't hold.
    BadCredentials(&'static str),
    /// RFC 8030 section 5.2: a push without a TTL is answered with 400.
    NoTtl,
    BadTtl,
    BadTopic,
    BadUrgency,
    BadEncoding,
    /// RFC 8030 section 7.3: 404 for a subscription that never was or has ended.
    Unknown,
    /// The same, for one that was ended by its subscriber.
    Gone,
    /// RFC 8030 section 7.2: a push service takes at least 4,096 bytes, and no more here.
    TooLarge,
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let (status, errno, message) = match refusal {
            Refusal::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, 999, "Only POST"),
            Refusal::NoCredentials => (StatusCode::UNAUTHORIZED, 109, "Missing VAPID credentials"),
            Refusal::BadCredentials(why) => (StatusCode::FORBIDDEN, 109, why),
            Refusal::NoTtl => (StatusCode::BAD_REQUEST, 111, "Missing TTL header"),
            Refusal::BadTtl => (StatusCode::BAD_REQUEST, 112, "Invalid TTL header"),
            Refusal::BadTopic => (StatusCode::BAD_REQUEST, 113, "Invalid Topic header"),
            Refusal::BadUrgency => (StatusCode::BAD_REQUEST, 999, "Invalid Urgency header"),
            Refusal::BadEncoding => (StatusCode::BAD_REQUEST, 110, "Unknown Content-Encoding"),
            Refusal::Unknown => (StatusCode::NOT_FOUND, 102, "No such subscription"),
            Refusal::Gone => (StatusCode::GONE, 106, "The subscription has ended"),
            Refusal::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 104, "More than 4096 bytes"),
        };
        let error = status.canonical_reason().unwrap_or_default();
        let answer = Self::json(
            status,
            &json!({"code": status.as_u16(), "errno": errno, "error": error, "message": message}),
        );
        match refusal {
            Refusal::NoCredentials => answer.with(WWW_AUTHENTICATE, "vapid"),
            _ => answer,
        }
    }
}
