//! What a workstation is to the service, and what it pinned of it.

use countersign_protocol::{MspId, P256Jwk, TenantId, WorkstationId, wire::desktop::Enrolment};
use serde::{Deserialize, Serialize};

use crate::{DeviceKey, EncryptionKey, KeyError};

/// Which workstation this is, and the service it believes; kept by the agent for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The workstation.
    pub workstation_id: WorkstationId,
    /// Its msp.
    pub msp_id: MspId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The issuer of grants and key sets.
    pub issuer: String,
    /// The pinned installation keys: they sign the key set, whatever TLS says.
    pub installation_keys: Vec<P256Jwk>,
}

impl From<&Enrolment> for Identity {
    fn from(enrolment: &Enrolment) -> Self {
        Self {
            workstation_id: enrolment.workstation_id,
            msp_id: enrolment.msp_id,
            tenant_id: enrolment.tenant_id,
            issuer: enrolment.issuer.clone(),
            installation_keys: enrolment.installation_keys.clone(),
        }
    }
}

/// A workstation's two keys.
pub struct WorkstationKeys {
    /// Signs assertions and proofs.
    pub signing: DeviceKey,
    /// Offline secrets are sealed to it.
    pub encryption: EncryptionKey,
}

impl WorkstationKeys {
    /// New keys.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self { signing: DeviceKey::generate()?, encryption: EncryptionKey::generate()? })
    }
}
