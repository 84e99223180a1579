//! Proofs of possession (RFC 9449 section 4.2): one for each request, by the key the token is bound to.

use countersign_protocol::{
    Instant,
    encoding::{base64url, sha256},
};
use serde::Serialize;
use url::Url;

use crate::{DeviceKey, keys::KeyError, random::random_id};

/// The `typ` of a proof.
pub const DPOP_TYP: &str = "dpop+jwt";

/// A proof's claims. The fields are public so that tests can lie with them.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    /// 128 random bits, new for each request.
    pub jti: String,
    /// The request's method.
    pub htm: String,
    /// The request's URL without query and fragment.
    pub htu: String,
    /// When it was made, Unix seconds by the service's clock.
    pub iat: f64,
    /// The access token's SHA-256, if one travels along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ath: Option<String>,
}

/// `NumericDate` to the millisecond (RFC 7519 section 2 allows fractions): a service that has just started
/// refuses proofs from before, and would else refuse those of its first second.
#[allow(clippy::cast_precision_loss)] // exact below 2^53 ms
fn seconds(at: Instant) -> f64 {
    at.unix_millis() as f64 / 1000.0
}

impl Proof {
    /// A proof for one request, with or without an access token.
    #[must_use]
    pub fn new(method: &str, url: &Url, now: Instant, access_token: Option<&str>) -> Self {
        let mut htu = url.clone();
        htu.set_query(None);
        htu.set_fragment(None);
        Self {
            jti: random_id(),
            htm: method.to_owned(),
            htu: htu.into(),
            iat: seconds(now),
            ath: access_token.map(|token| base64url(&sha256(&[token.as_bytes()]))),
        }
    }

    /// The proof as it travels in the `DPoP` header.
    ///
    /// # Errors
    /// If the signature fails.
    pub fn sign(&self, key: &DeviceKey) -> Result<String, KeyError> {
        key.jws(DPOP_TYP, true, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_verifies_under_the_key_in_its_header_and_names_the_url_without_its_query() {
        let key = DeviceKey::generate().expect("a key");
        let url = Url::parse("https://id.example/mobile/v1/logins?limit=3").expect("a url");
        // The token is "abc": its SHA-256 is the first example of FIPS 180-4.
        let proof =
            Proof::new("GET", &url, Instant::from_unix_millis(1_795_340_460_123), Some("abc"))
                .sign(&key)
                .expect("a proof");
        let header = jsonwebtoken::decode_header(&proof).expect("a header");
        assert_eq!(header.typ.as_deref(), Some("dpop+jwt"));
        let jwk = serde_json::to_value(header.jwk.expect("a jwk")).expect("JSON");
        assert_eq!(jwk, serde_json::to_value(key.public()).expect("JSON"));
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        let claims =
            jsonwebtoken::decode::<serde_json::Value>(&proof, &key.public().decoding_key(), &rules)
                .expect("a valid signature")
                .claims;
        assert_eq!(claims["htu"], "https://id.example/mobile/v1/logins");
        assert_eq!(claims["htm"], "GET");
        assert_eq!(claims["iat"], 1_795_340_460.123);
        assert_eq!(claims["ath"], "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
        assert_eq!(claims["jti"].as_str().map(str::len), Some(22));
    }
}
