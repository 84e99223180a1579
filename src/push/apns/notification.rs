//! A notice as Apple takes it: headers and payload. The few fields that are used here stand here; a crate of
//! types would bring a client of its own.

use countersign_protocol::Instant;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::push::{Fault, Notice, texts};

/// A notice, ready to be sent with any token.
#[derive(Debug)]
pub(super) struct Notification<'a> {
    pub(super) notice: &'a Notice,
    headers: HeaderMap,
    pub(super) payload: Vec<u8>,
}

impl<'a> Notification<'a> {
    /// # Errors
    /// The login has ended.
    pub(super) fn new(notice: &'a Notice, topic: &str, now: Instant) -> Result<Self, Fault> {
        // A background push at priority 10 is an error ("Pushing background updates to your App").
        let (push_type, priority) = match texts::text(notice.kind, notice.language) {
            Some(_) => ("alert", "10"),
            None => ("background", "5"),
        };
        let expiration = notice.worth_until(now)?.unix_seconds();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in [
            ("apns-push-type", push_type),
            ("apns-priority", priority),
            ("apns-expiration", &expiration.to_string()),
            // A later notice of the login takes the place of one that was not delivered yet.
            ("apns-collapse-id", &notice.login.to_string()),
            ("apns-topic", topic),
        ] {
            let value = HeaderValue::from_str(value).map_err(|_| Fault::ours("bad_topic"))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(Self { notice, headers, payload: payload(notice).to_string().into_bytes() })
    }

    /// The headers, with this `authorization`.
    pub(super) fn headers(&self, authorization: &HeaderValue) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.insert(AUTHORIZATION, authorization.clone());
        headers
    }
}

fn payload(notice: &Notice) -> Value {
    let aps = match texts::text(notice.kind, notice.language) {
        Some(text) => json!({
            "alert": {"title": text.title, "body": text.body},
            "sound": "default",
            // Shows through a focus mode: someone stands at the workstation and waits.
            "interruption-level": "time-sensitive",
            // The app's notification service may acknowledge it, and look whether the login still waits.
            "mutable-content": 1,
        }),
        None => json!({"content-available": 1}),
    };
    json!({"aps": aps, "kind": notice.kind.word(), "login": notice.login})
}
