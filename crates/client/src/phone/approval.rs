//! Approving: the signature commits to what the person saw, or there is none.

use countersign_protocol::{
    LoginId, Statement,
    wire::mobile::{Approve, Decided, SigningOptions},
};

use super::Phone;
use crate::{Authenticator, Error, Request, Result, passkey::challenge_is};

impl Phone {
    /// Approves the login that was `shown`, with the code that the workstation shows (for push logins).
    ///
    /// The challenge is computed here from the statement as it stood on the screen; what the service asks
    /// to be signed must be equal to it.
    ///
    /// # Errors
    /// Before anything is signed: [`Error::NotOurs`], [`Error::LoginChanged`] if the service now describes
    /// the login otherwise, [`Error::ChallengeMismatch`] if it does not and still asks for a signature over
    /// something else. Then `wrong_code`, `login_not_pending`, `invalid_credential`; see [`Error`].
    ///
    /// After [`Error::Transport`] the approval may have been taken: [`Phone::login`] tells.
    pub async fn approve(
        &self,
        shown: &Statement,
        code: Option<&str>,
        authenticator: &impl Authenticator,
    ) -> Result<Decided> {
        self.require_ours(shown)?;
        let options = self.signing_options(shown.login).await?;
        if !challenge_is(&options.public_key, &shown.challenge(&options.nonce)) {
            let now = self.login(shown.login).await?.login.statement;
            return Err(if now == *shown { Error::ChallengeMismatch } else { Error::LoginChanged });
        }
        let assertion = authenticator
            .assert(&options.public_key, &self.origin)
            .await
            .map_err(Error::Authenticator)?;
        let body = Approve { assertion, code: code.map(str::to_owned) };
        self.send_approval(shown.login, &body).await
    }

    /// The options of signing, unchecked; [`Phone::approve`] asks for them itself.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn signing_options(&self, id: LoginId) -> Result<SigningOptions> {
        self.send(Request::post(format!("/mobile/v1/logins/{id}/options"))).await?.json()
    }

    /// Sends an approval as it is; [`Phone::approve`] makes an honest one.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn send_approval(&self, id: LoginId, body: &Approve) -> Result<Decided> {
        let request = Request::post(format!("/mobile/v1/logins/{id}/approve")).json(body);
        self.send(request).await?.json()
    }
}
