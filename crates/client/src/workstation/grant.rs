//! Taking a grant, and the checks before it is believed.

use countersign_protocol::{
    LoginId,
    grant::{Expected, GrantClaims, GrantError, KeySet, check_grant, open_key_set},
    wire::desktop::Granted,
};

use super::{OpenedLogin, Workstation};
use crate::{Error, Request, Result};

impl Workstation {
    /// Takes the grant of an approved login and checks it: signed by a grant key of the service whose
    /// installation key is pinned, for this workstation, for this login's nonce, in time.
    ///
    /// # Errors
    /// `grant_not_available`; [`Error::Grant`]. The nonce is used once: after a check, whatever its result,
    /// [`Error::NonceUsed`]. See [`Error`].
    pub async fn take_grant(&self, login: &mut OpenedLogin) -> Result<GrantClaims> {
        let grant = self.fetch_grant(login.id()).await?.grant;
        let mut keys = self.key_set(false).await?;
        let nonce = login.take_nonce().ok_or(Error::NonceUsed)?;
        let expected = Expected {
            issuer: &self.identity.issuer,
            workstation: self.id(),
            nonce: &nonce,
            since_opened: login.since_opened(),
        };
        let mut checked = check_grant(&grant, &keys, &expected);
        if checked == Err(GrantError::UnknownKey) {
            keys = self.key_set(true).await?; // the keys were rotated since
            checked = check_grant(&grant, &keys, &expected);
        }
        let claims = checked?;
        if claims.login != login.id() {
            return Err(Error::NotOurs("a grant of another login"));
        }
        Ok(claims)
    }

    /// The grant of an approved login as it travels, unchecked.
    ///
    /// # Errors
    /// `grant_not_available`; see [`Error`].
    pub async fn fetch_grant(&self, id: LoginId) -> Result<Granted> {
        let path = format!("/desktop/v1/logins/{id}/grant");
        self.transport
            .patiently(|| async { self.send(Request::post(path.as_str())).await?.json() })
            .await
    }

    /// The service's keys, of the pinned installation. A set older than the one known here is a replay and
    /// changes nothing.
    async fn key_set(&self, anew: bool) -> Result<KeySet> {
        let mut known = self.key_set.lock().await;
        if let Some(set) = known.as_ref().filter(|_| !anew) {
            return Ok(set.clone());
        }
        let signed = self.transport.signed_key_set().await?.signed;
        let pinned = &self.identity.installation_keys;
        let fetched = open_key_set(&signed, pinned, &self.identity.issuer)?;
        let newest = match known.take() {
            Some(set) if set.iat > fetched.iat => set,
            _ => fetched,
        };
        Ok(known.insert(newest).clone())
    }
}
