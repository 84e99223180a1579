//! A login that this workstation opened.

use std::time::Duration;

use countersign_protocol::{
    Instant, LoginId, Nonce, qr,
    wire::desktop::{LoginView, Opened, QrKey},
};
use tokio::time::Instant as Timer;
use url::Url;

/// A login that this workstation opened, with what only it knows of it.
pub struct OpenedLogin {
    /// The login as it was last seen.
    pub view: LoginView,
    /// The code to show, for push logins.
    pub code: Option<String>,
    qr: Option<QrKey>,
    public_url: Url,
    nonce: Option<Nonce>,
    opened: Timer,
}

impl OpenedLogin {
    pub(super) fn new(answer: Opened, nonce: Nonce, opened: Timer, public_url: Url) -> Self {
        let Opened { login, code, qr } = answer;
        Self { view: login, code, qr, public_url, nonce: Some(nonce), opened }
    }

    /// The login's id.
    #[must_use]
    pub fn id(&self) -> LoginId {
        self.view.id
    }

    /// What to draw as a QR code at `now` of the service's clock; `None` for push logins. Draw it anew each
    /// [`qr::STEP_SECONDS`].
    #[must_use]
    pub fn qr_link(&self, now: Instant) -> Option<String> {
        let key = &self.qr.as_ref()?.claim_key;
        let secret = qr::secret(key, self.id(), qr::step(now));
        Some(qr::link(&self.public_url, self.id(), &secret))
    }

    /// What the service gave to draw QR codes with, for QR logins.
    #[must_use]
    pub fn qr_key(&self) -> Option<&QrKey> {
        self.qr.as_ref()
    }

    /// How long ago the request that opened it was sent, on the monotonic clock.
    #[must_use]
    pub fn since_opened(&self) -> Duration {
        self.opened.elapsed()
    }

    /// The nonce, once.
    pub(super) fn take_nonce(&mut self) -> Option<Nonce> {
        self.nonce.take()
    }
}
