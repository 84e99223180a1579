//! Sessions: what technicians do on workstations after a login, or without one.

use countersign_protocol::{
    SessionId,
    wire::{Page, sessions::Session},
};

use super::{Admin, Paging};
use crate::Result;

impl Admin {
    /// The msp's sessions.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn sessions(&self, paging: &Paging) -> Result<Page<Session>> {
        self.list("/admin/v1/sessions", paging).await
    }

    /// The sessions that run now.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn open_sessions(&self, paging: &Paging) -> Result<Page<Session>> {
        self.list("/admin/v1/open-sessions", paging).await
    }

    /// The sessions that something is odd about.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn flagged_sessions(&self, paging: &Paging) -> Result<Page<Session>> {
        self.list("/admin/v1/flagged-sessions", paging).await
    }

    /// A session.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn session(&self, id: SessionId) -> Result<Session> {
        self.get(&format!("/admin/v1/sessions/{id}")).await
    }

    /// Asks the workstation to end a session.
    ///
    /// # Errors
    /// `conflict` if it has ended; see [`crate::Error`].
    pub async fn end_session(&self, id: SessionId) -> Result<Session> {
        self.act(&format!("/admin/v1/sessions/{id}/end")).await
    }
}
