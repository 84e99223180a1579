//! Pending logins: listed, waited for, looked at, claimed, denied.

use std::time::Duration;

use countersign_protocol::{
    Bytes, LoginId, Statement, qr,
    wire::mobile::{Claim, Decided, Deny, DenyReason, LoginDetail, PendingLogins},
};

use super::Phone;
use crate::{Answer, Backoff, Error, Heard, Request, Result, until_changed};

/// The pending logins, and the tag to wait with for the next list.
#[derive(Clone, Debug)]
pub struct PendingList {
    /// The list.
    pub pending: PendingLogins,
    /// The list's `ETag`, opaque.
    pub etag: String,
}

impl Phone {
    /// The technician's pending logins.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn pending(&self) -> Result<PendingList> {
        list(self.send(Request::get("/mobile/v1/logins")).await?)
    }

    /// Waits up to `total` for another list than the one with this tag; `None` if none came.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn wait_pending(&self, etag: &str, total: Duration) -> Result<Option<PendingList>> {
        let changed = until_changed(total, Backoff::default(), |wait| async move {
            let request = Request::get("/mobile/v1/logins").waiting(etag, wait);
            Heard::in_answer(self.send(request).await?)
        });
        changed.await?.map(list).transpose()
    }

    /// One login with all that a person needs to judge it.
    ///
    /// # Errors
    /// [`Error::NotOurs`] if the service describes another login, technician or device; see [`Error`].
    pub async fn login(&self, id: LoginId) -> Result<LoginDetail> {
        self.detail(id, Request::get(format!("/mobile/v1/logins/{id}"))).await
    }

    /// Tells the service that this phone has the login: for the app's notification service.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn acknowledge(&self, id: LoginId) -> Result<()> {
        self.send(Request::post(format!("/mobile/v1/logins/{id}/seen"))).await?.done()
    }

    /// Claims the login of a scanned QR code for this phone.
    ///
    /// # Errors
    /// [`Error::ForeignLink`]; `wrong_secret`, `already_claimed`, `network_mismatch`; see [`Error`].
    pub async fn claim(&self, scanned: &str) -> Result<LoginDetail> {
        let (id, secret) =
            qr::read(self.transport.public_url(), scanned).ok_or(Error::ForeignLink)?;
        let request = Request::post(format!("/mobile/v1/logins/{id}/claim"));
        self.detail(id, request.json(&Claim { secret: Bytes(secret) })).await
    }

    async fn detail(&self, id: LoginId, request: Request) -> Result<LoginDetail> {
        let detail: LoginDetail = self.send(request).await?.json()?;
        self.require_ours(&detail.login.statement)?;
        if detail.login.statement.login != id {
            return Err(Error::NotOurs("another login"));
        }
        Ok(detail)
    }

    /// Denies a login. [`DenyReason::Fraud`] freezes the workstation's push logins.
    ///
    /// # Errors
    /// `login_not_pending`; see [`Error`].
    pub async fn deny(&self, id: LoginId, reason: DenyReason) -> Result<Decided> {
        let request = Request::post(format!("/mobile/v1/logins/{id}/deny")).json(&Deny { reason });
        self.send(request).await?.json()
    }

    /// A statement that would bind someone else, or another phone, is never shown and never signed.
    pub(super) fn require_ours(&self, statement: &Statement) -> Result<()> {
        let own = self.ownership;
        if statement.msp.id != own.msp_id {
            return Err(Error::NotOurs("another msp"));
        }
        if statement.technician.id != own.technician_id {
            return Err(Error::NotOurs("another technician"));
        }
        if statement.device.id != own.device_id {
            return Err(Error::NotOurs("another device"));
        }
        Ok(())
    }
}

fn list(answer: Answer) -> Result<PendingList> {
    let etag = answer.etag().to_owned();
    Ok(PendingList { pending: answer.json()?, etag })
}
