//! A phone's standing with the service.

use countersign_protocol::{DeviceId, MspId, TechnicianId, wire::mobile::Enrolled};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::HeldTokens;
use crate::{DeviceKey, Persist, Transport};

/// Which device this is, and whose; kept by the app for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ownership {
    /// The owner's msp.
    pub msp_id: MspId,
    /// The owner.
    pub technician_id: TechnicianId,
    /// The device.
    pub device_id: DeviceId,
}

impl From<&Enrolled> for Ownership {
    fn from(enrolled: &Enrolled) -> Self {
        Self {
            msp_id: enrolled.msp_id,
            technician_id: enrolled.technician_id,
            device_id: enrolled.device_id,
        }
    }
}

/// An enrolled phone. All calls take `&self` and may run side by side, a parked wait beside an approval.
pub struct Phone {
    pub(super) transport: Transport,
    pub(super) key: DeviceKey,
    pub(super) ownership: Ownership,
    pub(super) origin: String,
    pub(super) held: Mutex<HeldTokens>,
    pub(super) keep: Box<dyn Persist<HeldTokens>>,
}

impl Phone {
    /// The phone of an earlier enrolment, after the app starts again. `keep` is given each new pair of
    /// tokens: losing one means to sign in again.
    #[must_use]
    pub fn resume(
        transport: Transport,
        key: DeviceKey,
        ownership: Ownership,
        held: HeldTokens,
        keep: impl Persist<HeldTokens>,
    ) -> Self {
        let origin = transport.origin();
        let (held, keep) = (Mutex::new(held), Box::new(keep));
        Self { transport, key, ownership, origin, held, keep }
    }

    /// Names another origin to the passkey than the service's: native Android apps are
    /// `android:apk-key-hash:...`.
    #[must_use]
    pub fn with_origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into();
        self
    }

    /// Which device this is.
    #[must_use]
    pub fn ownership(&self) -> Ownership {
        self.ownership
    }

    /// The key that tokens are bound to.
    #[must_use]
    pub fn key(&self) -> &DeviceKey {
        &self.key
    }

    /// The origin that the passkey is told.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The way to the service.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }
}
