#![allow(clippy::expect_used, reason = "a P-256 key can be made")]

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use countersign_protocol::encoding::base64url;

use super::message_encryption::{Undecipherable, decrypted};
use super::{Keys, Subscription};
use crate::vendors::random;

/// A browser, or an app with UnifiedPush: whoever can read what is pushed to a subscription.
#[derive(Clone)]
pub struct Subscriber(Arc<Kept>);

struct Kept {
    private: PrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
    endpoint: String,
}

impl Subscriber {
    /// A subscriber with new keys at this endpoint.
    ///
    /// # Panics
    /// If the key can't be made, which no input brings about.
    #[must_use]
    pub fn new(endpoint: &str) -> Self {
        let private = PrivateKey::generate(&ECDH_P256).expect("a P-256 key");
        Self::of(private, random::bytes(), endpoint).expect("a key has a public half")
    }

    /// A subscriber with these keys: the private one as a big-endian number, and the authentication
    /// secret. None if that is no private key.
    #[must_use]
    pub fn with_keys(private: &[u8; 32], auth: [u8; 16], endpoint: &str) -> Option<Self> {
        Self::of(PrivateKey::from_private_key(&ECDH_P256, private).ok()?, auth, endpoint)
    }

    fn of(private: PrivateKey, auth: [u8; 16], endpoint: &str) -> Option<Self> {
        let public = private.compute_public_key().ok()?.as_ref().to_vec();
        Some(Self(Arc::new(Kept { private, public, auth, endpoint: endpoint.to_owned() })))
    }

    /// What it gives to an application server.
    #[must_use]
    pub fn subscription(&self) -> Subscription {
        let keys = Keys { p256dh: base64url(&self.0.public), auth: base64url(&self.0.auth) };
        Subscription { endpoint: self.0.endpoint.clone(), keys }
    }

    /// The plaintext of a body in the content coding aes128gcm (RFC 8291 section 3).
    ///
    /// # Errors
    /// It is not for this subscriber, or not in the form that a push has.
    pub fn decrypt(&self, body: &[u8]) -> Result<Vec<u8>, Undecipherable> {
        decrypted(body, &self.0.private, &self.0.public, &self.0.auth)
    }
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subscriber").field(&self.0.endpoint).finish()
    }
}
