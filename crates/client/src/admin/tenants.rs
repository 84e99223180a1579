//! Tenants.

use countersign_protocol::{
    TenantId,
    wire::{
        Page,
        admin::{CreateTenant, Tenant, TenantSettings},
    },
};
use reqwest::Method;

use super::{Admin, Paging};
use crate::{Request, Result};

impl Admin {
    /// Makes a tenant.
    ///
    /// # Errors
    /// `already_exists`; see [`crate::Error`].
    pub async fn create_tenant(&self, tenant: &CreateTenant) -> Result<Tenant> {
        self.create("/admin/v1/tenants", tenant).await
    }

    /// The tenants of the msp.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn tenants(&self, paging: &Paging) -> Result<Page<Tenant>> {
        self.list("/admin/v1/tenants", paging).await
    }

    /// A tenant.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn tenant(&self, id: TenantId) -> Result<Tenant> {
        self.get(&format!("/admin/v1/tenants/{id}")).await
    }

    /// Replaces a tenant's settings.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn set_tenant_settings(
        &self,
        id: TenantId,
        settings: &TenantSettings,
    ) -> Result<Tenant> {
        let request = Request::new(Method::PATCH, format!("/admin/v1/tenants/{id}")).json(settings);
        self.send(request).await?.json()
    }
}
