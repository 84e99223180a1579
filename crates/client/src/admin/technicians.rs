//! Technicians, whom they work for, and the tickets that enrol their phones.

use countersign_protocol::{
    TechnicianId, TenantId,
    wire::{
        Page,
        admin::{CreateTechnician, Delegation, Technician, Ticket},
        state::{BlastRadius, Suspended},
    },
};
use reqwest::Method;

use super::{Admin, Paging};
use crate::{Request, Result};

impl Admin {
    /// Makes a technician.
    ///
    /// # Errors
    /// `already_exists`; see [`crate::Error`].
    pub async fn create_technician(&self, technician: &CreateTechnician) -> Result<Technician> {
        self.create("/admin/v1/technicians", technician).await
    }

    /// The technicians of the msp.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn technicians(&self, paging: &Paging) -> Result<Page<Technician>> {
        self.list("/admin/v1/technicians", paging).await
    }

    /// A technician.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn technician(&self, id: TechnicianId) -> Result<Technician> {
        self.get(&format!("/admin/v1/technicians/{id}")).await
    }

    /// Holds a technician back, at once: tokens, pending logins, untaken grants and waits end. Tells what their phones
    /// can still open.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn suspend_technician(&self, id: TechnicianId) -> Result<Suspended> {
        self.act(&format!("/admin/v1/technicians/{id}/suspend")).await
    }

    /// Lets a technician take part again; lifts a pause and clears failures too.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn resume_technician(&self, id: TechnicianId) -> Result<Technician> {
        self.act(&format!("/admin/v1/technicians/{id}/resume")).await
    }

    /// Removes a technician for good. Tells what their phones can still open.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn remove_technician(&self, id: TechnicianId) -> Result<BlastRadius> {
        let path = format!("/admin/v1/technicians/{id}");
        self.send(Request::new(Method::DELETE, path)).await?.json()
    }

    /// A ticket that enrols one phone of a technician.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn create_ticket(&self, id: TechnicianId) -> Result<Ticket> {
        self.act(&format!("/admin/v1/technicians/{id}/tickets")).await
    }

    /// Who works for a tenant.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn delegations(&self, tenant: TenantId, paging: &Paging) -> Result<Page<Delegation>> {
        self.list(&format!("/admin/v1/tenants/{tenant}/technicians"), paging).await
    }

    /// Lets a technician work for a tenant.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn delegate(&self, tenant: TenantId, technician: TechnicianId) -> Result<Delegation> {
        let path = format!("/admin/v1/tenants/{tenant}/technicians/{technician}");
        self.send(Request::new(Method::PUT, path)).await?.json()
    }

    /// Ends a technician's work for a tenant. Tells what their phones can still open, there and elsewhere.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn undelegate(
        &self,
        tenant: TenantId,
        technician: TechnicianId,
    ) -> Result<BlastRadius> {
        let path = format!("/admin/v1/tenants/{tenant}/technicians/{technician}");
        self.send(Request::new(Method::DELETE, path)).await?.json()
    }
}
