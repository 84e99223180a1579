//! A passkey that signs nothing real, and counts how often it was asked.

use std::sync::atomic::{AtomicU32, Ordering};

use countersign_client::{Authenticator, AuthenticatorFailure};
use serde_json::{Value, json};

#[derive(Default)]
pub struct CountingPasskey(AtomicU32);

impl CountingPasskey {
    pub fn times_asked(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Authenticator for CountingPasskey {
    async fn register(&self, _: &Value, _: &str) -> Result<Value, AuthenticatorFailure> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(json!({"registered": true}))
    }

    async fn assert(&self, _: &Value, _: &str) -> Result<Value, AuthenticatorFailure> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(json!({"signed": true}))
    }
}
