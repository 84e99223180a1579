//! How phones are told to look.

mod apns;
mod fcm;
mod web_push;

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;
use url::Url;

pub use self::{apns::Apns, fcm::Fcm, web_push::WebPush};
use super::{Unsafe, from_text, server::is_bare};

/// `[push]`: what the channels share, and the channels.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// How long a connection to a vendor may take to be made, in milliseconds.
    pub connect_timeout_ms: u64,
    /// How long one request to a vendor may take from its start to its answer's end, in milliseconds.
    pub timeout_ms: u64,
    /// PEM file with roots to trust beside the system's.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub tls_roots: Option<PathBuf>,
    /// Apple's push service.
    pub apns: Apns,
    /// Firebase Cloud Messaging.
    pub fcm: Fcm,
    /// Web Push, UnifiedPush too.
    pub web_push: WebPush,
}

impl Push {
    /// How long a connection may take to be made.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    /// How long a request may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// Bounded waits, and channels that are set up wholly or not at all. Whether their key files can be
    /// read shows when they are read: a wrong key must not keep the service from starting.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        let waits = [
            Unsafe::outside(
                "push.connect_timeout_ms",
                self.connect_timeout_ms,
                &(50..=30_000),
                "milliseconds",
            ),
            Unsafe::outside("push.timeout_ms", self.timeout_ms, &(50..=60_000), "milliseconds"),
        ];
        let mut problems: Vec<_> = waits.into_iter().flatten().collect();
        problems.extend(self.apns.validate());
        problems.extend(self.fcm.validate());
        problems.extend(self.web_push.validate());
        problems
    }
}

/// A vendor's address that would carry tokens or names in the open, or holds more than an origin.
fn endpoint_problem(key: &'static str, endpoint: &Url) -> Option<Unsafe> {
    let shown = endpoint.origin().ascii_serialization();
    if endpoint.scheme() != "https" {
        return Some(Unsafe::new(key, "is not https, and tokens travel there; write https://host"));
    }
    (!is_bare(endpoint)).then(|| Unsafe::new(key, format!("write {shown} and nothing after it")))
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    #[test]
    fn no_channel_is_set_up_by_default() {
        let push = Settings::embedded().push;
        assert_eq!(push.validate(), []);
        assert!(!push.apns.is_set_up() && !push.fcm.is_set_up() && !push.web_push.is_set_up());
    }

    #[test]
    fn a_wait_without_a_bound_is_refused() {
        let mut push = Settings::embedded().push;
        (push.connect_timeout_ms, push.timeout_ms) = (0, 600_000);
        let keys: Vec<_> = push.validate().iter().map(|problem| problem.key).collect();
        assert_eq!(keys, ["push.connect_timeout_ms", "push.timeout_ms"]);
    }

    #[test]
    fn an_endpoint_is_an_https_origin() {
        let mut push = Settings::embedded().push;
        push.apns.endpoint = "http://localhost:1".parse().unwrap();
        push.apns.sandbox_endpoint = "https://localhost:1/3/device".parse().unwrap();
        push.fcm.endpoint = "https://u:p@localhost".parse().unwrap();
        let keys: Vec<_> = push.validate().iter().map(|problem| problem.key).collect();
        assert_eq!(keys, ["push.apns.endpoint", "push.apns.sandbox_endpoint", "push.fcm.endpoint"]);
    }
}
