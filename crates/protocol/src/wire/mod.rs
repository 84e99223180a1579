//! The JSON bodies of the service's routes, by who speaks them. Requests refuse unknown fields;
//! responses may gain fields, and a reader ignores what it does not know.

pub mod accounts;
pub mod admin;
pub mod audit;
pub mod audit_settings;
pub mod desktop;
pub mod mobile;
pub mod offline;
pub mod service;
pub mod sessions;
pub mod state;
pub mod webhooks;

use serde::{Deserialize, Serialize};

/// Where a login stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LoginState {
    /// Nobody has decided yet.
    Pending,
    /// A technician approved it: the workstation may take its grant.
    Approved,
    /// It was denied; `outcome` says by what.
    Denied,
    /// Its time ended.
    Expired,
    /// The workstation, or a suspension, ended it.
    Cancelled,
    /// A newer login of the same workstation and OS session took its place.
    Superseded,
}

impl LoginState {
    /// The state's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
        }
    }
}

/// The health of a person, phone or machine in the service's eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for an admin's confirmation (workstations only).
    Pending,
    /// May take part in logins.
    Active,
    /// Held back by an admin or by too many failures; can be resumed.
    Suspended,
    /// A stale counter showed a cloned or restored image (workstations only).
    Quarantined,
    /// Gone for good (workstations only).
    Retired,
}

impl Status {
    /// The status's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Quarantined => "quarantined",
            Self::Retired => "retired",
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items, oldest first.
    pub items: Vec<T>,
    /// The opaque cursor of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
