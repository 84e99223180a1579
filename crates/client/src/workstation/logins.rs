//! Opening logins, waiting for what becomes of them, withdrawing them.

use std::time::Duration;

use countersign_protocol::{
    Bytes, LoginId, Purpose,
    wire::{
        LoginState,
        desktop::{LoginView, OpenBy, OpenLogin, Opened},
    },
};
use tokio::time::Instant as Timer;

use super::{OpenedLogin, Workstation};
use crate::{
    Backoff, Error, Heard, Request, Result,
    random::{random_bytes, random_id},
    until_changed,
};

impl Workstation {
    /// Opens a login for one of the machine's logon sessions. It supersedes a pending one of the same
    /// session and technician.
    ///
    /// # Errors
    /// `push_frozen`, `too_many_requests`, `workstation_not_confirmed`; see [`Error`].
    pub async fn open(
        &self,
        by: OpenBy,
        purpose: Purpose,
        os_session: &str,
    ) -> Result<OpenedLogin> {
        let nonce = Bytes(random_bytes());
        let body = OpenLogin { by, purpose, os_session: os_session.to_owned(), nonce };
        self.open_as(&random_id(), &body).await
    }

    /// Opens the login that this `Idempotency-Key` (8 to 64 visible ASCII characters) names: the same key
    /// and body are the same login.
    ///
    /// # Errors
    /// As [`Workstation::open`], and `idempotency_conflict`.
    pub async fn open_as(&self, idempotency_key: &str, body: &OpenLogin) -> Result<OpenedLogin> {
        let opened = Timer::now();
        let answer: Opened = self
            .transport
            .patiently(|| async {
                let request = Request::post("/desktop/v1/logins").json(body);
                self.send(request.header("idempotency-key", idempotency_key)).await?.json()
            })
            .await?;
        let public_url = self.transport.public_url().clone();
        Ok(OpenedLogin::new(answer, body.nonce, opened, public_url))
    }

    /// A login of this workstation.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn login(&self, id: LoginId) -> Result<LoginView> {
        self.send(Request::get(format!("/desktop/v1/logins/{id}"))).await?.json()
    }

    /// Waits up to `total` for another view of the login than the one with this [`LoginView::tag`]; `None` if none
    /// came.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn wait_changed(
        &self,
        id: LoginId,
        tag: i64,
        total: Duration,
    ) -> Result<Option<LoginView>> {
        let path = format!("/desktop/v1/logins/{id}");
        let etag = format!("\"{tag}\"");
        let changed = until_changed(total, Backoff::default(), |wait| {
            let request = Request::get(path.as_str()).waiting(&etag, wait);
            async move { Heard::in_answer(self.send(request).await?) }
        });
        changed.await?.map(crate::Answer::json).transpose()
    }

    /// Waits up to `total` until the login is no longer pending, and keeps each view in `login`.
    ///
    /// # Errors
    /// [`Error::Deadline`] if it still is; see [`Error`].
    pub async fn wait_decided(
        &self,
        login: &mut OpenedLogin,
        total: Duration,
    ) -> Result<LoginState> {
        let end = Timer::now() + total;
        while login.view.state == LoginState::Pending {
            let left = end.saturating_duration_since(Timer::now());
            let changed = self.wait_changed(login.id(), login.view.tag(), left).await?;
            login.view = changed.ok_or(Error::Deadline)?;
        }
        Ok(login.view.state)
    }

    /// Lets the phones be told of a pending push login once more.
    ///
    /// # Errors
    /// `login_not_pending`, `too_many_requests`; see [`Error`].
    pub async fn resend(&self, id: LoginId) -> Result<LoginView> {
        self.send(Request::post(format!("/desktop/v1/logins/{id}/resend"))).await?.json()
    }

    /// Withdraws a login.
    ///
    /// # Errors
    /// `login_not_pending`; see [`Error`].
    pub async fn cancel(&self, id: LoginId) -> Result<LoginView> {
        self.send(Request::post(format!("/desktop/v1/logins/{id}/cancel"))).await?.json()
    }
}
