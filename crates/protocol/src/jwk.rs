//! P-256 public keys as JWK (RFC 7517, RFC 7518 section 6.2) and their thumbprints (RFC 7638).

use serde::{Deserialize, Serialize};

use crate::encoding::{base64url, from_base64url, sha256};

/// A P-256 public key. Any private or foreign member is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(try_from = "RawJwk", into = "RawJwk")]
pub struct P256Jwk {
    x: [u8; 32],
    y: [u8; 32],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawJwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

/// Why bytes or JSON are not a P-256 public key.
#[derive(Debug, thiserror::Error)]
#[error("not a P-256 public key: {0}")]
pub struct JwkError(&'static str);

impl TryFrom<RawJwk> for P256Jwk {
    type Error = JwkError;
    fn try_from(raw: RawJwk) -> Result<Self, JwkError> {
        if raw.kty != "EC" || raw.crv != "P-256" {
            return Err(JwkError("kty must be EC and crv P-256"));
        }
        let coordinate = |text: &str| from_base64url(text).and_then(|bytes| bytes.try_into().ok());
        let (Some(x), Some(y)) = (coordinate(&raw.x), coordinate(&raw.y)) else {
            return Err(JwkError("x and y are 32 bytes each, base64url"));
        };
        Self { x, y }.on_the_curve()
    }
}

impl From<P256Jwk> for RawJwk {
    fn from(key: P256Jwk) -> Self {
        Self { kty: "EC".into(), crv: "P-256".into(), x: base64url(&key.x), y: base64url(&key.y) }
    }
}

impl P256Jwk {
    /// A key from its uncompressed point, `04 || x || y` (SEC 1 section 2.3.3).
    ///
    /// # Errors
    /// If the bytes are not a point of the curve.
    pub fn from_uncompressed(point: &[u8]) -> Result<Self, JwkError> {
        let [4, rest @ ..] = point else {
            return Err(JwkError("an uncompressed point starts with 04"));
        };
        let (Ok(x), Ok(y)) = (
            rest.get(..32).unwrap_or_default().try_into(),
            rest.get(32..).unwrap_or_default().try_into(),
        ) else {
            return Err(JwkError("an uncompressed point is 65 bytes"));
        };
        Self { x, y }.on_the_curve()
    }

    fn on_the_curve(self) -> Result<Self, JwkError> {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.uncompressed())
            .map_err(|_| JwkError("the point is not on the curve"))?;
        Ok(self)
    }

    /// The uncompressed point, 65 bytes.
    #[must_use]
    pub fn uncompressed(&self) -> [u8; 65] {
        let mut point = [4; 65];
        point[1..33].copy_from_slice(&self.x);
        point[33..].copy_from_slice(&self.y);
        point
    }

    /// The SHA-256 thumbprint in base64url, as in `cnf.jkt` (RFC 7638 section 3, RFC 9449 section 6.1).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let canonical = format!(
            r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
            base64url(&self.x),
            base64url(&self.y)
        );
        base64url(&sha256(&[canonical.as_bytes()]))
    }

    /// The key as jsonwebtoken takes it, for ES256.
    #[must_use]
    pub fn decoding_key(&self) -> jsonwebtoken::DecodingKey {
        jsonwebtoken::DecodingKey::from_ec_der(&self.uncompressed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The public key of RFC 7517 appendix A.1, and its thumbprint by RFC 7638's rule.
    const KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;

    #[test]
    fn a_key_reads_back_what_it_wrote() {
        let key: P256Jwk = serde_json::from_str(KEY).expect("the RFC's key");
        assert_eq!(serde_json::to_string(&key).expect("JSON"), KEY);
        assert_eq!(key.thumbprint(), "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
    }

    #[test]
    fn a_private_member_is_refused() {
        let leaked = KEY.replace("{\"kty\"", "{\"d\":\"AA\",\"kty\"");
        assert!(serde_json::from_str::<P256Jwk>(&leaked).is_err());
    }

    #[test]
    fn a_point_off_the_curve_is_refused() {
        let off = KEY.replace("4Etl6", "5Etl6");
        assert!(serde_json::from_str::<P256Jwk>(&off).is_err());
    }
}
