use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde_json::json;

use crate::vendors::{Answer, random};

/// As long as Google's.
const LIFE: Duration = Duration::from_secs(3599);

/// The access tokens that were made, and when each ends.
#[derive(Debug, Default)]
pub(super) struct AccessTokens(Mutex<Made>);

#[derive(Debug, Default)]
struct Made {
    ends: HashMap<String, SystemTime>,
    count: usize,
}

impl AccessTokens {
    /// A new one, as the token endpoint answers it (RFC 6749 section 5.1).
    pub(super) fn answer(&self, now: SystemTime) -> Answer {
        let token = format!("ya29.{}.{}", random::word(), random::word());
        let mut made = self.made();
        made.ends.insert(token.clone(), now + LIFE);
        made.count += 1;
        let body =
            json!({"access_token": token, "expires_in": LIFE.as_secs(), "token_type": "Bearer"});
        Answer::json(StatusCode::OK, &body)
    }

    /// Whether it was made here and has not ended.
    pub(super) fn is_good(&self, token: &str, now: SystemTime) -> bool {
        self.made().ends.get(token).is_some_and(|end| now < *end)
    }

    /// All that were made so far are unknown from now on.
    pub(super) fn disown(&self) {
        self.made().ends.clear();
    }

    /// How many were made.
    pub(super) fn count(&self) -> usize {
        self.made().count
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
