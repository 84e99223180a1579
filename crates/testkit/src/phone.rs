//! A technician's phone in software: the client's [`Phone`] with a [`SoftPasskey`], and a person who
//! approves without looking twice.

use std::time::Duration;

use countersign_client::{
    Authenticator, DeviceKey, Enrolling, Error, Nowhere, Phone, Result, Transport,
};
use countersign_protocol::{
    DeviceId, LoginId, Statement,
    offline::{Prompt, Shown, SyncFirst},
    wire::{
        mobile::{Decided, DenyReason, DeviceFacts, PendingLogin, PushAddress},
        offline::Holdings,
    },
};

use crate::{SoftPasskey, loopback};

/// A phone, its passkey, and its owner's finger.
pub struct SoftPhone {
    /// The client's phone, for whatever the stories below do not tell.
    pub phone: Phone,
    /// Its passkey.
    pub passkey: SoftPasskey,
    /// What it holds of offline codes.
    pub holdings: std::sync::Mutex<Option<Holdings>>,
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
        Ok(Self { phone, passkey, holdings: std::sync::Mutex::default() })
    }

    /// What a phone of this name says of itself.
    #[must_use]
    pub fn facts(name: &str) -> DeviceFacts {
        DeviceFacts { name: name.into(), model: "Soft Phone".into(), os: "Test OS 1".into() }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        self.phone.ownership().device_id
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

    /// Fetches everything that the phone may hold, in place of what it held.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch_codes(&self) -> Result<Holdings> {
        let holdings = self.phone.offline_codes().await?;
        *self.held() = Some(holdings.clone());
        Ok(holdings)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Holdings>> {
        self.holdings.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The code for a workstation's prompt, without network; its record is told later.
    ///
    /// # Errors
    /// [`SyncFirst`] where the phone does not hold the version that the prompt names.
    pub fn show(&self, prompt: &Prompt) -> std::result::Result<Shown, SyncFirst> {
        let now = self.phone.transport().clock().now();
        let not_held = SyncFirst::NotHeld { asked: prompt.version };
        let held = self.held();
        let mut holdings = held.iter().flat_map(|held| &held.holdings);
        let holding = holdings.find(|one| one.tenant == prompt.tenant).ok_or(not_held)?;
        holding.show(prompt, now)
    }

    /// Tells that this code was shown to this prompt.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn tell_shown(&self, prompt: &Prompt, shown: &Shown) -> Result<()> {
        let now = self.phone.transport().clock().now();
        let record = self.phone.record_shown(prompt, shown, now)?;
        self.phone.report_shown(vec![record]).await
    }

    /// Signs in again after the tokens were lost.
    ///
    /// # Errors
    /// See [`Phone::sign_in`].
    pub async fn sign_in(&self) -> Result<()> {
        self.phone.sign_in(&self.passkey).await
    }
}
