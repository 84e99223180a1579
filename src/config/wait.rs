//! How long a client may wait.

use std::time::Duration;

use serde::Deserialize;

use super::Unsafe;

/// `[wait]`: RFC 7240's `Prefer: wait=N`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// The longest wait, in seconds.
    pub max_s: u64,
}

impl Wait {
    /// The longest wait.
    #[must_use]
    pub fn max(&self) -> Duration {
        Duration::from_secs(self.max_s)
    }

    /// Proxies close quiet connections after a minute or less, so 30 s is the most.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        Unsafe::outside("wait.max_s", self.max_s, &(1..=30), "seconds").into_iter().collect()
    }
}
