//! An assertion as evidence: checked years later against the public key that was recorded at the enrolment, by
//! whoever has the record and without the library that made it (WebAuthn Level 3 section 7.2).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use countersign_protocol::encoding::{base64url, from_base64url, sha256};
use serde::Deserialize;
use serde_json::Value;

/// Flags of authenticator data (WebAuthn Level 3 section 6.1).
const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;

/// A credential's public key, as the record keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordedKey {
    /// ES256: an uncompressed point of P-256.
    P256(Vec<u8>),
    /// ES384: an uncompressed point of P-384.
    P384(Vec<u8>),
    /// RS256: modulus and exponent.
    Rsa(Vec<u8>, Vec<u8>),
}

/// Why an assertion is no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Not the form of an assertion, or of a recorded key.
    #[error("the assertion or the recorded key is malformed")]
    Malformed,
    /// Another credential's.
    #[error("the assertion is by another credential than was enrolled")]
    Credential,
    /// Another ceremony than an assertion.
    #[error("what was signed is no assertion")]
    Ceremony,
    /// Something else was signed than the statement.
    #[error("another challenge was signed than that of the statement")]
    Challenge,
    /// In a frame of another origin.
    #[error("the assertion was made in a frame of another origin")]
    Frame,
    /// Nobody was present, or nobody was verified.
    #[error("the assertion does not say that the user was present and verified")]
    User,
    /// Not by this key over this.
    #[error("the signature is not the enrolled credential's")]
    Signature,
}

/// An assertion that says the right things. Whether the credential said them, its signature tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Where the ceremony ran.
    pub origin: String,
    /// SHA-256 of the relying party's id.
    pub rp_id_hash: [u8; 32],
    /// The credential, in base64url.
    pub credential_id: String,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Written<'a> {
    type_: &'a str,
    key: WrittenKey<'a>,
}

