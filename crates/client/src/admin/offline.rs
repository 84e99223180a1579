//! Offline codes: how far changes have come, what leavers can still open, and what opens a machine when nothing else
//! does.

use countersign_protocol::{
    DeviceId, RecoveryId, StateChangeId, TechnicianId, TenantId, WorkstationId,
    wire::{
        Page,
        accounts::MspSettings,
        admin::{Device, Workstation},
        offline::{AskRecovery, Recovery},
        state::{BlastRadius, ChangeProgress, StateChange},
    },
};
use reqwest::Method;

use super::{Admin, Paging};
use crate::{Request, Result};

impl Admin {
    /// The msp's settings.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn msp_settings(&self) -> Result<MspSettings> {
        self.get("/admin/v1/msp").await
    }

    /// Replaces the msp's settings.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn set_msp_settings(&self, settings: &MspSettings) -> Result<MspSettings> {
        self.send(Request::new(Method::PATCH, "/admin/v1/msp").json(settings)).await?.json()
    }

    /// The changes of what a tenant's workstations are told.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn state_changes(
        &self,
        tenant: TenantId,
        paging: &Paging,
    ) -> Result<Page<StateChange>> {
        self.list(&format!("/admin/v1/tenants/{tenant}/state-changes"), paging).await
    }

    /// One change, and the workstations that have not applied it.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn state_change(&self, id: StateChangeId) -> Result<ChangeProgress> {
        self.get(&format!("/admin/v1/state-changes/{id}")).await
    }

    /// What a technician's phones can still open.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn blast_radius(&self, technician: TechnicianId) -> Result<BlastRadius> {
        self.get(&format!("/admin/v1/technicians/{technician}/blast-radius")).await
    }

    /// Replaces a tenant's offline secrets, in routine.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn rotate_offline_secrets(&self, tenant: TenantId) -> Result<()> {
        let path = format!("/admin/v1/tenants/{tenant}/rotate-offline-secrets");
        self.send(Request::post(path)).await?.done()
    }

    /// Says that a phone was lost: it is suspended, and every offline secret that its technician's phones received is
    /// replaced.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn lost_phone(&self, device: DeviceId) -> Result<Device> {
        self.act(&format!("/admin/v1/devices/{device}/lost")).await
    }

    /// Says that a workstation's secrets are known to others: its offline secrets are replaced.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn replace_offline_secrets(&self, at: WorkstationId) -> Result<Workstation> {
        self.act(&format!("/admin/v1/workstations/{at}/replace-offline-secrets")).await
    }

    /// Workstations whose clocks are off by more than 20 seconds.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn skewed_workstations(&self, paging: &Paging) -> Result<Page<Workstation>> {
        self.list("/admin/v1/skewed-workstations", paging).await
    }

    /// Asks for a workstation's recovery code.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn ask_for_recovery(&self, at: WorkstationId, reason: &str) -> Result<Recovery> {
        let asked = AskRecovery { reason: reason.to_owned() };
        self.create(&format!("/admin/v1/workstations/{at}/recoveries"), &asked).await
    }

    /// Agrees to another admin's request.
    ///
    /// # Errors
    /// `conflict` if it is one's own, agreed to, or too late; see [`crate::Error`].
    pub async fn agree_to_recovery(&self, id: RecoveryId) -> Result<Recovery> {
        self.act(&format!("/admin/v1/recoveries/{id}/agree")).await
    }

    /// Recoveries that were asked for, without codes.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn recoveries(&self, paging: &Paging) -> Result<Page<Recovery>> {
        self.list("/admin/v1/recoveries", paging).await
    }

    /// A request, with the code once enough admins agreed.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn recovery(&self, id: RecoveryId) -> Result<Recovery> {
        self.get(&format!("/admin/v1/recoveries/{id}")).await
    }
}
