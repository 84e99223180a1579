//! What everyone may ask.

use countersign_protocol::wire::service::{Discovery, Readiness, SignedKeySet};

use crate::{Request, Result, Transport};

impl Transport {
    /// What the service takes, `/.well-known/countersign`.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn discovery(&self) -> Result<Discovery> {
        self.send(Request::get("/.well-known/countersign")).await?.json()
    }

    /// The signed key set as it travels; open it with `countersign_protocol::grant::open_key_set`.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn signed_key_set(&self) -> Result<SignedKeySet> {
        self.patiently(|| async {
            self.send(Request::get("/.well-known/countersign-keys")).await?.json()
        })
        .await
    }

    /// Whether the node can do its work; a node that can't says so with 503 and the same body.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn readiness(&self) -> Result<Readiness> {
        let answer = self.send(Request::get("/readyz")).await?;
        serde_json::from_slice(&answer.body).map_err(|_| answer.error())
    }
}
