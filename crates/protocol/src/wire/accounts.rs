//! How technicians appear on a tenant's workstations, and how they get in without a network.

use serde::{Deserialize, Serialize};

use crate::{
    AccountKind, Instant, TechnicianId,
    offline::{Bounds, CodeRule},
};

/// Whose accounts technicians get on a tenant's workstations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountMode {
    /// Each technician has one of their own, the same on every workstation, made at their first login there.
    #[default]
    Named,
    /// All of them use one, which is the tenant's.
    Shared,
}

impl AccountMode {
    /// The mode's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Shared => "shared",
        }
    }

    /// True for the default.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
    pub fn is_named(&self) -> bool {
        *self == Self::Named
    }

    /// The kind of its accounts.
    #[must_use]
    pub fn kind(self) -> AccountKind {
        match self {
            Self::Named => AccountKind::Named,
            Self::Shared => AccountKind::Shared,
        }
    }
}

/// What an account is on a workstation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// It may be used.
    Present,
    /// It is disabled, and to be removed once no session runs.
    Removing,
    /// The workstation has none that its agent made, or none any more.
    Removed,
}

impl AccountState {
    /// The state's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Removing => "removing",
            Self::Removed => "removed",
        }
    }
}

/// Why nobody gets in under an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountTrouble {
    /// The machine has an account of this name that the agent did not make: it is left alone.
    AccountTaken,
}

impl AccountTrouble {
    /// The trouble's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccountTaken => "account_taken",
        }
    }
}

/// What an account is on a workstation, as it said last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkstationAccount {
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(example = "msp-nik"))]
    pub name: String,
    /// The technician whose own it is; absent for a tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician_id: Option<TechnicianId>,
    /// What it is.
    pub state: AccountState,
    /// Why nobody gets in under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<AccountTrouble>,
    /// Since when it is so.
    pub changed_at: Instant,
}

/// What each account is on a workstation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkstationAccounts {
    /// The accounts, by name; at most 1,000 stand here.
    pub accounts: Vec<WorkstationAccount>,
}

/// What becomes of an account's profile when the account leaves a workstation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Profiles {
    /// It stays.
    #[default]
    Keep,
    /// It is deleted.
    Delete,
}

impl Profiles {
    /// True for the default.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
    pub fn are_kept(&self) -> bool {
        *self == Self::Keep
    }
}

/// What holds for a whole msp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MspSettings {
    /// How account names begin: 1 to 8 of `a-z 0-9 -`, beginning with a letter. Another one is for technicians and
    /// tenants to come: names are given once.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 8, example = "msp-"))]
    pub account_prefix: String,
    /// How many admins must want a workstation's recovery code before it can be read: 1 or 2.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 2))]
    pub recovery_admins: u8,
}

/// A tenant's offline codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct OfflineSettings {
    /// Derive each technician's secret on each workstation from the tenant's root, so that a code names the technician,
    /// whatever the account mode. Otherwise the secret is the workstation's (named mode) or the tenant's (shared).
    pub derived: bool,
    /// How codes are made.
    pub code: CodeRule,
    /// How much may happen without contact: 1 to 1000 sessions, 1 to 365 days.
    pub bounds: Bounds,
    /// In a routine rotation, for how many days the old secret still works at the most, 0 to 90. It ends sooner once every
    /// phone that held it has the new one.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 90))]
    pub rotation_days: u16,
    /// Technicians may put secrets into an authenticator app of their own (`otpauth://`).
    pub own_authenticators: bool,
}

impl Default for OfflineSettings {
    fn default() -> Self {
        Self {
            derived: false,
            code: CodeRule::default(),
            bounds: Bounds { sessions: 20, days: 30 },
            rotation_days: 14,
            own_authenticators: false,
        }
    }
}

impl OfflineSettings {
    /// True for the default.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
