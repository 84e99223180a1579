//! What Apple's answers mean ("Handling notification responses from APNs").

use countersign_protocol::Instant;
use serde::Deserialize;

use crate::{outbound::Answer, push::Fault};

const TOO_MANY_TOKENS: &str = "TooManyProviderTokenUpdates";

/// The body of a refusal. The reason is read as text: one that came after this was written is no error.
#[derive(Deserialize)]
struct Body {
    reason: String,
    /// Since when the device token is known to be dead, in milliseconds; with a 410.
    timestamp: Option<i64>,
}

/// Whether Apple has taken it.
pub(super) fn judge(answer: &Answer) -> Result<(), Fault> {
    if answer.is_success() {
        return Ok(());
    }
    let body =
        serde_json::from_slice(&answer.body).ok().filter(|body: &Body| is_word(&body.reason));
    let since = body.as_ref().and_then(|body| body.timestamp).map(Instant::from_unix_millis);
    let reason = body.map_or_else(|| answer.word(), |body| body.reason);
    Err(match (answer.status, reason.as_str()) {
        (410, _) => Fault::Gone { reason, as_of: since },
        (400, "BadDeviceToken" | "DeviceTokenNotForTopic") => Fault::Suspicious { reason },
        (400, "BadTopic" | "MissingTopic" | "TopicDisallowed") | (401 | 403, _) => {
            Fault::Ours { reason }
        }
        // "Too many requests were made consecutively to the same device token."
        (429, _) if reason != TOO_MANY_TOKENS => Fault::Busy { reason, after: answer.retry_after },
        // The connection was idle for too long.
        (400, "IdleTimeout") | (429 | 500.., _) => {
            Fault::Later { reason, after: answer.retry_after }
        }
        // The body is no larger another time, nor the request better.
        (400 | 404 | 405 | 413, _) => Fault::Never { reason },
        _ => Fault::Later { reason, after: answer.retry_after },
    })
}

/// Whether the token was refused for its age: a new one is wanted.
pub(super) fn asks_for_a_new_token(answer: &Answer) -> bool {
    answer.status == 403 && says(answer, "ExpiredProviderToken")
}

/// Whether the token was refused for being new.
pub(super) fn has_seen_too_many_tokens(answer: &Answer) -> bool {
    answer.status == 429 && says(answer, TOO_MANY_TOKENS)
}

fn says(answer: &Answer, reason: &str) -> bool {
    serde_json::from_slice(&answer.body).is_ok_and(|body: Body| body.reason == reason)
}

/// Whether it may stand in a metric's label.
fn is_word(reason: &str) -> bool {
    (1..=64).contains(&reason.len()) && reason.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Result<(), Fault> {
        judge(&Answer { status, retry_after: None, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn a_reason_that_is_new_or_missing_is_judged_by_its_status() {
        let reason = |text: &str| text.to_owned();
        let new = judged(403, r#"{"reason":"QuantumKeyRequired","extra":{}}"#);
        assert_eq!(new, Err(Fault::Ours { reason: reason("QuantumKeyRequired") }));
        let bare = judged(410, "");
        assert_eq!(bare, Err(Fault::Gone { reason: reason("http_410"), as_of: None }));
        let page = judged(502, "<html>");
        assert_eq!(page, Err(Fault::later("http_502", None)));
        let odd = judged(400, r#"{"reason":"a sentence, with a token in it"}"#);
        assert_eq!(odd, Err(Fault::never("http_400")));
        assert_eq!(judged(301, ""), Err(Fault::later("http_301", None)));
    }
}
