//! Webhooks of msps.

use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

use super::calls::too_wide;
use crate::config::{Unsafe, from_text};

/// `[audit.webhooks]`: servers that admins of msps name, and that are sent their logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// How many an msp may have.
    pub most: u32,
    /// How long events gather before they are sent, in milliseconds.
    pub gather_ms: u64,
    /// How long a batch is tried before it becomes a dead letter, in seconds.
    pub give_up_s: u64,
    /// Networks that may be called although they are not public.
    #[serde(deserialize_with = "from_text::list")]
    pub allowed_networks: Vec<IpNet>,
}

impl Webhooks {
    /// How long events gather.
    #[must_use]
    pub fn gather(&self) -> Duration {
        Duration::from_millis(self.gather_ms)
    }

    /// How long a batch is tried.
    #[must_use]
    pub fn give_up(&self) -> Duration {
        Duration::from_secs(self.give_up_s)
    }

    /// Everything has an end, and no network is everybody's.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        let outside = [
            Unsafe::outside("audit.webhooks.most", self.most, &(0..=100), "webhooks"),
            Unsafe::outside(
                "audit.webhooks.gather_ms",
                self.gather_ms,
                &(10..=60_000),
                "milliseconds",
            ),
            Unsafe::outside(
                "audit.webhooks.give_up_s",
                self.give_up_s,
                &(60..=2_592_000),
                "seconds",
            ),
        ];
        let outside = outside.into_iter().flatten();
        let wide = too_wide("audit.webhooks.allowed_networks", &self.allowed_networks);
        outside.chain(wide).collect()
    }
}
