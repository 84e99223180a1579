//! A notice as FCM takes it (`projects.messages`, "Message").

use countersign_protocol::Instant;
use serde_json::json;

use crate::push::{Fault, Notice, texts};

/// The body of a request to send `notice` to `token`.
///
/// # Errors
/// The login has ended.
pub(super) fn message(token: &str, notice: &Notice, now: Instant) -> Result<Vec<u8>, Fault> {
    let login = notice.login.to_string();
    let ttl = format!("{}s", notice.worth_for(now)?);
    let data = json!({"kind": notice.kind.word(), "login": login});
    let message = match texts::text(notice.kind, notice.language) {
        Some(text) => json!({
            "token": token,
            "data": data,
            "notification": {"title": text.title, "body": text.body},
            "android": {
                "priority": "HIGH",
                "ttl": ttl,
                "collapse_key": login,
                // A second notification of the login takes the first one's place.
                "notification": {"tag": login, "default_sound": true},
            },
        }),
        // The app takes the notification away by its tag. Not of high priority: Google lowers that of apps
        // whose messages show nothing ("Set and manage message priority").
        None => json!({
            "token": token,
            "data": data,
            "android": {"priority": "NORMAL", "ttl": ttl, "collapse_key": login},
        }),
    };
    Ok(json!({ "message": message }).to_string().into_bytes())
}
