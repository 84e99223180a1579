//! A technician's phone in software: the client's [`Phone`] with a [`SoftPasskey`], and a person who
//! approves without looking twice.

use std::time::Duration;

use countersign_client::{
    Authenticator, DeviceKey, Enrolling, Error, Nowhere, Phone, Result, Transport,
};
use countersign_protocol::{
    LoginId, Statement,
    wire::mobile::{Decided, DenyReason, DeviceFacts, PendingLogin, PushAddress},
};

use crate::{SoftPasskey, loopback};

/// A phone, its passkey, and its owner's finger.
pub struct SoftPhone {
    /// The client's phone, for whatever the stories below do not tell.
    pub phone: Phone,
    /// Its passkey.
    pub passkey: SoftPasskey,
}

impl SoftPhone {
    /// A phone of this name that enrols with a ticket at the service of this URL.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn enrol(base_url: &str, ticket: &str, name: &str) -> Result<Self> {
        Self::enrol_through(loopback(base_url)?, ticket, name, None).await
    }

    /// The same over a transport that may be shared, with a push address or none.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn enrol_through(
        transport: Transport,
        ticket: &str,
        name: &str,
        push: Option<PushAddress>,
    ) -> Result<Self> {
        let passkey = SoftPasskey::new();
        let enrolling = Enrolling::start(transport, DeviceKey::generate()?, ticket).await?;
        let phone = enrolling.finish(&passkey, Self::facts(name), push, Nowhere).await?;
        Ok(Self { phone, passkey })
    }

    /// What a phone of this name says of itself.
    #[must_use]
    pub fn facts(name: &str) -> DeviceFacts {
        DeviceFacts { name: name.into(), model: "Soft Phone".into(), os: "Test OS 1".into() }
    }

    /// The pending logins.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn pending(&self) -> Result<Vec<PendingLogin>> {
        Ok(self.phone.pending().await?.pending.logins)
    }

    /// Waits on the list until there is a login on it: the oldest.
    ///
    /// # Errors
    /// [`Error::Deadline`] after `total`; see [`Error`].
    pub async fn wait_for_login(&self, total: Duration) -> Result<PendingLogin> {
        let mut list = self.phone.pending().await?;
        loop {
            if let Some(login) = list.pending.logins.into_iter().next() {
                return Ok(login);
            }
            let next = self.phone.wait_pending(&list.etag, total).await?;
            list = next.ok_or(Error::Deadline)?;
        }
    }

    /// Opens a login, looks at it and approves it with the code that the workstation shows.
    ///
    /// # Errors
    /// See [`Phone::approve`].
    pub async fn approve(&self, login: LoginId, code: &str) -> Result<Decided> {
        let shown = self.look_at(login).await?;
        self.phone.approve(&shown, Some(code), &self.passkey).await
    }

    /// The same with another passkey: another device's, or a lying one.
    ///
    /// # Errors
    /// See [`Phone::approve`].
    pub async fn approve_with(
        &self,
        login: LoginId,
        code: Option<&str>,
        passkey: &impl Authenticator,
    ) -> Result<Decided> {
        let shown = self.look_at(login).await?;
        self.phone.approve(&shown, code, passkey).await
    }

    /// Scans a QR code, claims its login and approves it.
    ///
    /// # Errors
    /// See [`Phone::claim`] and [`Phone::approve`].
    pub async fn approve_qr(&self, link: &str) -> Result<Decided> {
        let shown = self.phone.claim(link).await?.login.statement;
        self.phone.approve(&shown, None, &self.passkey).await
    }

    /// What the phone shows of a login, and its signature would commit to.
    ///
    /// # Errors
    /// See [`Phone::login`].
    pub async fn look_at(&self, login: LoginId) -> Result<Statement> {
        Ok(self.phone.login(login).await?.login.statement)
    }

    /// Denies a login.
    ///
    /// # Errors
    /// See [`Phone::deny`].
    pub async fn deny(&self, login: LoginId, reason: DenyReason) -> Result<Decided> {
        self.phone.deny(login, reason).await
    }

    /// Signs in again after the tokens were lost.
    ///
    /// # Errors
    /// See [`Phone::sign_in`].
    pub async fn sign_in(&self) -> Result<()> {
        self.phone.sign_in(&self.passkey).await
    }
}
