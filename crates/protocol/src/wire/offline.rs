//! Offline codes: what phones hold, what workstations upload, and what opens a machine when nothing else does.

use serde::{Deserialize, Serialize};

use crate::{
    AdminTokenId, Instant, RecoveryId, SessionId, WorkstationId,
    offline::{Holding, OfflineSession, SignedShownCode, skew::Offset},
};

/// Everything that a phone holds for offline codes; each answer replaces the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Holdings {
    /// One a tenant.
    pub holdings: Vec<Holding>,
    /// For a technician's own authenticator app, where the tenant allows it.
    pub otpauth: Vec<Otpauth>,
    /// The workstations that the secrets open, with the names that people see.
    pub workstations: Vec<KnownWorkstation>,
    /// The service's time.
    pub server_time: Instant,
}

/// A workstation as a phone names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KnownWorkstation {
    /// The machine.
    pub id: WorkstationId,
    /// Its shown name.
    #[cfg_attr(feature = "openapi", schema(example = "W11-RECEPTION"))]
    pub host_name: String,
}

/// A secret for an authenticator app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Otpauth {
    /// The workstation it opens; absent for a tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workstation_id: Option<WorkstationId>,
    /// The `otpauth://` URI: draw it as a QR code.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "otpauth://totp/Bakery%20Lane:W11-RECEPTION?secret=JBSWY3DPEHPK3PXP")
    )]
    pub uri: String,
}

/// Codes that the phone showed, signed by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportShown {
    /// The records, 1 to 100.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 100))]
    pub shown: Vec<SignedShownCode>,
}

/// What happened without network, in the order of the sequence numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UploadSessions {
    /// The sessions, 1 to 100.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 100))]
    pub sessions: Vec<OfflineSession>,
    /// How far the machine's clock is off now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<Offset>,
}

/// How far the service has a workstation's offline sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Uploaded {
    /// Every session up to this sequence number is kept; older ones may be forgotten by the workstation.
    pub through: u64,
    /// How many of them were flagged.
    pub flagged: u64,
    /// The sessions of this upload as the service calls them: by these ids a workstation reports their end, and is asked
    /// for it.
    pub sessions: Vec<UploadedSession>,
}

/// An offline session that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UploadedSession {
    /// Its number among the workstation's accepted codes.
    pub sequence: u64,
    /// The session.
    pub id: SessionId,
}

/// Asks for a workstation's recovery code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AskRecovery {
    /// Why, 1 to 256 characters; it stands in the audit log.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 256, example = "Offline since the storm")
    )]
    pub reason: String,
}

/// A request for a recovery code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recovery {
    /// The id.
    pub id: RecoveryId,
    /// The machine.
    pub workstation_id: WorkstationId,
    /// Why.
    pub reason: String,
    /// The admin who asked.
    pub requested_by: AdminTokenId,
    /// When.
    pub requested_at: Instant,
    /// The admin who agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_by: Option<AdminTokenId>,
    /// Until when it can be agreed to, and the code be read.
    pub expires_at: Instant,
    /// The code's number, as the workstation's prompt names it; only where the code stands too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// The code, once enough admins agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "7KQ2M-X4T9V-B6HPW-3NDRC"))]
    pub code: Option<String>,
}
