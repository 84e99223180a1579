//! The tokens that enrol workstations.

use countersign_protocol::{
    EnrolmentTokenId, TenantId,
    wire::{
        Page,
        admin::{CreateEnrolmentToken, EnrolmentToken},
    },
};

use super::{Admin, Paging};
use crate::Result;

impl Admin {
    /// Makes an enrolment token; the answer alone holds it.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn create_enrolment_token(
        &self,
        tenant: TenantId,
        token: &CreateEnrolmentToken,
    ) -> Result<EnrolmentToken> {
        self.create(&format!("/admin/v1/tenants/{tenant}/enrolment-tokens"), token).await
    }

    /// A tenant's enrolment tokens.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn enrolment_tokens(
        &self,
        tenant: TenantId,
        paging: &Paging,
    ) -> Result<Page<EnrolmentToken>> {
        self.list(&format!("/admin/v1/tenants/{tenant}/enrolment-tokens"), paging).await
    }

    /// Revokes an enrolment token.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn revoke_enrolment_token(
        &self,
        tenant: TenantId,
        id: EnrolmentTokenId,
    ) -> Result<()> {
        self.delete(&format!("/admin/v1/tenants/{tenant}/enrolment-tokens/{id}")).await
    }
}
