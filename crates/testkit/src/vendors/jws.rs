//! Tokens in JWS compact form (RFC 7515 section 3.1), read without the library that the service makes
//! them with: an error of the library would else meet itself, and its clock can't be moved.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use countersign_protocol::encoding::from_base64url;
use serde_json::{Map, Value};

/// A token that was taken apart and not yet believed.
#[derive(Debug)]
pub(crate) struct Jws<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    /// The header's members.
    pub(crate) header: Map<String, Value>,
    /// The claims.
    pub(crate) claims: Map<String, Value>,
}

/// The algorithms that the vendors take (RFC 7518 section 3.1).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Algorithm {
    /// ECDSA over P-256; the key is an uncompressed point.
    Es256,
    /// RSA PKCS #1 v1.5; the key is a DER `RSAPublicKey`.
    Rs256,
}

impl<'a> Jws<'a> {
    /// The parts of a token; none if it has not that form.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part| serde_json::from_slice(&from_base64url(part)?).ok();
        Some(Self {
            signed,
            signature: from_base64url(signature)?,
            header: object(header)?,
            claims: object(claims)?,
        })
    }

    /// Whether it names this algorithm and the holder of this key signed it.
    pub(crate) fn is_signed(&self, algorithm: Algorithm, key: &[u8]) -> bool {
        let (name, verification): (_, &'static dyn VerificationAlgorithm) = match algorithm {
            Algorithm::Es256 => ("ES256", &ECDSA_P256_SHA256_FIXED),
            Algorithm::Rs256 => ("RS256", &RSA_PKCS1_2048_8192_SHA256),
        };
        self.header("alg") == Some(name)
            && UnparsedPublicKey::new(verification, key)
                .verify(self.signed.as_bytes(), &self.signature)
                .is_ok()
    }

    /// A member of the header that is a string.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }

    /// A claim that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// A claim that is a NumericDate (RFC 7519 section 2), without its fraction.
    pub(crate) fn date(&self, name: &str) -> Option<u64> {
        let value = self.claims.get(name)?;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a date that is no such number is no date near now either"
        )]
        value.as_u64().or_else(|| value.as_f64().map(|date| date as u64))
    }
}
