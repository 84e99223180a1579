//! The software passkey as the client's authenticator, honest and lying.

use countersign_client::{Authenticator, AuthenticatorFailure};
use serde_json::Value;

use crate::{Lies, SoftPasskey};

impl Authenticator for SoftPasskey {
    async fn register(&self, options: &Value, origin: &str) -> Result<Value, AuthenticatorFailure> {
        Ok(self.register_lying(options, origin, &Lies::default()))
    }

    async fn assert(&self, options: &Value, origin: &str) -> Result<Value, AuthenticatorFailure> {
        Ok(self.assert_lying(options, origin, &Lies::default()))
    }
}

/// A passkey that tells these lies, after the client has made its own checks.
pub struct LyingPasskey<'a> {
    /// The passkey.
    pub passkey: &'a SoftPasskey,
    /// Its lies.
    pub lies: Lies,
}

impl Authenticator for LyingPasskey<'_> {
    async fn register(&self, options: &Value, origin: &str) -> Result<Value, AuthenticatorFailure> {
        Ok(self.passkey.register_lying(options, origin, &self.lies))
    }

    async fn assert(&self, options: &Value, origin: &str) -> Result<Value, AuthenticatorFailure> {
        Ok(self.passkey.assert_lying(options, origin, &self.lies))
    }
}
