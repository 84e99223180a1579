//! Technicians' phones.

use countersign_protocol::{
    DeviceId, TechnicianId,
    wire::{Page, admin::Device},
};

use super::{Admin, Paging};
use crate::Result;

impl Admin {
    /// A technician's devices.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn devices(&self, technician: TechnicianId, paging: &Paging) -> Result<Page<Device>> {
        self.list(&format!("/admin/v1/technicians/{technician}/devices"), paging).await
    }

    /// A device.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn device(&self, id: DeviceId) -> Result<Device> {
        self.get(&format!("/admin/v1/devices/{id}")).await
    }

    /// Holds a device back, at once.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn suspend_device(&self, id: DeviceId) -> Result<Device> {
        self.act(&format!("/admin/v1/devices/{id}/suspend")).await
    }

    /// Lets a device take part again.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn resume_device(&self, id: DeviceId) -> Result<Device> {
        self.act(&format!("/admin/v1/devices/{id}/resume")).await
    }
}