/// As webauthn-rs writes `COSE_Key`.
#[derive(Deserialize)]
enum WrittenKey<'a> {
    #[serde(rename = "EC_EC2")]
    Ec2 { curve: &'a str, x: &'a str, y: &'a str },
    #[serde(rename = "RSA")]
    Rsa { n: &'a str, e: [u8; 3] },
}

impl RecordedKey {
    /// The key as an enrolment's event keeps it.
    ///
    /// # Errors
    /// [`EvidenceError::Malformed`], also for a kind of key that is never enrolled.
    pub fn read(recorded: &Value) -> Result<Self, EvidenceError> {
        let written = Written::deserialize(recorded).map_err(|_| EvidenceError::Malformed)?;
        let bytes = |text| from_base64url(text).ok_or(EvidenceError::Malformed);
        let point = |x, y, length| {
            let (x, y): (Vec<u8>, Vec<u8>) = (bytes(x)?, bytes(y)?);
            let sound = x.len() == length && y.len() == length;
            sound.then(|| [&[4], &x[..], &y[..]].concat()).ok_or(EvidenceError::Malformed)
        };
        match (written.type_, written.key) {
            ("ES256", WrittenKey::Ec2 { curve: "SECP256R1", x, y }) => {
                point(x, y, 32).map(Self::P256)
            }
            ("ES384", WrittenKey::Ec2 { curve: "SECP384R1", x, y }) => {
                point(x, y, 48).map(Self::P384)
            }
            ("RS256", WrittenKey::Rsa { n, e }) => {
                let e = e.into_iter().skip_while(|byte| *byte == 0).collect();
                Ok(Self::Rsa(bytes(n)?, e))
            }
            _ => Err(EvidenceError::Malformed),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assertion<'a> {
    raw_id: &'a str,
    #[serde(borrow)]
    response: Response<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    #[serde(rename = "clientDataJSON")]
    client_data: &'a str,
    authenticator_data: &'a str,
    signature: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

impl Evidence {
    /// Reads a recorded assertion (`AuthenticationResponseJSON`) over this challenge.
    ///
    /// # Errors
    /// The first thing that it does not say.
    pub fn read(assertion: &Value, challenge: [u8; 32]) -> Result<Self, EvidenceError> {
        let bytes = |text| from_base64url(text).ok_or(EvidenceError::Malformed);
        let written = Assertion::deserialize(assertion).map_err(|_| EvidenceError::Malformed)?;
        let client_data = bytes(written.response.client_data)?;
        let authenticator_data = bytes(written.response.authenticator_data)?;
        let said: ClientData =
            serde_json::from_slice(&client_data).map_err(|_| EvidenceError::Malformed)?;
        if said.kind != "webauthn.get" {
            return Err(EvidenceError::Ceremony);
        }
        if said.challenge != base64url(&challenge) {
            return Err(EvidenceError::Challenge);
        }
        if said.cross_origin {
            return Err(EvidenceError::Frame);
        }
        let (rp_id_hash, rest) =
            authenticator_data.split_first_chunk().ok_or(EvidenceError::Malformed)?;
        let flags = *rest.first().ok_or(EvidenceError::Malformed)?;
        if flags & USER_PRESENT == 0 || flags & USER_VERIFIED == 0 {
            return Err(EvidenceError::User);
        }
        Ok(Self {
            origin: said.origin,
            rp_id_hash: *rp_id_hash,
            credential_id: written.raw_id.to_owned(),
            signature: bytes(written.response.signature)?,
            signed: [&authenticator_data[..], &sha256(&[&client_data])].concat(),
        })
    }

    /// Whether the credential with this key signed it.
    ///
    /// # Errors
    /// [`EvidenceError::Signature`].
    pub fn is_signed_by(&self, key: &RecordedKey) -> Result<(), EvidenceError> {
        let (signed, signature) = (&self.signed[..], &self.signature[..]);
        let verified = match key {
            RecordedKey::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(signed, signature)
            }
            RecordedKey::P384(point) => {
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, point).verify(signed, signature)
            }
            RecordedKey::Rsa(n, e) => RsaPublicKeyComponents { n: &n[..], e: &e[..] }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                signed,
                signature,
            ),
        };
        verified.map_err(|_| EvidenceError::Signature)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        rand::SystemRandom,
        rsa::{KeyPair as RsaKeyPair, KeySize},
        signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256},
    };
    use countersign_testkit::{Lies, SoftPasskey};
    use serde_json::json;

    use super::*;

    const CHALLENGE: [u8; 32] = [7; 32];

    fn asserted(passkey: &SoftPasskey, lies: &Lies) -> Result<Evidence, EvidenceError> {
        let options = json!({"challenge": base64url(&CHALLENGE), "rpId": "sign.example"});
        Evidence::read(&passkey.assert_lying(&options, "https://sign.example", lies), CHALLENGE)
    }

    fn recorded(passkey: &SoftPasskey) -> RecordedKey {
        let rp = crate::auth::RelyingParty::new(
            "sign.example",
            "Sign",
            &["https://sign.example".parse().unwrap()],
            &[],
        );
        let rp = rp.unwrap();
        let asked = super::super::Registration {
            user_id: uuid::Uuid::from_u128(1),
            user_name: "nik",
            display_name: "nik",
            exclude: &[],
            challenge: CHALLENGE,
        };
        let options = rp.registration_options(&asked).unwrap();
        let answer = passkey.register(&options, "https://sign.example");
        let passkey = rp.verify_registration(&asked, &answer).unwrap();
        RecordedKey::read(&serde_json::to_value(passkey.get_public_key()).unwrap()).unwrap()
    }

    #[test]
    fn what_the_credential_signed_is_evidence_by_its_recorded_key_alone() {
        let passkey = SoftPasskey::new();
        let evidence = asserted(&passkey, &Lies::default()).unwrap();
        assert_eq!(evidence.origin, "https://sign.example");
        assert_eq!(evidence.rp_id_hash, sha256(&[b"sign.example"]));
        assert_eq!(evidence.credential_id, base64url(passkey.credential_id()));
        assert_eq!(evidence.is_signed_by(&recorded(&passkey)), Ok(()));
        let another = recorded(&SoftPasskey::new());
        assert_eq!(evidence.is_signed_by(&another), Err(EvidenceError::Signature));
    }

    #[test]
    fn what_does_not_say_the_right_things_is_none() {
        let honest = Lies::default;
        for (lies, why) in [
            (Lies { challenge: Some(vec![8; 32]), ..honest() }, EvidenceError::Challenge),
            (
                Lies { ceremony: Some("webauthn.create".into()), ..honest() },
                EvidenceError::Ceremony,
            ),
            (Lies { cross_origin: true, ..honest() }, EvidenceError::Frame),
            (Lies { user_absent: true, ..honest() }, EvidenceError::User),
            (Lies { user_unverified: true, ..honest() }, EvidenceError::User),
        ] {
            assert_eq!(asserted(&SoftPasskey::new(), &lies).err(), Some(why));
        }
        let lies = Lies { signature: Some(vec![1; 70]), ..honest() };
        let passkey = SoftPasskey::new();
        let forged = asserted(&passkey, &lies).unwrap();
        assert_eq!(forged.is_signed_by(&recorded(&passkey)), Err(EvidenceError::Signature));
    }

    fn evidence(signature: &[u8]) -> Evidence {
        Evidence {
            origin: String::new(),
            rp_id_hash: [0; 32],
            credential_id: String::new(),
            signed: b"signed".to_vec(),
            signature: signature.to_vec(),
        }
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "aws-lc asks for a generator")]
    fn p_384_and_rsa_keys_are_read_as_they_are_recorded() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap();
        let signature = pair.sign(&SystemRandom::new(), b"signed").unwrap();
        let point = pair.public_key().as_ref();
        let key = json!({"type_": "ES384", "key": {"EC_EC2": {"curve": "SECP384R1",
            "x": base64url(&point[1..49]), "y": base64url(&point[49..])}}});
        let key = RecordedKey::read(&key).unwrap();
        assert_eq!(evidence(signature.as_ref()).is_signed_by(&key), Ok(()));

        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), b"signed", &mut signature).unwrap();
        let n = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
        let key = json!({"type_": "RS256", "key": {"RSA": {"n": base64url(&n), "e": [1, 0, 1]}}});
        let key = RecordedKey::read(&key).unwrap();
        assert_eq!(evidence(&signature).is_signed_by(&key), Ok(()));
        assert!(RecordedKey::read(&json!({"type_": "EDDSA", "key": {}})).is_err());
    }
}
