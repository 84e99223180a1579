//! The phone's offline codes.

use countersign_protocol::{
    Bytes, Instant,
    offline::{Prompt, Shown, ShownCode, SignedShownCode},
    wire::offline::{Holdings, ReportShown},
};

use super::Phone;
use crate::{Request, Result};

impl Phone {
    /// Everything that this phone may hold now; it replaces what was held before.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn offline_codes(&self) -> Result<Holdings> {
        self.transport
            .patiently(|| async {
                self.send(Request::get("/mobile/v1/offline-codes")).await?.json()
            })
            .await
    }

    /// The record that this phone showed a code to a prompt, signed by its key.
    ///
    /// # Errors
    /// If the signature fails.
    pub fn record_shown(
        &self,
        prompt: &Prompt,
        shown: &Shown,
        shown_at: Instant,
    ) -> Result<SignedShownCode> {
        let shown = ShownCode {
            device: self.ownership.device_id,
            technician: self.ownership.technician_id,
            tenant: prompt.tenant,
            workstation: prompt.workstation,
            version: shown.version,
            step: shown.step,
            shown_at,
        };
        let signature = Bytes(self.key.sign(&shown.canonical())?);
        Ok(SignedShownCode { shown, signature })
    }

    /// Tells which codes this phone showed, 1 to 100. Told again, nothing changes.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn report_shown(&self, shown: Vec<SignedShownCode>) -> Result<()> {
        let request = Request::post("/mobile/v1/offline-codes/shown").json(&ReportShown { shown });
        self.send(request).await?.done()
    }
}
