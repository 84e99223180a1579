//! Tenants' machines.

use countersign_protocol::{
    TenantId, WorkstationId,
    wire::{
        Page,
        accounts::WorkstationAccounts,
        admin::{ConfirmWorkstation, Workstation},
    },
};

use super::{Admin, Paging};
use crate::Result;

impl Admin {
    /// A tenant's workstations.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn workstations(
        &self,
        tenant: TenantId,
        paging: &Paging,
    ) -> Result<Page<Workstation>> {
        self.list(&format!("/admin/v1/tenants/{tenant}/workstations"), paging).await
    }

    /// A workstation.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn workstation(&self, id: WorkstationId) -> Result<Workstation> {
        self.get(&format!("/admin/v1/workstations/{id}")).await
    }

    /// What each account is on a workstation.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn workstation_accounts(&self, id: WorkstationId) -> Result<WorkstationAccounts> {
        self.get(&format!("/admin/v1/workstations/{id}/accounts")).await
    }

    /// Confirms a new workstation, or the new keys that wait to take it over, whose thumbprint was compared with
    /// the one that the machine shows.
    ///
    /// # Errors
    /// `conflict`; see [`crate::Error`].
    pub async fn confirm_workstation(
        &self,
        id: WorkstationId,
        key_thumbprint: &str,
    ) -> Result<Workstation> {
        let confirmed = ConfirmWorkstation { key_thumbprint: key_thumbprint.to_owned() };
        self.create(&format!("/admin/v1/workstations/{id}/confirm"), &confirmed).await
    }

    /// Holds a workstation back, at once.
    ///
    /// # Errors
    /// `conflict`; see [`crate::Error`].
    pub async fn suspend_workstation(&self, id: WorkstationId) -> Result<Workstation> {
        self.act(&format!("/admin/v1/workstations/{id}/suspend")).await
    }

    /// Lets a workstation take part again.
    ///
    /// # Errors
    /// `conflict`; see [`crate::Error`].
    pub async fn resume_workstation(&self, id: WorkstationId) -> Result<Workstation> {
        self.act(&format!("/admin/v1/workstations/{id}/resume")).await
    }

    /// Ends a workstation for good.
    ///
    /// # Errors
    /// `conflict`; see [`crate::Error`].
    pub async fn retire_workstation(&self, id: WorkstationId) -> Result<Workstation> {
        self.act(&format!("/admin/v1/workstations/{id}/retire")).await
    }

    /// Lets a workstation out of quarantine.
    ///
    /// # Errors
    /// `conflict`; see [`crate::Error`].
    pub async fn release_workstation(&self, id: WorkstationId) -> Result<Workstation> {
        self.act(&format!("/admin/v1/workstations/{id}/release")).await
    }

    /// Forgives failed offline codes: they count from zero once the workstation has heard of it.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn clear_offline_failures(&self, id: WorkstationId) -> Result<Workstation> {
        self.act(&format!("/admin/v1/workstations/{id}/clear-offline-failures")).await
    }

    /// Lifts the freeze of push logins after a fraud report.
    ///
    /// # Errors
    /// `conflict`; see [`crate::Error`].
    pub async fn unfreeze_workstation(&self, id: WorkstationId) -> Result<Workstation> {
        self.act(&format!("/admin/v1/workstations/{id}/unfreeze")).await
    }
}
