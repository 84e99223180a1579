//! What Google's answers mean (`google.firebase.fcm.v1.ErrorCode`).

use std::time::Duration;

use serde::Deserialize;

use crate::{outbound::Answer, push::Fault};

/// "Retry after at least 60 seconds" where no `Retry-After` says otherwise ("Scale FCM", on 429).
const QUOTA_PAUSE: Duration = Duration::from_secs(60);

/// A `google.rpc.Status` in JSON, as far as it is looked into.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    error: Status,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    message: String,
    details: Vec<Detail>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "@type")]
    kind: String,
    /// Of a `google.firebase.fcm.v1.FcmError`.
    #[serde(rename = "errorCode")]
    code: String,
    /// Of a `google.rpc.BadRequest`.
    #[serde(rename = "fieldViolations")]
    violations: Vec<Violation>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Violation {
    field: String,
}

impl Status {
    fn code(&self) -> Option<&str> {
        let fcm = |detail: &&Detail| detail.kind.ends_with("google.firebase.fcm.v1.FcmError");
        self.details.iter().find(fcm).map(|detail| detail.code.as_str())
    }

    /// Whether the registration token is what is wrong, and not the message: a code says no more than that
    /// an argument is.
    fn is_about_the_token(&self) -> bool {
        let mut violations = self.details.iter().flat_map(|detail| &detail.violations);
        violations.any(|violation| violation.field == "message.token")
            || self.message.contains("registration token")
    }
}

/// Whether FCM has taken it.
pub(super) fn judge(answer: &Answer) -> Result<(), Fault> {
    if answer.is_success() {
        return Ok(());
    }
    let Body { error } = serde_json::from_slice(&answer.body).unwrap_or_default();
    let later = |reason: &str, after| Fault::Later { reason: reason.to_owned(), after };
    let after = answer.retry_after;
    Err(match error.code().unwrap_or_default() {
        "UNREGISTERED" => Fault::Gone { reason: "UNREGISTERED".to_owned(), as_of: None },
        // A token of another project's app. Not forgotten at once: it may be our project that is wrong.
        "SENDER_ID_MISMATCH" => Fault::suspicious("SENDER_ID_MISMATCH"),
        "THIRD_PARTY_AUTH_ERROR" => Fault::ours("THIRD_PARTY_AUTH_ERROR"),
        "INVALID_ARGUMENT" if error.is_about_the_token() => Fault::suspicious("INVALID_ARGUMENT"),
        "INVALID_ARGUMENT" => Fault::never("INVALID_ARGUMENT"),
        "QUOTA_EXCEEDED" => later("QUOTA_EXCEEDED", after.or(Some(QUOTA_PAUSE))),
        code @ ("UNAVAILABLE" | "INTERNAL") => later(code, after),
        _ => match answer.status {
            // Token, project or API: nobody's address.
            401 | 403 | 404 => Fault::Ours { reason: answer.word() },
            400 | 413 => Fault::Never { reason: answer.word() },
            429 => later(&answer.word(), after.or(Some(QUOTA_PAUSE))),
            _ => later(&answer.word(), after),
        },
    })
}

/// Whether the access token was refused. (A 401 with a code of FCM's own is about Apple's keys.)
pub(super) fn asks_for_a_new_token(answer: &Answer) -> bool {
    let code = || {
        serde_json::from_slice(&answer.body)
            .ok()
            .and_then(|Body { error }| error.code().map(str::to_owned))
    };
    answer.status == 401 && code().is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judged(status: u16, body: &serde_json::Value) -> Fault {
        let body = body.to_string().into_bytes();
        judge(&Answer { status, retry_after: None, body }).unwrap_err()
    }

    #[test]
    fn an_address_is_forgotten_on_one_code_only() {
        for status in [400, 403, 404, 410] {
            let gone = judged(status, &json!({"error": {"status": "NOT_FOUND"}}));
            assert!(!matches!(gone, Fault::Gone { .. } | Fault::Suspicious { .. }), "{status}");
        }
    }

    #[test]
    fn a_token_that_is_named_is_suspicious_and_a_message_is_not() {
        let refused = |field: &str| {
            let fcm = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
            let details = json!([
                {"@type": fcm, "errorCode": "INVALID_ARGUMENT"},
                {"@type": "type.googleapis.com/google.rpc.BadRequest",
                 "fieldViolations": [{"field": field, "description": "Invalid"}]},
            ]);
            judged(400, &json!({"error": {"message": "Invalid", "details": details}}))
        };
        assert_eq!(refused("message.token"), Fault::suspicious("INVALID_ARGUMENT"));
        assert_eq!(refused("message.android.ttl"), Fault::never("INVALID_ARGUMENT"));
    }

    #[test]
    fn an_answer_that_is_not_google_s_is_judged_by_its_status() {
        assert_eq!(judged(502, &json!("<html>")), Fault::later("http_502", None));
        assert_eq!(judged(413, &json!([])), Fault::never("http_413"));
        assert_eq!(judged(302, &json!(null)), Fault::later("http_302", None));
        assert_eq!(judged(429, &json!({})), Fault::later("http_429", Some(QUOTA_PAUSE)));
    }
}
