//! A workstation's standing with the service.

use countersign_protocol::{WorkstationId, grant::KeySet};
use tokio::sync::Mutex;

use super::{Identity, Ledger, WorkstationKeys, tokens::Rotation};
use crate::{DeviceKey, Persist, Transport};

/// An enrolled workstation. All calls take `&self` and may run side by side.
pub struct Workstation {
    pub(super) transport: Transport,
    pub(super) keys: WorkstationKeys,
    pub(super) identity: Identity,
    pub(super) rotation: Mutex<Rotation>,
    pub(super) keep: Box<dyn Persist<Ledger>>,
    pub(super) key_set: Mutex<Option<KeySet>>,
}

impl Workstation {
    /// The workstation of an earlier enrolment, after the agent starts again.
    ///
    /// `keep` must have the ledger on disk when it returns: an agent that forgets it looks like a
    /// restored image, and is quarantined.
    #[must_use]
    pub fn resume(
        transport: Transport,
        keys: WorkstationKeys,
        identity: Identity,
        ledger: Ledger,
        keep: impl Persist<Ledger>,
    ) -> Self {
        Self {
            transport,
            keys,
            identity,
            rotation: Mutex::new(Rotation::resumed(ledger)),
            keep: Box::new(keep),
            key_set: Mutex::default(),
        }
    }

    /// Which workstation this is, and the service it believes.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> WorkstationId {
        self.identity.workstation_id
    }

    /// The key that signs assertions and proofs.
    #[must_use]
    pub fn key(&self) -> &DeviceKey {
        &self.keys.signing
    }

    /// Its keys.
    #[must_use]
    pub fn keys(&self) -> &WorkstationKeys {
        &self.keys
    }

    /// The way to the service.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The ledger as it is now.
    pub async fn ledger(&self) -> Ledger {
        self.rotation.lock().await.ledger.clone()
    }
}
