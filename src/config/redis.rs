//! What wakes, limits and remembers across nodes.

use std::time::Duration;

use serde::Deserialize;

use super::{SecretUrl, Unsafe, from_text};

/// `[redis]`: wake-ups, replay caches and limits; in process when there is no address.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    /// The server, `redis://` or `rediss://`; `None` keeps everything in process.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub url: Option<SecretUrl>,
    /// What all keys and channels begin with.
    pub prefix: String,
    /// How long a command may take, in milliseconds.
    pub timeout_ms: u64,
}

impl Redis {
    /// How long a command may take before Redis counts as down.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// A known scheme, a plain prefix, a bounded wait.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        let mut problems = Vec::new();
        if let Some(url) = &self.url
            && !matches!(url.scheme().as_str(), "redis" | "rediss")
        {
            problems.push(Unsafe::new(
                "redis.url",
                "has an unknown scheme; write redis://host:6379, or rediss://host:6380 for TLS",
            ));
        }
        // Braces would move every key into one slot of a Redis Cluster.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
        if self.prefix.is_empty() || !self.prefix.chars().all(plain) {
            problems.push(Unsafe::new(
                "redis.prefix",
                "may hold letters, digits, '-', '_', '.' and ':' and can't be empty; \
                 write \"countersign\"",
            ));
        }
        let timeout =
            Unsafe::outside("redis.timeout_ms", self.timeout_ms, &(10..=10_000), "milliseconds");
        problems.extend(timeout);
        problems
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    #[test]
    fn an_unknown_scheme_is_refused_without_its_password() {
        let mut redis = Settings::embedded().redis;
        redis.url = Some("http://:hunter2@cache".into());
        let problems = redis.validate();
        assert_eq!(problems[0].key, "redis.url");
        assert!(!problems[0].problem.contains("hunter2"));
    }

    #[test]
    fn tls_is_welcome_and_braces_in_the_prefix_are_not() {
        let mut redis = Settings::embedded().redis;
        redis.url = Some("rediss://cache:6380".into());
        assert_eq!(redis.validate(), []);
        redis.prefix = "{countersign}".into();
        assert_eq!(redis.validate()[0].key, "redis.prefix");
    }
}
