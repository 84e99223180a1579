//! Admins' API tokens.

use countersign_protocol::{
    AdminTokenId,
    wire::{
        Page,
        admin::{AdminToken, CreateAdminToken},
    },
};

use super::{Admin, Paging};
use crate::Result;

impl Admin {
    /// Makes an API token; the answer alone holds it.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn create_token(&self, token: &CreateAdminToken) -> Result<AdminToken> {
        self.create("/admin/v1/tokens", token).await
    }

    /// The msp's API tokens.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn tokens(&self, paging: &Paging) -> Result<Page<AdminToken>> {
        self.list("/admin/v1/tokens", paging).await
    }

    /// Revokes an API token.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn revoke_token(&self, id: AdminTokenId) -> Result<()> {
        self.delete(&format!("/admin/v1/tokens/{id}")).await
    }
}
