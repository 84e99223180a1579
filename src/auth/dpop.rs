//! Proof of possession: every check of RFC 9449 section 4.3 that one proof allows by itself.
//!
//! That a request carries one proof only is the extractor's check, that a `jti` comes once is the
//! replay cache's. The service gives out no nonces, so there is none to check.

mod url_match;

use std::time::Duration;

use countersign_protocol::{
    Instant, P256Jwk,
    encoding::{base64url, sha256},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::jws::{JwsError, LEEWAY, NumericDate, Unverified, is_sound_jti};

/// The longest proof we read, in bytes: an honest one has about 600.
const LIMIT: usize = 2048;

/// What a proof must be about.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The request's method, in capitals.
    pub htm: &'a str,
    /// The `public_url` setting and the request's path, without query; never taken from Host.
    pub htu: &'a str,
    /// The access token beside the proof, if there is one.
    pub access_token: Option<&'a str>,
    /// The thumbprint that the access token (or the stored row) is bound to.
    pub jkt: Option<&'a str>,
}

/// A proof that was found in order.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The key that signed it.
    pub key: P256Jwk,
    /// That key's thumbprint (RFC 7638).
    pub jkt: String,
    /// Its own identifier, 16 to 128 characters; to be seen once within the window.
    pub jti: String,
    /// When it was made, by the client's clock.
    pub iat: Instant,
}

/// Why a proof is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DpopError {
    /// Not a JWS of the right kind, or not signed by the key it carries.
    #[error("the proof is refused: {0}")]
    Jws(#[from] JwsError),
    /// The header carries no `jwk`.
    #[error("the proof carries no key")]
    MissingKey,
    /// The header's `jwk` has a private member: that key is no secret any more.
    #[error("the proof carries a private key")]
    PrivateKey,
    /// The header's `jwk` is no P-256 public key.
    #[error("the proof's key is not a P-256 public key")]
    WrongKeyType,
    /// `htm` is another method.
    #[error("the proof is for another method")]
    WrongMethod,
    /// `htu` is another URL.
    #[error("the proof is for another URL")]
    WrongUrl,
    /// `iat` lies before the window.
    #[error("the proof is too old")]
    TooOld,
    /// `iat` lies more than five seconds ahead.
    #[error("the proof comes from the future")]
    FromTheFuture,
    /// `jti` has fewer than 16 or more than 128 characters.
    #[error("the proof's jti must have 16 to 128 characters")]
    BadIdentifier,
    /// `ath` is missing, or is not the hash of the access token.
    #[error("the proof is not bound to the access token")]
    WrongAccessToken,
    /// The proof's key is not the one the token is bound to.
    #[error("the proof is by another key")]
    WrongKey,
}

#[derive(Deserialize)]
struct Claims {
    htm: String,
    htu: String,
    iat: NumericDate,
    jti: String,
    ath: Option<String>,
}

/// The proof's content, if it is in order at `now`, not older than `window`, and about what is expected.
///
/// # Errors
/// The first check that failed.
pub fn verify_proof(
    proof: &str,
    expect: &Expected<'_>,
    now: Instant,
    window: Duration,
) -> Result<Proof, DpopError> {
    let jws = Unverified::parse(proof, LIMIT, "dpop+jwt")?;
    let key = public_key(jws.jwk().ok_or(DpopError::MissingKey)?)?;
    let claims: Claims = jws.verified(&key)?;
    if claims.htm != expect.htm {
        return Err(DpopError::WrongMethod);
    }
    if !url_match::same_resource(&claims.htu, expect.htu) {
        return Err(DpopError::WrongUrl);
    }
    let iat = claims.iat.0;
    if iat > now + LEEWAY {
        return Err(DpopError::FromTheFuture);
    }
    if now.since(iat) > window {
        return Err(DpopError::TooOld);
    }
    if !is_sound_jti(&claims.jti) {
        return Err(DpopError::BadIdentifier);
    }
    if let Some(token) = expect.access_token
        && claims.ath.as_deref() != Some(base64url(&sha256(&[token.as_bytes()])).as_str())
    {
        return Err(DpopError::WrongAccessToken);
    }
    let jkt = key.thumbprint();
    if expect.jkt.is_some_and(|expected| expected != jkt) {
        return Err(DpopError::WrongKey);
    }
    Ok(Proof { key, jkt, jti: claims.jti, iat })
}

/// What the replay cache keeps of a proof: a hash of fixed size, since the `jti` is the client's text.
#[must_use]
pub fn replay_key(proof: &Proof) -> [u8; 32] {
    // A thumbprint always has 43 characters, so the two can't run into each other.
    sha256(&[b"countersign/dpop-replay/v1", proof.jkt.as_bytes(), proof.jti.as_bytes()])
}

/// The header's key. Public members we don't use (`kid`, `alg`, `use`) are let be.
fn public_key(jwk: &Map<String, Value>) -> Result<P256Jwk, DpopError> {
    if jwk.contains_key("d") {
        return Err(DpopError::PrivateKey);
    }
    let used = ["kty", "crv", "x", "y"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), jwk.get(name)?.clone())));
    serde_json::from_value(Value::Object(used.collect())).map_err(|_| DpopError::WrongKeyType)
}

#[cfg(test)]
mod tests;
