//! How long tokens, proofs and tickets live.

use std::time::Duration;

use serde::Deserialize;

use super::Unsafe;

/// `[tokens]`: lifetimes of what phones and workstations show.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// Life of an access token, in seconds.
    pub access_s: u64,
    /// How far a DPoP proof's `iat` may be from now, in seconds (RFC 9449 section 11.1).
    pub proof_window_s: u64,
    /// Life of a device ticket, in seconds.
    pub ticket_s: u64,
    /// Longest life of a workstation enrolment token, in seconds.
    pub workstation_token_max_s: u64,
    /// How long a rotation may be repeated by the same key, in seconds.
    pub refresh_repeat_s: u64,
    /// Longest life of a workstation's assertion, in seconds (RFC 7523 section 3).
    pub assertion_max_s: u64,
    /// Requests a minute from one network address that carry no access token yet.
    pub strangers_per_address_per_minute: u32,
}

impl Tokens {
    /// Life of an access token.
    #[must_use]
    pub fn access(&self) -> Duration {
        Duration::from_secs(self.access_s)
    }

    /// How far a DPoP proof's `iat` may be from now, either way.
    #[must_use]
    pub fn proof_window(&self) -> Duration {
        Duration::from_secs(self.proof_window_s)
    }

    /// Life of a device ticket.
    #[must_use]
    pub fn ticket(&self) -> Duration {
        Duration::from_secs(self.ticket_s)
    }

    /// Longest life of a workstation enrolment token.
    #[must_use]
    pub fn workstation_token_max(&self) -> Duration {
        Duration::from_secs(self.workstation_token_max_s)
    }

    /// How long a rotation may be repeated by the same key.
    #[must_use]
    pub fn refresh_repeat(&self) -> Duration {
        Duration::from_secs(self.refresh_repeat_s)
    }

    /// Longest life of a workstation's assertion.
    #[must_use]
    pub fn assertion_max(&self) -> Duration {
        Duration::from_secs(self.assertion_max_s)
    }

    /// Short lives: what is stolen must soon be worthless.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        [
            ("tokens.access_s", self.access_s, 60..=900),
            ("tokens.proof_window_s", self.proof_window_s, 5..=300),
            ("tokens.ticket_s", self.ticket_s, 60..=3600),
            ("tokens.workstation_token_max_s", self.workstation_token_max_s, 3600..=2_592_000),
            ("tokens.refresh_repeat_s", self.refresh_repeat_s, 0..=300),
            ("tokens.assertion_max_s", self.assertion_max_s, 10..=600),
        ]
        .into_iter()
        .filter_map(|(key, value, range)| Unsafe::outside(key, value, &range, "seconds"))
        .chain(Unsafe::outside(
            "tokens.strangers_per_address_per_minute",
            self.strangers_per_address_per_minute,
            &(10..=1_000_000),
            "requests a minute",
        ))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    #[test]
    fn every_lifetime_is_bounded_above() {
        let mut tokens = Settings::embedded().tokens;
        tokens.access_s = 901;
        tokens.proof_window_s = 301;
        tokens.ticket_s = 3601;
        tokens.workstation_token_max_s = 2_592_001;
        tokens.refresh_repeat_s = 301;
        tokens.assertion_max_s = 601;
        tokens.strangers_per_address_per_minute = 1_000_001;
        assert_eq!(tokens.validate().len(), 7);
    }
}
