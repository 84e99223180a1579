#![allow(clippy::expect_used, reason = "a P-256 key can be made")]

use std::sync::Arc;

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};

/// A developer's account: one team, one key, one app. Production and sandbox may share it, as Apple's do.
#[derive(Clone, Debug)]
pub struct Account(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    team_id: String,
    key_id: String,
    p8: String,
    public_key: Vec<u8>,
    topic: String,
}

impl Account {
    /// An account of an app with this bundle id, and a new key.
    ///
    /// # Panics
    /// If the key can't be made, which no input brings about.
    #[must_use]
    pub fn new(topic: &str) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a P-256 key");
        Self(Arc::new(Kept {
            team_id: "TEAM123456".to_owned(),
            key_id: "KEY1234567".to_owned(),
            p8: key.serialize_pem(),
            public_key: key.der_bytes().to_vec(),
            topic: topic.to_owned(),
        }))
    }

    /// The `iss` of provider tokens.
    #[must_use]
    pub fn team_id(&self) -> &str {
        &self.0.team_id
    }

    /// The `kid` of provider tokens.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.0.key_id
    }

    /// The private key as Apple hands it out: PKCS #8 in PEM, in a file called `AuthKey_….p8`.
    #[must_use]
    pub fn p8(&self) -> &str {
        &self.0.p8
    }

    /// The bundle id.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.0.topic
    }

    /// An uncompressed point.
    pub(super) fn public_key(&self) -> &[u8] {
        &self.0.public_key
    }
}

impl Default for Account {
    fn default() -> Self {
        Self::new("dev.countersign.approve")
    }
}
