//! The rule for the passwords that workstations make.

use serde::Deserialize;

use super::Unsafe;

/// `[password]`: what grants tell the workstation about the fresh password it makes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Password {
    /// Characters.
    pub length: u8,
}

impl Password {
    /// Long enough that nobody guesses it, short enough for every system.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        Unsafe::outside("password.length", self.length, &(16..=64), "characters")
            .into_iter()
            .collect()
    }
}
