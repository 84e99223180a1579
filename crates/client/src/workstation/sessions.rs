//! Sessions, as the agent reports them.

use countersign_protocol::{
    Instant, SessionId,
    offline::{OfflineSession, skew::Offset},
    wire::{
        desktop::RecoveryUsed,
        offline::{UploadSessions, Uploaded},
        sessions::{ReportEnd, ReportSession, Session},
    },
};

use super::Workstation;
use crate::{Request, Result};

impl Workstation {
    /// Reports that a session has begun; the same login again is the same session.
    ///
    /// # Errors
    /// `not_found` unless this workstation took the login's grant; see [`crate::Error`].
    pub async fn report_session(&self, report: &ReportSession) -> Result<Session> {
        self.transport
            .patiently(|| async {
                self.send(Request::post("/desktop/v1/sessions").json(report)).await?.json()
            })
            .await
    }

    /// Reports that a session has ended.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn report_end(&self, session: SessionId, ended_at: Instant) -> Result<Session> {
        let path = format!("/desktop/v1/sessions/{session}/end");
        self.transport
            .patiently(|| async {
                let request = Request::post(path.as_str()).json(&ReportEnd { ended_at });
                self.send(request).await?.json()
            })
            .await
    }

    /// Uploads what happened without network, 1 to 100 in the order of their numbers.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn upload(
        &self,
        sessions: Vec<OfflineSession>,
        offset: Option<Offset>,
    ) -> Result<Uploaded> {
        let body = UploadSessions { sessions, offset };
        self.transport
            .patiently(|| async {
                self.send(Request::post("/desktop/v1/offline-sessions").json(&body)).await?.json()
            })
            .await
    }

    /// Says that the recovery code was used.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn recovery_used(&self, used: &RecoveryUsed) -> Result<()> {
        self.transport
            .patiently(|| async {
                self.send(Request::post("/desktop/v1/recovery-used").json(used)).await?.done()
            })
            .await
    }
}
