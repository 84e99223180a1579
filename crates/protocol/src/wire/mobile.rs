//! `/mobile/v1`: what a technician's phone says and hears.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{LoginState, Status};
use crate::{DeviceId, Instant, MspId, Nonce, Shown, Statement, TechnicianId};

/// Starts an enrolment; the DPoP proof's key is the phone's key from here on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartEnrolment {
    /// The one-time ticket, from a QR code.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub ticket: String,
}

/// What the phone needs to make its passkey.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolmentOptions {
    /// The provider.
    pub msp: Shown<MspId>,
    /// Whose phone this becomes; the name is their e-mail address.
    pub technician: Shown<TechnicianId>,
    /// The ticket's id: the challenge commits to it, and it becomes the device's. So a phone that gets no
    /// answer to the end of its enrolment signs in by it.
    pub ticket_id: crate::TicketId,
    /// The challenge commits to it.
    pub nonce: Nonce,
    /// `PublicKeyCredentialCreationOptionsJSON` (WebAuthn Level 3 section 5.1.8).
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub public_key: Value,
    /// When the ticket ends.
    pub expires_at: Instant,
}

/// What a phone is, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceFacts {
    /// The name its owner gave it, 1 to 64 characters.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 64, example = "Nik's Pixel")
    )]
    pub name: String,
    /// The model.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64, example = "Pixel 11"))]
    pub model: String,
    /// The operating system and its version.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 64, example = "Android 17")
    )]
    pub os: String,
}

/// Where a phone can be told to look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "channel", rename_all = "snake_case", deny_unknown_fields)]
pub enum PushAddress {
    /// Apple Push Notification service.
    Apns {
        /// The device token, hexadecimal.
        token: String,
        /// True for the sandbox environment.
        sandbox: bool,
    },
    /// Firebase Cloud Messaging.
    Fcm {
        /// The registration token.
        token: String,
    },
    /// Web Push (RFC 8030), UnifiedPush too.
    WebPush {
        /// The push resource.
        endpoint: String,
        /// The subscriber's P-256 key, base64url (RFC 8291).
        p256dh: String,
        /// The authentication secret, base64url (RFC 8291).
        auth: String,
    },
}

/// Finishes an enrolment; consumes the ticket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FinishEnrolment {
    /// The ticket.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub ticket: String,
    /// `RegistrationResponseJSON` (WebAuthn Level 3 section 5.1).
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub credential: Value,
    /// The phone.
    pub device: DeviceFacts,
    /// Its push address, if it has one already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<PushAddress>,
    /// The language that the phone speaks (BCP 47), English where the service doesn't know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 35, example = "de-CH"))]
    pub language: Option<String>,
}

/// A phone's tokens, bound to its DPoP key (RFC 9449).
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// `DPoP`.
    pub token_type: String,
    /// Seconds until the access token ends.
    pub expires_in: u32,
    /// The refresh token; each is used once.
    pub refresh_token: String,
}

/// A phone that has become a device.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolled {
    /// The device.
    pub device_id: DeviceId,
    /// Its owner.
    pub technician_id: TechnicianId,
    /// The owner's msp.
    pub msp_id: MspId,
    /// Its first tokens.
    pub tokens: Tokens,
}

/// Trades a refresh token for the next pair.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The refresh token.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub refresh_token: String,
}

/// Asks for the options of signing in again, after a refresh token was lost or reused.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartSignIn {
    /// The device's msp, from its enrolment.
    pub msp_id: MspId,
    /// The device.
    pub device_id: DeviceId,
}

/// What the phone needs to sign in again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInOptions {
    /// The challenge commits to it; used once.
    pub nonce: Nonce,
    /// `PublicKeyCredentialRequestOptionsJSON` (WebAuthn Level 3 section 5.1.9).
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub public_key: Value,
    /// When the nonce ends.
    pub expires_at: Instant,
}

/// Signs in again, with the device's own passkey and DPoP key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FinishSignIn {
    /// The device's msp.
    pub msp_id: MspId,
    /// The device.
    pub device_id: DeviceId,
    /// The nonce of the options.
    pub nonce: Nonce,
    /// `AuthenticationResponseJSON` (WebAuthn Level 3 section 5.1).
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub assertion: Value,
}

/// A new push address, or none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPushAddress {
    /// The address; `null` to stop being told.
    pub push: Option<PushAddress>,
    /// The language that the phone speaks (BCP 47), English where the service doesn't know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 35, example = "de-CH"))]
    pub language: Option<String>,
}

/// A login in the phone's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PendingLogin {
    /// All that the person needs to judge it, and all that their signature would commit to.
    pub statement: Statement,
    /// The row's version.
    pub version: i64,
    /// How many digits the code has that the workstation shows; absent for QR logins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_digits: Option<u8>,
    /// True if the phone that asks is seen in another network than the workstation.
    pub network_differs: bool,
}

/// The pending logins of a technician.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PendingLogins {
    /// The logins, oldest first.
    pub logins: Vec<PendingLogin>,
    /// Rises whenever a device of this technician is enrolled, suspended or resumed: look at `devices`.
    pub devices_version: i64,
    /// True if this phone can't be told to look: set a push address, a fresh one if it had one.
    pub push_address_wanted: bool,
    /// The service's time.
    pub server_time: Instant,
}

/// One login, pending or decided.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoginDetail {
    /// The login.
    #[serde(flatten)]
    pub login: PendingLogin,
    /// Where it stands.
    pub state: LoginState,
    /// The service's time.
    pub server_time: Instant,
}

/// Claims a QR login for the phone's technician and device.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The secret behind the dot of the scanned link: 16 bytes, base64url.
    pub secret: crate::Bytes<16>,
}

/// What the phone needs to sign an approval.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SigningOptions {
    /// The nonce of the login: with the statement that the phone shows, it gives the challenge.
    pub nonce: Nonce,
    /// `PublicKeyCredentialRequestOptionsJSON`; its challenge must equal the one the phone computes.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub public_key: Value,
}

/// Approves a login.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// `AuthenticationResponseJSON` over the login's challenge.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub assertion: Value,
    /// The code that the workstation shows; for push logins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 6, max_length = 8, example = "493027"))]
    pub code: Option<String>,
}

/// Why a person denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DenyReason {
    /// Asked for by mistake.
    Mistake,
    /// Nobody here asked for it: the workstation's push logins freeze.
    Fraud,
}

/// Denies a login.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Deny {
    /// Why.
    pub reason: DenyReason,
}

/// What became of the login.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decided {
    /// Where it stands now.
    pub state: LoginState,
    /// The row's version.
    pub version: i64,
}

/// One of the technician's own devices.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnDevice {
    /// The device.
    pub id: DeviceId,
    /// What it is.
    pub facts: DeviceFacts,
    /// Whether it may approve.
    pub status: Status,
    /// True for the one that asks.
    pub this: bool,
    /// When it was enrolled.
    pub enrolled_at: Instant,
}

/// The technician's own devices.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnDevices {
    /// Oldest first.
    pub devices: Vec<OwnDevice>,
}
