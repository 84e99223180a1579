//! What happens after a login: a technician on a workstation under an account.

use serde::{Deserialize, Serialize};

use crate::{
    Instant, LoginId, Purpose, SessionId, TechnicianId, TenantId, WorkstationId,
    offline::SecretVersion,
};

/// Reports that a session has begun. The same login reported again is the same session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportSession {
    /// The login whose grant opened it.
    pub login: LoginId,
    /// The account, as the grant named it.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 20, example = "msp-nik"))]
    pub account: String,
    /// True if the account was made for it.
    pub account_created: bool,
    /// When the account's password was made, by the workstation's clock; absent if none was, which is flagged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_made_at: Option<Instant>,
    /// When it began, by the workstation's clock.
    pub started_at: Instant,
}

/// Reports that a session has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportEnd {
    /// When it ended, by the workstation's clock.
    pub ended_at: Instant,
}

/// What the service believes of who was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// The technician approved the login.
    Approved,
    /// Offline: someone who typed the name had a code that several people can make.
    Claimed,
    /// Offline: the code is one that this technician's phone can make, and no other's.
    ShownByCode,
    /// Offline: the technician's phone has signed that it showed this code.
    Confirmed,
    /// The workstation's recovery code.
    Recovered,
}

impl Trust {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Claimed => "claimed",
            Self::ShownByCode => "shown_by_code",
            Self::Confirmed => "confirmed",
            Self::Recovered => "recovered",
        }
    }
}

/// What is odd about a session: it is kept, and admins are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// No fresh password was made before it, or another session had it too.
    StalePassword,
    /// The code's secret was none of this workstation's.
    UnknownVersion,
    /// The code's step lies before the secret was made.
    BeforeSecret,
    /// The code's secret had been replaced, and the workstation had applied that.
    ReplacedSecret,
    /// A code of this step or of a later one was used before.
    StepUsed,
    /// Beyond the tenant's bounds on sessions or days without contact.
    BeyondBounds,
    /// The step and the workstation's clock contradict each other.
    ImpossibleClock,
    /// The technician had left before.
    AfterLeaving,
    /// Another account than the technician's.
    OtherAccount,
    /// The name means nobody who may enter here.
    UnknownName,
    /// Sessions before it were not uploaded.
    GapBefore,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The machine.
    pub workstation_id: WorkstationId,
    /// The person, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician_id: Option<TechnicianId>,
    /// The login that it follows from; absent for one that began offline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_id: Option<LoginId>,
    /// The local account.
    pub account: String,
    /// Sign-in or elevation.
    pub purpose: Purpose,
    /// What is believed of who was there.
    pub trust: Trust,
    /// The secret whose code opened it, for one that began offline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub secret_version: Option<SecretVersion>,
    /// True if the account was made for it.
    pub account_created: bool,
    /// When the account's password was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_made_at: Option<Instant>,
    /// What is odd about it.
    pub flags: Vec<Flag>,
    /// When it began, by the workstation's clock.
    pub started_at: Instant,
    /// When it ended, by the workstation's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    /// When an admin asked the workstation to end it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_requested_at: Option<Instant>,
    /// When it was reported.
    pub reported_at: Instant,
    /// The row's version.
    pub version: i64,
}
