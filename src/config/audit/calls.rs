//! How the audit log calls out.

use std::{path::PathBuf, time::Duration};

use ipnet::IpNet;
use serde::Deserialize;

use crate::config::{Unsafe, from_text};

/// The widest network that may be allowed: all unique local addresses (RFC 4193) are fc00::/7.
const SHORTEST_PREFIX: u8 = 7;

/// `[audit.calls]`: to webhooks, and to where checkpoints are shipped.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// How long a connection may take to be made, in milliseconds.
    pub connect_timeout_ms: u64,
    /// How long a call may take from its start to its answer's end, in milliseconds.
    pub timeout_ms: u64,
    /// PEM file with roots to trust beside the system's.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub tls_roots: Option<PathBuf>,
    /// Networks that may be called although they are not public.
    #[serde(deserialize_with = "from_text::list")]
    pub allowed_networks: Vec<IpNet>,
}

impl Calls {
    /// How long a connection may take to be made.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    /// How long a call may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// Bounded waits, and no network that is everybody's.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        let waits = [
            Unsafe::outside(
                "audit.calls.connect_timeout_ms",
                self.connect_timeout_ms,
                &(50..=30_000),
                "milliseconds",
            ),
            Unsafe::outside(
                "audit.calls.timeout_ms",
                self.timeout_ms,
                &(50..=60_000),
                "milliseconds",
            ),
        ];
        let mut problems: Vec<_> = waits.into_iter().flatten().collect();
        let wide = self.allowed_networks.iter().filter(|net| net.prefix_len() < SHORTEST_PREFIX);
        problems.extend(wide.map(|network| {
            let problem = format!("{network} is nearly everything; name the service's own network");
            Unsafe::new("audit.calls.allowed_networks", problem)
        }));
        problems
    }
}
