//! Typed identifiers. Each is a UUIDv7 (RFC 9562): 16 raw bytes in signatures, hyphenated text on the wire.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = uuid::Uuid))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The 16 raw bytes, as they enter signatures.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A managed service provider.
    MspId,
    /// A customer of an msp.
    TenantId,
    /// A person of the msp.
    TechnicianId,
    /// A technician's phone.
    DeviceId,
    /// A tenant's machine.
    WorkstationId,
    /// One request to enter a workstation.
    LoginId,
    /// A one-time ticket that enrols a phone.
    TicketId,
    /// A token that enrols workstations.
    EnrolmentTokenId,
    /// An admin's API token.
    AdminTokenId,
    /// New keys that wait to take over a known workstation.
    ReplacementId,
    /// One fact in the audit log.
    EventId,
    /// A grant's `jti`.
    GrantId,
    /// What happened on a workstation after a login, or offline.
    SessionId,
    /// An offline secret.
    SecretId,
    /// A request for a workstation's recovery code.
    RecoveryId,
    /// A workstation's recovery code.
    RecoveryCodeId,
    /// A change of what workstations are told.
    StateChangeId,
    /// Somebody's server that is sent the audit log.
    WebhookId,
    /// Events that are sent together: the `webhook-id` of the request.
    BatchId,
}
