//! The P-256 keys of phones and workstations. The real ones live in a Secure Enclave, an Android
//! keystore or a TPM; these live in memory.

use aws_lc_rs::{
    agreement::{self, ECDH_P256},
    digest::{SHA256, digest},
    encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, EcPrivateKeyRfc5915Der},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use countersign_protocol::{P256Jwk, encoding::base64url, sealed::OpeningKey};
use serde::Serialize;

/// A key could not be made, read or used.
#[derive(Debug, thiserror::Error)]
#[error("the key could not be {0}")]
pub struct KeyError(&'static str);

/// A P-256 key that signs: DPoP proofs for both, assertions for workstations.
pub struct DeviceKey {
    pair: EcdsaKeyPair,
    public: P256Jwk,
}

impl DeviceKey {
    /// A new key.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| KeyError("made"))
            .and_then(Self::of)
    }

    /// The key that [`DeviceKey::to_pkcs8`] wrote (RFC 5958).
    ///
    /// # Errors
    /// If the bytes are not a P-256 key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
            .map_err(|_| KeyError("read"))
            .and_then(Self::of)
    }

    fn of(pair: EcdsaKeyPair) -> Result<Self, KeyError> {
        let public =
            P256Jwk::from_uncompressed(pair.public_key().as_ref()).map_err(|_| KeyError("read"))?;
        Ok(Self { pair, public })
    }

    /// The private key as PKCS #8, to be kept where only its owner reads.
    ///
    /// # Errors
    /// If the key can't be written.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, KeyError> {
        self.pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()).map_err(|_| KeyError("written"))
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> &P256Jwk {
        &self.public
    }

    /// The public key's RFC 7638 thumbprint, as in `cnf.jkt`.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.public.thumbprint()
    }

    /// A compact JWS (RFC 7515 section 7.1) over `claims` by ES256, with the public key in its header if
    /// `with_jwk`.
    ///
    /// # Errors
    /// If the claims are not JSON or the signature fails.
    pub fn jws(
        &self,
        typ: &str,
        with_jwk: bool,
        claims: &impl Serialize,
    ) -> Result<String, KeyError> {
        let header = Header { typ, alg: "ES256", jwk: with_jwk.then_some(&self.public) };
        self.jws_with_header(&header, claims)
    }

    /// The ECDSA signature of these bytes, `r || s`.
    ///
    /// # Errors
    /// If the signature fails.
    pub fn sign(&self, bytes: &[u8]) -> Result<[u8; 64], KeyError> {
        self.pair
            .sign_digest(&digest(&SHA256, bytes))
            .ok()
            .and_then(|signature| signature.as_ref().try_into().ok())
            .ok_or(KeyError("used"))
    }

    /// The same with any header at all, for tests that lie.
    ///
    /// # Errors
    /// As [`DeviceKey::jws`].
    pub fn jws_with_header(
        &self,
        header: &impl Serialize,
        claims: &impl Serialize,
    ) -> Result<String, KeyError> {
        let part = |json: serde_json::Result<Vec<u8>>| {
            json.map(|json| base64url(&json)).map_err(|_| KeyError("used: the claims are not JSON"))
        };
        let mut token =
            format!("{}.{}", part(serde_json::to_vec(header))?, part(serde_json::to_vec(claims))?);
        let signature = self
            .pair
            .sign_digest(&digest(&SHA256, token.as_bytes()))
            .map_err(|_| KeyError("used"))?;
        token.push('.');
        token.push_str(&base64url(signature.as_ref()));
        Ok(token)
    }
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwk: Option<&'a P256Jwk>,
}

/// A P-256 key that offline secrets are sealed to.
pub struct EncryptionKey {
    private: agreement::PrivateKey,
    public: P256Jwk,
}

impl EncryptionKey {
    /// A new key.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        agreement::PrivateKey::generate(&ECDH_P256).map_err(|_| KeyError("made")).and_then(Self::of)
    }

    /// The key that [`EncryptionKey::to_der`] wrote.
    ///
    /// # Errors
    /// If the bytes are not a P-256 key.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        agreement::PrivateKey::from_private_key_der(&ECDH_P256, der)
            .map_err(|_| KeyError("read"))
            .and_then(Self::of)
    }

    fn of(private: agreement::PrivateKey) -> Result<Self, KeyError> {
        let point = private.compute_public_key().map_err(|_| KeyError("read"))?;
        let public = P256Jwk::from_uncompressed(point.as_ref()).map_err(|_| KeyError("read"))?;
        Ok(Self { private, public })
    }

    /// The private key as DER (RFC 5915), to be kept where only its owner reads.
    ///
    /// # Errors
    /// If the key can't be written.
    pub fn to_der(&self) -> Result<Vec<u8>, KeyError> {
        AsDer::<EcPrivateKeyRfc5915Der<'_>>::as_der(&self.private)
            .map(|der| der.as_ref().to_vec())
            .map_err(|_| KeyError("written"))
    }

    /// What opens the offline part of this workstation's state documents.
    ///
    /// # Errors
    /// If the key can't be used.
    pub fn opening(&self) -> Result<OpeningKey, KeyError> {
        let scalar: EcPrivateKeyBin<'_> =
            self.private.as_be_bytes().map_err(|_| KeyError("used"))?;
        let scalar = <&[u8; 32]>::try_from(scalar.as_ref()).map_err(|_| KeyError("used"))?;
        OpeningKey::new(scalar).map_err(|_| KeyError("used"))
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> &P256Jwk {
        &self.public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_what_it_wrote() {
        let key = DeviceKey::generate().expect("a key");
        let again = DeviceKey::from_pkcs8(&key.to_pkcs8().expect("DER")).expect("the key");
        assert_eq!(again.public(), key.public());
        let key = EncryptionKey::generate().expect("a key");
        let again = EncryptionKey::from_der(&key.to_der().expect("DER")).expect("the key");
        assert_eq!(again.public(), key.public());
    }
}
