//! `/desktop/v1`: what a workstation's agent says and hears.

mod login;

use serde::{Deserialize, Serialize};

pub use login::{Granted, LoginView, OpenBy, OpenLogin, Opened, Outcome, QrKey, Reach};

use super::Status;
use crate::{Instant, MspId, P256Jwk, ReplacementId, TenantId, WorkstationId};

/// What a machine is, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkstationFacts {
    /// The host name, 1 to 64 characters; what people see.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 64, example = "W11-RECEPTION")
    )]
    pub host_name: String,
    /// The operating system and its version.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 64, example = "Windows 11 24H2")
    )]
    pub os: String,
    /// The agent's version.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 32, example = "1.4.0"))]
    pub agent_version: String,
    /// What names the hardware (a claim, not a proof), 8 to 128 characters.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 8, max_length = 128, example = "4c4c4544-0042-3510-8052-b4c04f4d3132")
    )]
    pub hardware_id: String,
}

/// Enrols a workstation, or asks again what became of its enrolment (same token, same key).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// The tenant's enrolment token.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub token: String,
    /// The key that the request's DPoP proof is signed with; signs assertions from here on.
    pub signing_key: P256Jwk,
    /// The key that offline secrets will be sealed to.
    pub encryption_key: P256Jwk,
    /// The machine.
    pub facts: WorkstationFacts,
}

/// What became of an enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EnrolmentState {
    /// The workstation may open logins.
    Active,
    /// An admin must confirm the new workstation.
    AwaitsConfirmation,
    /// The hardware is known: its old key or an admin must consent to the new keys.
    AwaitsReplacement,
}

/// An enrolled workstation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolment {
    /// The workstation.
    pub workstation_id: WorkstationId,
    /// Its msp.
    pub msp_id: MspId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Whether it may take part yet; ask again with the same request.
    pub state: EnrolmentState,
    /// The pending change of keys, if that is what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement_id: Option<ReplacementId>,
    /// The counter for the first assertion.
    pub counter: u64,
    /// The installation keys to pin: they sign the key set.
    pub installation_keys: Vec<P256Jwk>,
    /// The service's public URL, the issuer of grants.
    pub issuer: String,
    /// The service's time.
    pub server_time: Instant,
}

/// Says that the workstation was opened with its recovery code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RecoveryUsed {
    /// The code's number.
    pub number: u32,
    /// The account that was opened.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 64, example = "msp-recovery")
    )]
    pub account: String,
    /// When, by the workstation's clock.
    pub used_at: Instant,
}

/// Trades an assertion (RFC 7523) for an access token.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Authenticate {
    /// The assertion, signed by the workstation's key.
    #[cfg_attr(feature = "openapi", schema(max_length = 4096))]
    pub assertion: String,
}

/// A workstation's access token, bound to its signing key.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkstationToken {
    /// The access token.
    pub access_token: String,
    /// `DPoP`.
    pub token_type: String,
    /// Seconds until it ends.
    pub expires_in: u32,
    /// The counter for the next assertion: keep it before anything else.
    pub counter: u64,
    /// The service's time.
    pub server_time: Instant,
}

/// The claims of a workstation's assertion (RFC 7523 section 3); `typ` is [`ASSERTION_TYP`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AssertionClaims {
    /// The workstation's id.
    pub iss: WorkstationId,
    /// The workstation's id.
    pub sub: WorkstationId,
    /// The URL of the token route.
    pub aud: String,
    /// Issued at, Unix seconds.
    pub iat: i64,
    /// Expires at, Unix seconds; at most two minutes later.
    pub exp: i64,
    /// New for each assertion.
    pub jti: String,
    /// The workstation's msp.
    pub msp: MspId,
    /// The counter that the service gave last.
    pub ctr: u64,
    /// Chosen for each rotation and kept until its answer arrived: it lets a lost answer be asked for
    /// again, by the same image only.
    pub rid: crate::Bytes<16>,
}

/// The `typ` of a workstation's assertion.
pub const ASSERTION_TYP: &str = "countersign-assertion+jwt";

/// New keys that wait for this workstation's consent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PendingReplacement {
    /// The change.
    pub id: ReplacementId,
    /// The new key's RFC 7638 thumbprint.
    pub key_thumbprint: String,
    /// The machine, as the enrolling agent described it.
    pub facts: WorkstationFacts,
    /// When it was asked for.
    pub requested_at: Instant,
}

/// The workstation in the service's eyes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnWorkstation {
    /// The workstation.
    pub id: WorkstationId,
    /// Whether it may open logins.
    pub status: Status,
    /// Its tenant's name.
    pub tenant_name: String,
    /// True while push logins are frozen after a fraud report.
    pub push_frozen: bool,
    /// New keys that wait for consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<PendingReplacement>,
    /// The service's time.
    pub server_time: Instant,
}
