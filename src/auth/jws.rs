//! One compact JWS (RFC 7515 section 3.1), ES256 only, checked in the order of RFC 8725: size, form,
//! type, algorithm, `crit`, signature, and only then the claims.
//!
//! jsonwebtoken does the cryptography. Its own header and claim checks are not used: its header drops
//! members of `jwk` that we must see, it ignores `crit`, and it reads the system's clock.

use std::time::Duration;

use countersign_protocol::{Instant, P256Jwk, encoding::from_base64url};
use jsonwebtoken::{Algorithm, crypto};
use serde::{Deserialize, Deserializer, de, de::DeserializeOwned, de::IgnoredAny};
use serde_json::{Map, Value};

/// How far ahead of our clock another's may run, and how long a token outlives its `exp`.
pub const LEEWAY: Duration = Duration::from_secs(5);

/// Why text is not a JWS that we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than any honest one.
    #[error("too long")]
    TooLong,
    /// Not three base64url parts around a JSON header.
    #[error("not a compact JWS")]
    Malformed,
    /// `typ` is missing or names another kind: a token of one kind is never taken for another
    /// (RFC 8725 section 3.11).
    #[error("the header's typ is another")]
    WrongType,
    /// `alg` is not ES256.
    #[error("the header's alg is not ES256")]
    WrongAlgorithm,
    /// `crit` is there; we understand no extension (RFC 7515 section 4.1.11).
    #[error("the header's crit names what we do not understand")]
    UnknownCritical,
    /// The signature is not by this key over these bytes.
    #[error("the signature does not verify")]
    BadSignature,
    /// The payload is no JSON object with the required claims in their types.
    #[error("a required claim is missing or of the wrong type")]
    BadClaims,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    jwk: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

/// `true` for a member that is there, whatever its value: `null` too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// A JWS whose header is in order, and whose signature is still to be verified.
pub(super) struct Unverified<'a> {
    header: Header,
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Unverified<'a> {
    /// Reads `text` of at most `limit` bytes as a JWS of the type `typ`.
    pub(super) fn parse(text: &'a str, limit: usize, typ: &str) -> Result<Self, JwsError> {
        if text.len() > limit {
            return Err(JwsError::TooLong);
        }
        let (message, signature) = text.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(JwsError::Malformed)?;
        // A fourth part would stand in the payload, where base64url refuses its dot.
        let header = from_base64url(header).ok_or(JwsError::Malformed)?;
        let header: Header = serde_json::from_slice(&header).map_err(|_| JwsError::Malformed)?;
        if header.typ.as_deref() != Some(typ) {
            return Err(JwsError::WrongType);
        }
        if header.alg != "ES256" {
            return Err(JwsError::WrongAlgorithm);
        }
        if header.crit {
            return Err(JwsError::UnknownCritical);
        }
        Ok(Self { header, message, payload, signature })
    }

    /// The header's key id.
    pub(super) fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// The header's own key, for DPoP alone.
    pub(super) fn jwk(&self) -> Option<&Map<String, Value>> {
        self.header.jwk.as_ref()
    }

    /// The claims, once `key`'s signature has been verified.
    pub(super) fn verified<C: DeserializeOwned>(&self, key: &P256Jwk) -> Result<C, JwsError> {
        let signed = crypto::verify(
            self.signature,
            self.message.as_bytes(),
            &key.decoding_key(),
            Algorithm::ES256,
        );
        if !matches!(signed, Ok(true)) {
            return Err(JwsError::BadSignature);
        }
        self.unverified_claims()
    }

    /// The claims that anyone may have written: good for finding a row, for nothing else.
    pub(super) fn unverified_claims<C: DeserializeOwned>(&self) -> Result<C, JwsError> {
        let payload = from_base64url(self.payload).ok_or(JwsError::Malformed)?;
        serde_json::from_slice(&payload).map_err(|_| JwsError::BadClaims)
    }
}

/// A JWT's `NumericDate` (RFC 7519 section 2): seconds since the Unix epoch, fractions allowed.
#[derive(Clone, Copy)]
pub(super) struct NumericDate(pub(super) Instant);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        // The end of the year 9999: beyond it `Instant` would bend the value instead of refusing it.
        if !(0.0..253_402_300_800.0).contains(&seconds) {
            return Err(de::Error::custom("a date between the years 1970 and 9999"));
        }
        #[allow(clippy::cast_possible_truncation)] // within i64 by the line above
        let millis = (seconds * 1000.0).round() as i64;
        Ok(Self(Instant::from_unix_millis(millis)))
    }
}

impl serde::Serialize for NumericDate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0.unix_seconds())
    }
}

/// Whether a `jti` is long enough to be unlikely to repeat and short enough to keep.
pub(super) fn is_sound_jti(jti: &str) -> bool {
    (16..=128).contains(&jti.chars().count())
}
