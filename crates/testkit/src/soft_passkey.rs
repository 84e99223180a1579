//! A passkey in software: an authenticator and the client around it, honest unless told to lie.

#![allow(clippy::expect_used)] // a test that can't build its authenticator has nothing else to do

use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use ciborium::Value as Cbor;
use countersign_protocol::encoding::{base64url, from_base64url, sha256};
use serde_json::{Value, json};

/// Flags of authenticator data (WebAuthn Level 3 section 6.1).
const USER_PRESENT: u8 = 0b0000_0001;
const USER_VERIFIED: u8 = 0b0000_0100;
const BACKUP_ELIGIBLE: u8 = 0b0000_1000;
const BACKED_UP: u8 = 0b0001_0000;
const ATTESTED_CREDENTIAL: u8 = 0b0100_0000;

/// What to say in the place of the truth; the default lies about nothing. All lies but
/// [`Lies::signature`] are signed.
#[derive(Clone, Debug, Default)]
pub struct Lies {
    /// Another origin than the one the ceremony runs in.
    pub origin: Option<String>,
    /// Another relying party than the options name.
    pub rp_id: Option<String>,
    /// Another challenge than the options carry.
    pub challenge: Option<Vec<u8>>,
    /// Another ceremony: `webauthn.create` or `webauthn.get`.
    pub ceremony: Option<String>,
    /// The ceremony ran in a frame of another origin.
    pub cross_origin: bool,
    /// Nobody touched the authenticator.
    pub user_absent: bool,
    /// Somebody did, and was not verified.
    pub user_unverified: bool,
    /// Another counter than the next.
    pub counter: Option<u32>,
    /// Another credential's id.
    pub credential_id: Option<Vec<u8>>,
    /// Bytes that are not the signature.
    pub signature: Option<Vec<u8>>,
    /// The client says that it made no discoverable credential.
    pub not_discoverable: bool,
}

/// One P-256 credential. It answers whatever it is asked, also options that name another credential:
/// refusing is the server's part.
pub struct SoftPasskey {
    pair: EcdsaKeyPair,
    id: Vec<u8>,
    counter: AtomicU32,
    synced: bool,
}

