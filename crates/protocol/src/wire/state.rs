//! What a workstation is to be: one versioned document each, and how far they have come.

use serde::{Deserialize, Serialize};

use super::admin::Technician;
use crate::{
    AccountKind, Instant, SessionId, StateChangeId, TechnicianId, TenantId, WorkstationId,
    grant::PasswordRule, sealed::Sealed,
};

/// A state document's version: what the tenant's workstations share, and what is this one's own. Both only rise, and
/// so does their sum, to which the sealed part is bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StateVersion {
    /// The tenant's part.
    pub tenant: u64,
    /// The workstation's part.
    pub own: u64,
}

impl StateVersion {
    /// The one number that rises with each change: the document's `ETag`.
    #[must_use]
    pub fn sum(self) -> u64 {
        self.tenant.saturating_add(self.own)
    }

    /// True if whoever applied this has applied `other` too.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.tenant >= other.tenant && self.own >= other.own
    }
}

/// What is to become of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountOrder {
    /// It may be used. It is made at the first login that needs it, and not before.
    Have,
    /// Disabled now, and removed once no session runs; its profile stays.
    Remove,
    /// The same, with its profile.
    RemoveWithProfile,
}

/// An account on a workstation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderedAccount {
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(example = "msp-nik"))]
    pub name: String,
    /// Whose it is.
    pub kind: AccountKind,
    /// The technician whose own it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician_id: Option<TechnicianId>,
    /// What is to become of it.
    pub order: AccountOrder,
}

/// What a workstation needs to check a recovery code by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCheck {
    /// The code's number; the prompt shows it.
    pub number: u32,
    /// SHA-256 over the code's 100 random bits as text (upper case, no hyphens), base64url: nothing can be guessed
    /// from it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub sha256: crate::Bytes<32>,
}

/// What a workstation is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StateDocument {
    /// Its version.
    pub version: StateVersion,
    /// The accounts. One that an agent finds and did not make is never adopted: it answers `account_taken`.
    pub accounts: Vec<OrderedAccount>,
    /// How passwords are made, before each session.
    pub password: PasswordRule,
    /// Sessions that an admin asks it to end.
    pub end_sessions: Vec<SessionId>,
    /// Its offline rules (`OfflineRules` as JSON), sealed to its encryption key and bound to the sum of the version.
    pub offline: Sealed,
    /// Its recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<RecoveryCheck>,
    /// The service's time.
    pub server_time: Instant,
}

/// Says that a document was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Applied {
    /// Its version.
    pub version: StateVersion,
    /// Accounts that are gone from the machine.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 1000))]
    pub removed: Vec<String>,
    /// Accounts that the agent found and did not make: it leaves them alone (`account_taken`).
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 1000))]
    pub taken: Vec<String>,
    /// How far the machine's clock is off, as it measured on the service's answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<crate::offline::skew::Offset>,
}

/// How far a change has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StateChange {
    /// The id.
    pub id: StateChangeId,
    /// The tenant whose workstations it concerns.
    pub tenant_id: TenantId,
    /// The one workstation that it concerns, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workstation_id: Option<WorkstationId>,
    /// What changed, in words.
    pub what: String,
    /// When.
    pub made_at: Instant,
    /// How many workstations it concerns.
    pub workstations: u64,
    /// How many have applied it.
    pub applied: u64,
}

/// A workstation that has not applied a change, or still accepts what was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Straggler {
    /// The machine.
    pub workstation_id: WorkstationId,
    /// Its shown name.
    pub host_name: String,
    /// When it was last heard of; absent if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Instant>,
}

/// A secret that a leaver's phones received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExposedSecret {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The one workstation it opens; absent for a tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workstation_id: Option<WorkstationId>,
    /// Its version, as prompts name it.
    pub version: String,
    /// When a phone of theirs first received it.
    pub handed_at: Instant,
    /// When it was replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_at: Option<Instant>,
    /// How many workstations accept or accepted it.
    pub workstations: u64,
    /// How many of them have applied its replacement.
    pub applied: u64,
}

/// What a technician's phones can still open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlastRadius {
    /// The technician.
    pub technician_id: TechnicianId,
    /// The secrets that their phones ever received, newest first; at most 1,000 stand here.
    pub secrets: Vec<ExposedSecret>,
    /// How many secrets those are in all.
    pub secrets_total: u64,
    /// How many workstations still accept a code of theirs.
    pub accepting: u64,
    /// Those workstations, longest unheard of first; at most 1,000 stand here.
    pub stragglers: Vec<Straggler>,
}

/// A technician who was suspended, and what is left to be done about their phones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suspended {
    /// The technician as they are now.
    #[serde(flatten)]
    pub technician: Technician,
    /// What their phones can still open, once the suspension stands.
    pub blast_radius: BlastRadius,
}

/// A change, and who has not applied it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeProgress {
    /// The change.
    #[serde(flatten)]
    pub change: StateChange,
    /// Workstations that have not applied it, longest unheard of first; at most 1,000 stand here.
    pub stragglers: Vec<Straggler>,
}
