use http::StatusCode;
use http::header::WWW_AUTHENTICATE;
use serde_json::{Value, json};

use crate::vendors::{Answer, Fault};

/// The codes of FCM (`google.firebase.fcm.v1.ErrorCode`), as they stand in `error.details[].errorCode`.
#[allow(missing_docs, reason = "Google's names")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    InvalidArgument,
    Unregistered,
    SenderIdMismatch,
    ThirdPartyAuthError,
    QuotaExceeded,
    Unavailable,
    Internal,
}

impl ErrorCode {
    /// The answer of this code. A quota's may get a `Retry-After`
    /// ([`Answer::retry_after`]); Google doesn't always send one.
    #[must_use]
    pub fn answer(self) -> Answer {
        let (status, message) = match self {
            Self::InvalidArgument => ("INVALID_ARGUMENT", "Request contains an invalid argument."),
            Self::Unregistered => ("NOT_FOUND", "Requested entity was not found."),
            Self::SenderIdMismatch => ("PERMISSION_DENIED", "SenderId mismatch"),
            Self::ThirdPartyAuthError => {
                ("UNAUTHENTICATED", "Auth error from APNS or Web Push Service")
            }
            Self::QuotaExceeded => {
                ("RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Send requests'.")
            }
            Self::Unavailable => ("UNAVAILABLE", "The service is currently unavailable."),
            Self::Internal => ("INTERNAL", "Internal error encountered."),
        };
        status_answer(status, message, &[self.detail()])
    }

    /// With a message of its own.
    pub(super) fn saying(self, message: &str) -> Answer {
        status_answer("INVALID_ARGUMENT", message, &[self.detail()])
    }

    fn detail(self) -> Value {
        let code = match self {
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::Unregistered => "UNREGISTERED",
            Self::SenderIdMismatch => "SENDER_ID_MISMATCH",
            Self::ThirdPartyAuthError => "THIRD_PARTY_AUTH_ERROR",
            Self::QuotaExceeded => "QUOTA_EXCEEDED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        };
        json!({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code})
    }
}

impl From<ErrorCode> for Fault {
    fn from(code: ErrorCode) -> Self {
        Self::Answer(code.answer())
    }
}

/// A `google.rpc.Status` in JSON, with the HTTP status that belongs to its code (`google/rpc/code.proto`).
pub(super) fn status_answer(status: &str, message: &str, details: &[Value]) -> Answer {
    let code = match status {
        "INVALID_ARGUMENT" => StatusCode::BAD_REQUEST,
        "UNAUTHENTICATED" => StatusCode::UNAUTHORIZED,
        "PERMISSION_DENIED" => StatusCode::FORBIDDEN,
        "NOT_FOUND" => StatusCode::NOT_FOUND,
        "RESOURCE_EXHAUSTED" => StatusCode::TOO_MANY_REQUESTS,
        "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut error = json!({"code": code.as_u16(), "message": message, "status": status});
    if !details.is_empty() {
        error["details"] = details.into();
    }
    Answer::json(code, &json!({ "error": error }))
}

/// A field that is not as it must be (`google.rpc.BadRequest`).
pub(super) fn bad_field(field: &str, message: &str) -> Answer {
    let detail = json!({
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": field, "description": message}],
    });
    status_answer("INVALID_ARGUMENT", message, &[detail])
}

/// No access token, or one that is unknown or has ended.
pub(super) fn unauthenticated() -> Answer {
    let message = "Request had invalid authentication credentials. Expected OAuth 2 access token, \
                   login cookie or other valid authentication credential.";
    let detail = json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "ACCESS_TOKEN_EXPIRED",
        "domain": "googleapis.com",
    });
    status_answer("UNAUTHENTICATED", message, &[detail]).with(
        WWW_AUTHENTICATE,
        "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"",
    )
}