impl SoftPasskey {
    /// A passkey that stays on its device and counts its assertions.
    ///
    /// # Panics
    /// If the system gives no randomness.
    #[must_use]
    #[allow(clippy::new_without_default)] // each one is another credential
    pub fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key pair");
        let id = sha256(&[pair.public_key().as_ref()]).to_vec();
        Self { pair, id, counter: AtomicU32::new(0), synced: false }
    }

    /// A passkey that is synced between devices: it says so, and its counter is always 0.
    ///
    /// # Panics
    /// If the system gives no randomness.
    #[must_use]
    pub fn synced() -> Self {
        Self { synced: true, ..Self::new() }
    }

    /// The credential's id.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        &self.id
    }

    /// `RegistrationResponseJSON` for `PublicKeyCredentialCreationOptionsJSON`.
    ///
    /// # Panics
    /// If `options` lack the relying party or the challenge.
    #[must_use]
    pub fn register(&self, options: &Value, origin: &str) -> Value {
        self.register_lying(options, origin, &Lies::default())
    }

    /// As [`Self::register`], with lies.
    ///
    /// # Panics
    /// If `options` lack the relying party or the challenge.
    #[must_use]
    pub fn register_lying(&self, options: &Value, origin: &str, lies: &Lies) -> Value {
        let rp_id = options["rp"]["id"].as_str().expect("options with rp.id");
        let client_data = client_data("webauthn.create", options, origin, lies);
        let id = lies.credential_id.as_ref().unwrap_or(&self.id);
        let length = u16::try_from(id.len()).expect("an id below 64 KiB");
        let mut authenticator_data = self.authenticator_data(rp_id, ATTESTED_CREDENTIAL, lies);
        authenticator_data.extend_from_slice(&[0; 16]); // aaguid: of no known make
        authenticator_data.extend_from_slice(&length.to_be_bytes());
        authenticator_data.extend_from_slice(id);
        authenticator_data.extend_from_slice(&self.cose_key());
        let attestation = cbor(&Cbor::Map(vec![
            ("fmt".into(), "none".into()),
            ("attStmt".into(), Cbor::Map(Vec::new())),
            ("authData".into(), Cbor::Bytes(authenticator_data)),
        ]));
        json!({
            "id": base64url(id),
            "rawId": base64url(id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": base64url(client_data.as_bytes()),
                "attestationObject": base64url(&attestation),
                "transports": ["internal"],
            },
            "clientExtensionResults": {"credProps": {"rk": !lies.not_discoverable}},
        })
    }

    /// `AuthenticationResponseJSON` for `PublicKeyCredentialRequestOptionsJSON`.
    ///
    /// # Panics
    /// If `options` lack the relying party or the challenge.
    #[must_use]
    pub fn assert(&self, options: &Value, origin: &str) -> Value {
        self.assert_lying(options, origin, &Lies::default())
    }

    /// As [`Self::assert`], with lies.
    ///
    /// # Panics
    /// If `options` lack the relying party or the challenge.
    #[must_use]
    #[allow(clippy::disallowed_methods)] // aws-lc asks for a generator and does not use it
    pub fn assert_lying(&self, options: &Value, origin: &str, lies: &Lies) -> Value {
        let rp_id = options["rpId"].as_str().expect("options with rpId");
        let client_data = client_data("webauthn.get", options, origin, lies);
        let authenticator_data = self.authenticator_data(rp_id, 0, lies);
        let signed = [&authenticator_data[..], &sha256(&[client_data.as_bytes()])].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).expect("a signature");
        let signature = lies.signature.as_deref().unwrap_or(signature.as_ref());
        let id = base64url(lies.credential_id.as_ref().unwrap_or(&self.id));
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": base64url(client_data.as_bytes()),
                "authenticatorData": base64url(&authenticator_data),
                "signature": base64url(signature),
            },
            "clientExtensionResults": {},
        })
    }

    /// Relying party, flags and counter (section 6.1); the counter rises with each call.
    fn authenticator_data(&self, rp_id: &str, flags: u8, lies: &Lies) -> Vec<u8> {
        let rp_id = lies.rp_id.as_deref().unwrap_or(rp_id);
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let flags = flags
            | flag(!lies.user_absent, USER_PRESENT)
            | flag(!lies.user_absent && !lies.user_unverified, USER_VERIFIED)
            | flag(self.synced, BACKUP_ELIGIBLE | BACKED_UP);
        let next = if self.synced { 0 } else { self.counter.fetch_add(1, Ordering::Relaxed) + 1 };
        let counter = lies.counter.unwrap_or(next);
        [&sha256(&[rp_id.as_bytes()])[..], &[flags], &counter.to_be_bytes()].concat()
    }

    /// The public key as `COSE_Key` (RFC 9053 section 7.1.1): EC2, ES256, P-256, x, y.
    fn cose_key(&self) -> Vec<u8> {
        let point = self.pair.public_key().as_ref();
        cbor(&Cbor::Map(vec![
            (1.into(), 2.into()),
            (3.into(), (-7).into()),
            ((-1).into(), 1.into()),
            ((-2).into(), Cbor::Bytes(point[1..33].to_vec())),
            ((-3).into(), Cbor::Bytes(point[33..].to_vec())),
        ]))
    }
}

/// The client's part of what is signed (section 5.8.1).
fn client_data(ceremony: &str, options: &Value, origin: &str, lies: &Lies) -> String {
    let challenge = options["challenge"].as_str().and_then(from_base64url);
    let challenge = challenge.expect("options with a challenge");
    json!({
        "type": lies.ceremony.as_deref().unwrap_or(ceremony),
        "challenge": base64url(lies.challenge.as_ref().unwrap_or(&challenge)),
        "origin": lies.origin.as_deref().unwrap_or(origin),
        "crossOrigin": lies.cross_origin,
    })
    .to_string()
}

fn cbor(value: &Cbor) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).expect("writing to memory");
    out
}
