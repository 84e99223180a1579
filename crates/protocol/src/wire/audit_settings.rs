//! What an msp keeps of its audit log.

use serde::{Deserialize, Serialize};

/// What an msp keeps of its audit log, as it is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeAuditSettings {
    /// How many days the texts of entries are kept; absent: for ever. The least is the installation's setting, 180
    /// unless the operator insists. Hashes always stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 36500))]
    pub retention_days: Option<u32>,
    /// Nothing goes while a legal hold is on, whatever was asked for before.
    pub legal_hold: bool,
}

/// What an msp keeps of its audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditSettings {
    /// How many days the texts of entries are kept; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    /// Whether nothing goes.
    pub legal_hold: bool,
    /// The least that `retention_days` may be here.
    pub least_retention_days: u32,
    /// The msp's version.
    pub version: i64,
}
