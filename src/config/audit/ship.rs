//! Where checkpoints are shipped.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use crate::config::{SecretUrl, Unsafe, from_text};

/// `[audit.ship]`: whoever owns the database can rewrite it, and not what others have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ship {
    /// How often, in seconds.
    pub every_s: u64,
    /// A file that is only added to.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub file: Option<PathBuf>,
    /// Where each is posted to.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub webhook: Option<SecretUrl>,
    /// What the addresses begin with where each is put.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub s3_put: Option<SecretUrl>,
    /// A file with the bearer token for both.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub bearer_file: Option<PathBuf>,
}

impl Ship {
    /// How often.
    #[must_use]
    pub fn every(&self) -> Duration {
        Duration::from_secs(self.every_s)
    }

    /// Addresses of https, and a token only where there is somebody to show it to.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        let mut problems: Vec<Unsafe> =
            Unsafe::outside("audit.ship.every_s", self.every_s, &(1..=3_600), "seconds")
                .into_iter()
                .collect();
        for (key, address) in
            [("audit.ship.webhook", &self.webhook), ("audit.ship.s3_put", &self.s3_put)]
        {
            if address.as_ref().is_some_and(|address| !address.expose().starts_with("https://")) {
                problems.push(Unsafe::new(key, "is not https; write https://host/path"));
            }
        }
        if self.bearer_file.is_some() && self.webhook.is_none() && self.s3_put.is_none() {
            problems.push(Unsafe::new(
                "audit.ship.bearer_file",
                "is set while neither audit.ship.webhook nor audit.ship.s3_put is: nobody gets it",
            ));
        }
        problems
    }
}
