//! The workstation's own affairs.

use countersign_protocol::{ReplacementId, wire::desktop::OwnWorkstation};

use super::Workstation;
use crate::{Request, Result};

impl Workstation {
    /// The workstation in the service's eyes.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn own(&self) -> Result<OwnWorkstation> {
        self.send(Request::get("/desktop/v1/self")).await?.json()
    }

    /// Lets new keys take over this workstation; its own end with that.
    ///
    /// # Errors
    /// `not_found`, `conflict`; see [`crate::Error`].
    pub async fn consent(&self, replacement: ReplacementId) -> Result<()> {
        let path = format!("/desktop/v1/replacements/{replacement}/consent");
        self.send(Request::post(path)).await?.done()
    }
}
