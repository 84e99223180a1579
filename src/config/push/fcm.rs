//! Firebase Cloud Messaging.

use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::endpoint_problem;
use crate::config::{Unsafe, from_text};

/// `[push.fcm]`: the project's service account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fcm {
    /// The service account's key file, JSON; it names the project and where tokens are exchanged. `None`
    /// leaves the channel out.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub service_account_file: Option<PathBuf>,
    /// Where messages are sent to.
    #[serde(deserialize_with = "from_text::required")]
    pub endpoint: Url,
}

impl Fcm {
    /// Whether the channel is to be used.
    #[must_use]
    pub fn is_set_up(&self) -> bool {
        self.service_account_file.is_some()
    }

    /// An endpoint that is fit for tokens.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        endpoint_problem("push.fcm.endpoint", &self.endpoint).into_iter().collect()
    }
}
