//! The state document: waited for, opened, acknowledged.

use std::time::Duration;

use countersign_protocol::{
    offline::{OfflineRules, skew::Offset},
    sealed::Binding,
    wire::state::{Applied, StateDocument, StateVersion},
};

use super::Workstation;
use crate::{Answer, Backoff, Error, Heard, Request, Result, until_changed};

const STATE: &str = "/desktop/v1/state";

/// A state document as it came.
#[derive(Clone, Debug)]
pub struct HeardState {
    /// The document.
    pub document: StateDocument,
    /// What it means offline.
    pub offline: OfflineRules,
    /// How far the machine's clock is off, if the answer came quickly enough to tell.
    pub offset: Option<Offset>,
}

impl Workstation {
    /// The state document as it stands.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn state(&self) -> Result<HeardState> {
        let answer = self.send(Request::get(STATE)).await?;
        self.heard(answer)
    }

    /// Waits up to `total` for another state document than this one; `None` if none came.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn wait_for_state(
        &self,
        known: StateVersion,
        total: Duration,
    ) -> Result<Option<HeardState>> {
        let etag = format!("\"{}\"", known.sum());
        let changed = until_changed(total, Backoff::default(), |wait| {
            let request = Request::get(STATE).waiting(&etag, wait);
            async move { Heard::in_answer(self.send(request).await?) }
        });
        changed.await?.map(|answer| self.heard(answer)).transpose()
    }

    /// Opens what is sealed to this workstation; another's, and another version's, is refused.
    fn heard(&self, answer: Answer) -> Result<HeardState> {
        let offset = answer.offset;
        let document: StateDocument = answer.json()?;
        let binding = Binding {
            tenant: self.identity.tenant_id,
            workstation: self.id(),
            version: document.version.sum(),
        };
        let key = self.keys.encryption.opening()?;
        let sealed = binding.open(&key, &document.offline);
        let sealed = sealed.map_err(|_| Error::NotOurs("another workstation's offline rules"))?;
        let offline: OfflineRules = serde_json::from_slice(&sealed)
            .map_err(|_| Error::NotOurs("offline rules that can't be read"))?;
        Ok(HeardState { document, offline, offset })
    }

    /// Says what was applied. Said again, nothing changes.
    ///
    /// # Errors
    /// `invalid_request` for a version that never was; `conflict` if a later one was applied; see [`Error`].
    pub async fn applied(&self, applied: &Applied) -> Result<()> {
        self.transport
            .patiently(|| async {
                self.send(Request::post("/desktop/v1/state/applied").json(applied)).await?.done()
            })
            .await
    }
}
