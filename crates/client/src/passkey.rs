//! The platform's passkey, and the one check that no platform makes: that the challenge is ours.

use std::future::Future;

use countersign_protocol::encoding::base64url;
use serde_json::Value;

use crate::{Error, Result};

/// Why a passkey gave no answer, in the platform's terms.
pub type AuthenticatorFailure = Box<dyn std::error::Error + Send + Sync>;

/// The platform's passkey: Android's Credential Manager, iOS's `AuthenticationServices`, or a software
/// one in tests. It asks the person for a fingerprint or a face.
pub trait Authenticator: Sync {
    /// Makes a passkey: `PublicKeyCredentialCreationOptionsJSON` to `RegistrationResponseJSON`.
    ///
    /// # Errors
    /// If none was made.
    fn register(
        &self,
        options: &Value,
        origin: &str,
    ) -> impl Future<Output = std::result::Result<Value, AuthenticatorFailure>> + Send;

    /// Signs with a passkey: `PublicKeyCredentialRequestOptionsJSON` to `AuthenticationResponseJSON`.
    ///
    /// # Errors
    /// If nothing was signed.
    fn assert(
        &self,
        options: &Value,
        origin: &str,
    ) -> impl Future<Output = std::result::Result<Value, AuthenticatorFailure>> + Send;
}

/// True if these options ask for a signature over exactly this challenge.
pub(crate) fn challenge_is(options: &Value, computed: &[u8; 32]) -> bool {
    options.get("challenge").and_then(Value::as_str) == Some(base64url(computed).as_str())
}

/// Refuses options whose challenge is not the one that was computed here.
pub(crate) fn require_challenge(options: &Value, computed: &[u8; 32]) -> Result<()> {
    if challenge_is(options, computed) { Ok(()) } else { Err(Error::ChallengeMismatch) }
}
