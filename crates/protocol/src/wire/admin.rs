//! `/admin/v1`: what an admin's tools say and hear.

use serde::{Deserialize, Serialize};

use super::{
    Status,
    accounts::{AccountMode, OfflineSettings, Profiles},
    desktop::{PendingReplacement, WorkstationFacts},
    mobile::DeviceFacts,
    state::StateVersion,
};
use crate::{
    AdminTokenId, DeviceId, EnrolmentTokenId, Instant, MspId, TechnicianId, TenantId, TicketId,
    WorkstationId,
};

/// A tenant's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TenantSettings {
    /// Digits of the code that a workstation shows, 6 to 8; absent: the installation's setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 6, maximum = 8))]
    pub code_digits: Option<u8>,
    /// A login's lifetime in seconds, 30 to 600; absent: the installation's setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 30, maximum = 600))]
    pub login_lifetime_s: Option<u16>,
    /// Refuse a phone whose public network differs from the workstation's.
    pub refuse_other_network: bool,
    /// Whose accounts technicians get on the tenant's workstations.
    #[serde(skip_serializing_if = "AccountMode::is_named")]
    pub accounts: AccountMode,
    /// What becomes of an account's profile when the account leaves a workstation.
    #[serde(skip_serializing_if = "Profiles::are_kept")]
    pub profiles: Profiles,
    /// Offline codes.
    #[serde(skip_serializing_if = "OfflineSettings::is_default")]
    pub offline: OfflineSettings,
}

/// Makes a tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateTenant {
    /// Its name, 1 to 64 characters, unique in the msp.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 64, example = "Bakery Lane")
    )]
    pub name: String,
    /// Its settings.
    #[serde(default)]
    pub settings: TenantSettings,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tenant {
    /// The id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Its settings.
    pub settings: TenantSettings,
    /// The account that all its technicians share, in shared mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(example = "msp-4711"))]
    pub shared_account: Option<String>,
    /// When it was made.
    pub created_at: Instant,
    /// The row's version.
    pub version: i64,
}

/// Makes a technician.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateTechnician {
    /// Their e-mail address, unique in the msp without regard to case.
    #[cfg_attr(feature = "openapi", schema(max_length = 254, example = "nik@example.com"))]
    pub email: String,
    /// Their user name, 1 to 32 of `a-z 0-9 . _ -`, unique in the msp.
    #[cfg_attr(feature = "openapi", schema(max_length = 32, example = "nik"))]
    pub user_name: String,
}

/// A technician.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Technician {
    /// The id.
    pub id: TechnicianId,
    /// Their e-mail address.
    pub email: String,
    /// Their user name.
    pub user_name: String,
    /// Their account on workstations, given once.
    #[cfg_attr(feature = "openapi", schema(example = "msp-nik"))]
    pub account_name: String,
    /// Whether they may sign in.
    pub status: Status,
    /// Failed approvals since their last success.
    pub consecutive_failures: u32,
    /// Until when their push logins pause after too many failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push_paused_until: Option<Instant>,
    /// When they were made.
    pub created_at: Instant,
    /// The row's version.
    pub version: i64,
}

/// A technician who works for a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delegation {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The technician.
    pub technician_id: TechnicianId,
    /// Since when.
    pub created_at: Instant,
}

/// A one-time ticket that enrols a phone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ticket {
    /// The id.
    pub id: TicketId,
    /// The ticket itself; shown once. Draw it as a QR code.
    pub ticket: String,
    /// When it ends.
    pub expires_at: Instant,
}

/// A technician's phone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Device {
    /// The id.
    pub id: DeviceId,
    /// Whose it is.
    pub technician_id: TechnicianId,
    /// What it is.
    pub facts: DeviceFacts,
    /// The push channel it uses: `apns`, `fcm`, `web_push`, or absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push_channel: Option<String>,
    /// Whether it may approve.
    pub status: Status,
    /// When it was enrolled.
    pub enrolled_at: Instant,
    /// The row's version.
    pub version: i64,
}

/// Makes an enrolment token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateEnrolmentToken {
    /// How many workstations it may enrol, 1 to 10,000.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10_000))]
    pub uses: u32,
    /// Seconds until it ends, at least 60, at most 30 days.
    #[cfg_attr(feature = "openapi", schema(minimum = 60, maximum = 2_592_000))]
    pub expires_in: u32,
    /// True if its workstations may open logins without an admin's confirmation.
    pub auto_confirm: bool,
    /// The one workstation whose keys it replaces; its use needs no other consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workstation_id: Option<WorkstationId>,
}

/// An enrolment token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolmentToken {
    /// The id.
    pub id: EnrolmentTokenId,
    /// The token itself; shown once, in the answer that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The tenant it enrols into.
    pub tenant_id: TenantId,
    /// Uses left.
    pub uses_left: u32,
    /// True if its workstations need no confirmation.
    pub auto_confirm: bool,
    /// The one workstation whose keys it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workstation_id: Option<WorkstationId>,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Instant>,
}

/// A workstation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Workstation {
    /// The id.
    pub id: WorkstationId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// What it is.
    pub facts: WorkstationFacts,
    /// Its signing key's RFC 7638 thumbprint.
    pub key_thumbprint: String,
    /// Whether it may open logins.
    pub status: Status,
    /// Since when its push logins are frozen after a fraud report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push_frozen_at: Option<Instant>,
    /// New keys that wait for consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<PendingReplacement>,
    /// When it was enrolled.
    pub enrolled_at: Instant,
    /// When it last authenticated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Instant>,
    /// How far its clock is behind the service's, in milliseconds, as it last measured. Offline codes bear half a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_offset_ms: Option<i64>,
    /// The version of its state document.
    pub state: StateVersion,
    /// The version that it has applied.
    pub applied: StateVersion,
    /// The row's version.
    pub version: i64,
}

/// Confirms the keys of a workstation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmWorkstation {
    /// The RFC 7638 thumbprint of the signing key that is confirmed: the one that was compared with what the
    /// machine shows.
    pub key_thumbprint: String,
}

/// What an API token may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AdminRole {
    /// Everything of `/admin/v1`.
    #[default]
    Admin,
    /// Reads the audit log, and nothing else.
    Auditor,
}

impl AdminRole {
    /// The role's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }
}

/// Makes an admin's API token.
#[derive(Default, Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateAdminToken {
    /// What it is for, 1 to 64 characters.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 64, example = "provisioning")
    )]
    pub name: String,
    /// What it may do; an admin's everything unless said.
    #[serde(default)]
    pub role: AdminRole,
}

/// An admin's API token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminToken {
    /// The id.
    pub id: AdminTokenId,
    /// The msp it belongs to.
    pub msp_id: MspId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    #[serde(default)]
    pub role: AdminRole,
    /// The token itself; shown once, in the answer that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Instant>,
}
