//! What is told once there is network again: the workstation's account of an offline session, and the phone's
//! signed record of a code that it showed.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use super::{SecretVersion, skew::Offset};
use crate::{
    Bytes, DeviceId, Instant, P256Jwk, Purpose, TechnicianId, TenantId, WorkstationId,
    encoding::push_field,
};

/// An offline session as the workstation uploads it: a claim, which the service holds against the secret's
/// history and keeps in any case. `sequence` makes it idempotent and ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OfflineSession {
    /// Its number among the workstation's accepted codes, from 1, as [`super::Accepted`] gave it.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub sequence: u64,
    /// The user name that was typed.
    #[cfg_attr(feature = "openapi", schema(max_length = 254, example = "nik"))]
    pub user_name: String,
    /// Whom the workstation takes that to be: by the row in derived mode, else by the names in its state document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician: Option<TechnicianId>,
    /// The local account that was opened.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 20, example = "msp-nik"))]
    pub account: String,
    /// The workstation.
    pub workstation: WorkstationId,
    /// The version of the secret whose code was accepted.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "n3"))]
    pub version: SecretVersion,
    /// The code's step.
    pub step: u64,
    /// The service's time at the last contact before it, as [`super::Accepted`] gave it.
    pub contact: Instant,
    /// The workstation's wall clock when the code was accepted.
    pub accepted_at: Instant,
    /// The offset that the workstation had measured last by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<Offset>,
    /// Sign-in or elevation.
    pub purpose: Purpose,
    /// True if the account was made for it.
    pub account_created: bool,
    /// The workstation's wall clock when the account's password was made; absent if none was made, which is
    /// flagged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_made_at: Option<Instant>,
    /// The workstation's wall clock when the session began; absent if it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Instant>,
    /// The workstation's wall clock when it ended; absent while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
}

/// A code that a phone showed, as the phone remembers it: with a session of the same workstation, version and
/// step, it confirms who entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShownCode {
    /// The phone.
    pub device: DeviceId,
    /// Whose it is.
    pub technician: TechnicianId,
    /// The workstation's tenant.
    pub tenant: TenantId,
    /// The workstation whose prompt was read.
    pub workstation: WorkstationId,
    /// The version of the secret.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "n3"))]
    pub version: SecretVersion,
    /// The code's step.
    pub step: u64,
    /// The phone's wall clock when it came on the screen.
    pub shown_at: Instant,
}

/// A record and the phone's signature over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignedShownCode {
    /// The record.
    pub shown: ShownCode,
    /// ES256 by the phone's DPoP key over [`ShownCode::canonical`]: `r || s`, 32 bytes each (RFC 7518 section
    /// 3.4), base64url.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub signature: Bytes<64>,
}

/// The signature is not that key's over this record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record was not signed by this phone's key")]
pub struct NotItsRecord;

impl ShownCode {
    /// The domain that separates this signature from every other; no DPoP proof begins with these bytes.
    pub const DOMAIN: &'static str = "countersign/offline/shown/v1";

    /// The bytes that are signed:
    ///
    /// ```text
    /// lp(domain) || lp(device) || lp(technician) || lp(tenant) || lp(workstation)
    ///            || lp(version) || lp(step) || lp(shown_at)
    /// ```
    ///
    /// with `lp` as in [`crate::Statement`]: ids are their 16 raw bytes, the version is its text, the step an
    /// unsigned 64-bit big-endian number, the instant Unix milliseconds as one.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(160);
        for field in [
            Self::DOMAIN.as_bytes(),
            self.device.as_bytes(),
            self.technician.as_bytes(),
            self.tenant.as_bytes(),
            self.workstation.as_bytes(),
            self.version.to_string().as_bytes(),
            &self.step.to_be_bytes(),
            &self.shown_at.unix_millis().to_be_bytes(),
        ] {
            push_field(&mut out, field);
        }
        out
    }
}

impl SignedShownCode {
    /// The record, if the phone's DPoP key signed it. That the phone was this technician's, and held this
    /// version, is for the caller to know.
    ///
    /// # Errors
    /// [`NotItsRecord`].
    pub fn verified(&self, key: &P256Jwk) -> Result<&ShownCode, NotItsRecord> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.uncompressed())
            .verify(&self.shown.canonical(), &self.signature.0)
            .map(|()| &self.shown)
            .map_err(|_| NotItsRecord)
    }
}
