//! Signing in again, when the refresh token was lost, ended or reused.

use countersign_protocol::{
    ceremony::sign_in_challenge,
    wire::mobile::{FinishSignIn, SignInOptions, StartSignIn, Tokens},
};

use super::Phone;
use crate::{Authenticator, Error, Request, Result, passkey::require_challenge};

impl Phone {
    /// Gets new tokens with the device's own passkey and key.
    ///
    /// # Errors
    /// [`Error::ChallengeMismatch`] before anything is signed, if the challenge does not commit to this
    /// device and its key; `invalid_credential`; see [`Error`].
    pub async fn sign_in(&self, authenticator: &impl Authenticator) -> Result<()> {
        let options = self.sign_in_options().await?;
        let device_id = self.ownership.device_id;
        let computed = sign_in_challenge(&options.nonce, device_id, &self.key.thumbprint());
        require_challenge(&options.public_key, &computed)?;
        let assertion = authenticator
            .assert(&options.public_key, &self.origin)
            .await
            .map_err(Error::Authenticator)?;
        let body = FinishSignIn {
            msp_id: self.ownership.msp_id,
            device_id,
            nonce: options.nonce,
            assertion,
        };
        let request = Request::post("/mobile/v1/sign-in").json(&body);
        let tokens: Tokens = self.transport.send_proved(request, &self.key, None).await?.json()?;
        let mut held = self.held.lock().await;
        self.hold(&mut held, tokens)
    }

    /// The options of signing in again, unchecked; [`Phone::sign_in`] asks for them itself.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn sign_in_options(&self) -> Result<SignInOptions> {
        let body =
            StartSignIn { msp_id: self.ownership.msp_id, device_id: self.ownership.device_id };
        let request = Request::post("/mobile/v1/sign-in/options").json(&body);
        self.transport.send_proved(request, &self.key, None).await?.json()
    }
}
