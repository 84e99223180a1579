#![allow(clippy::expect_used, reason = "an RSA key can be made")]

use std::sync::Arc;

use rcgen::{KeyPair, PKCS_RSA_SHA256, PublicKeyData, RsaKeySize};
use serde_json::{Value, json};

use crate::vendors::random;

/// A service account of one project, with an RSA key of 2048 bits.
#[derive(Clone, Debug)]
pub struct ServiceAccount(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    project: String,
    email: String,
    key_id: String,
    private_key: String,
    public_key: Vec<u8>,
}

impl ServiceAccount {
    /// An account of this project, and a new key.
    ///
    /// # Panics
    /// If the key can't be made, which no input brings about.
    #[must_use]
    pub fn new(project: &str) -> Self {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
        Self(Arc::new(Kept {
            project: project.to_owned(),
            email: format!("push@{project}.iam.gserviceaccount.com"),
            key_id: random::hex::<20>(),
            private_key: key.serialize_pem(),
            public_key: key.der_bytes().to_vec(),
        }))
    }

    /// The project's id.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.0.project
    }

    /// `client_email`: the `iss` of assertions.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.0.email
    }

    /// `private_key_id`: the `kid` of assertions.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.0.key_id
    }

    /// PKCS #8 in PEM.
    #[must_use]
    pub fn private_key(&self) -> &str {
        &self.0.private_key
    }

    /// The key file as Google hands it out.
    pub(super) fn key_file(&self, token_uri: &str) -> Value {
        json!({
            "type": "service_account",
            "project_id": self.project(),
            "private_key_id": self.key_id(),
            "private_key": self.private_key(),
            "client_email": self.email(),
            "client_id": "100000000000000000001",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_uri,
            "universe_domain": "googleapis.com",
        })
    }

    /// A DER `RSAPublicKey`.
    pub(super) fn public_key(&self) -> &[u8] {
        &self.0.public_key
    }
}

impl Default for ServiceAccount {
    fn default() -> Self {
        Self::new("countersign-test")
    }
}
