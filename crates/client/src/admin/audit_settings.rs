//! What an msp keeps of its audit log.

use countersign_protocol::wire::audit_settings::{AuditSettings, ChangeAuditSettings};
use reqwest::Method;

use super::Admin;
use crate::{Request, Result};

impl Admin {
    /// What the msp keeps of its audit log.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn audit_settings(&self) -> Result<AuditSettings> {
        self.get("/admin/v1/audit/settings").await
    }

    /// Replaces what the msp keeps of its audit log.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn set_audit_settings(&self, asked: &ChangeAuditSettings) -> Result<AuditSettings> {
        let request = Request::new(Method::PATCH, "/admin/v1/audit/settings").json(asked);
        self.send(request).await?.json()
    }
}
