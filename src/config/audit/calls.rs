//! How the audit log calls out.

use std::{path::PathBuf, time::Duration};

use ipnet::IpNet;
use serde::Deserialize;

use crate::config::{Unsafe, from_text};

/// The widest network that may be allowed: all unique local addresses (RFC 4193) are fc00::/7.
const SHORTEST_PREFIX: u8 = 7;

/// `[audit.calls]`: to where checkpoints are shipped, and to msps' webhooks.
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
    /// Networks where checkpoints may be shipped to although they are not public.
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
        problems.extend(too_wide("audit.calls.allowed_networks", &self.allowed_networks));
        problems
    }
}

/// The networks that are everybody's.
pub(super) fn too_wide(key: &'static str, networks: &[IpNet]) -> impl Iterator<Item = Unsafe> {
    let wide = networks.iter().filter(|network| network.prefix_len() < SHORTEST_PREFIX);
    wide.map(move |network| {
        let problem = format!("{network} is nearly everything; name the service's own network");
        Unsafe::new(key, problem)
    })
}
