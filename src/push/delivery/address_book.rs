//! Whom to tell, and what is written down of it.

use async_trait::async_trait;
use countersign_protocol::{DeviceId, LoginId, MspId, wire::mobile::PushAddress};

use crate::{push::Fault, store::devices::Announced};

/// A vendor's word on an address.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Whose phone.
    pub msp: MspId,
    /// The phone.
    pub device: DeviceId,
    /// The address that was judged; another one is left alone.
    pub push: PushAddress,
    /// [`Fault::Gone`] or [`Fault::Suspicious`].
    pub fault: Fault,
}

/// The service's book of phones. What fails here was logged by whoever keeps it.
#[async_trait]
pub trait AddressBook: Send + Sync {
    /// The login as it stands; `None` if it has no phones to tell, or can't be read.
    async fn announced(&self, msp: MspId, login: LoginId) -> Option<Announced>;
    /// Forgets or quarantines an address, as one committed change.
    async fn judge(&self, judged: Judged);
}
