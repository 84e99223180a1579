//! The keys that push vendors know the operator by, and the tokens signed with them (JWS compact
//! serialization, RFC 7515 section 3.1).

use std::fmt;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256},
};
use countersign_protocol::encoding::base64url;
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use serde::Serialize;

/// Why a vendor's key can't be used. Nothing of the key is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VendorKeyError {
    /// Not a private key in PEM.
    #[error("there is no private key in PEM (-----BEGIN PRIVATE KEY-----)")]
    NotPem,
    /// A private key of another kind.
    #[error("the private key is not {0}")]
    WrongKind(&'static str),
}

/// The library refused to sign, which no key that was read brings about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token could not be signed")]
pub struct NotSigned;

/// A private key that a vendor knows the public half of.
pub struct VendorKey {
    pair: Pair,
    kid: Option<String>,
}

enum Pair {
    /// ECDSA over P-256: Apple's keys and those of VAPID.
    Es256(EcdsaKeyPair),
    /// RSA PKCS #1 v1.5: Google's.
    Rs256(Box<rsa::KeyPair>),
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

impl VendorKey {
    /// The key's id as its tokens name it; empty for none.
    #[must_use]
    pub fn key_id(&self) -> &str {
        self.kid.as_deref().unwrap_or_default()
    }

    /// A P-256 key in PEM, and the id that its vendor knows it by.
    ///
    /// # Errors
    /// If it is none.
    pub fn es256(pem: &[u8], kid: Option<&str>) -> Result<Self, VendorKeyError> {
        let der = PrivateKeyDer::from_pem_slice(pem).map_err(|_| VendorKeyError::NotPem)?;
        let der = der.secret_der();
        let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
            .map_err(|_| VendorKeyError::WrongKind("a P-256 key"))?;
        Ok(Self { pair: Pair::Es256(pair), kid: kid.map(str::to_owned) })
    }

    /// An RSA key in PEM, and the id that its vendor knows it by.
    ///
    /// # Errors
    /// If it is none, or shorter than 2048 bits.
    pub fn rs256(pem: &[u8], kid: Option<&str>) -> Result<Self, VendorKeyError> {
        let der = PrivateKeyDer::from_pem_slice(pem).map_err(|_| VendorKeyError::NotPem)?;
        let pair = match &der {
            PrivateKeyDer::Pkcs1(der) => rsa::KeyPair::from_der(der.secret_pkcs1_der()),
            der => rsa::KeyPair::from_pkcs8(der.secret_der()),
        };
        let pair =
            pair.map_err(|_| VendorKeyError::WrongKind("an RSA key of 2048 bits or more"))?;
        Ok(Self { pair: Pair::Rs256(Box::new(pair)), kid: kid.map(str::to_owned) })
    }

    /// The public half of a P-256 key, an uncompressed point; the DER of an RSA key.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        match &self.pair {
            Pair::Es256(pair) => pair.public_key().as_ref(),
            Pair::Rs256(pair) => pair.public_key().as_ref(),
        }
    }

    /// A token that says this.
    ///
    /// # Errors
    /// If the library refuses.
    pub fn sign<C: Serialize>(&self, claims: &C) -> Result<String, NotSigned> {
        let alg = match self.pair {
            Pair::Es256(_) => "ES256",
            Pair::Rs256(_) => "RS256",
        };
        let header = Header { typ: "JWT", alg, kid: self.kid.as_deref() };
        let mut token = encoded(&header)?;
        token.push('.');
        token.push_str(&encoded(claims)?);
        let hash = digest(&SHA256, token.as_bytes());
        let signature = match &self.pair {
            Pair::Es256(pair) => pair.sign_digest(&hash).map_err(|_| NotSigned)?.as_ref().to_vec(),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, &hash, &mut signature)
                    .map_err(|_| NotSigned)?;
                signature
            }
        };
        token.push('.');
        token.push_str(&base64url(&signature));
        Ok(token)
    }
}

fn encoded(part: &impl Serialize) -> Result<String, NotSigned> {
    serde_json::to_vec(part).map(|json| base64url(&json)).map_err(|_| NotSigned)
}

impl fmt::Debug for VendorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VendorKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7515 appendix A.3, as PKCS #8 in PEM.
    const EC: &str = "-----BEGIN PRIVATE KEY-----\n\
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n\
        H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n\
        7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n\
        -----END PRIVATE KEY-----\n";

    #[test]
    fn a_token_is_signed_by_the_key_and_names_it() {
        let key = VendorKey::es256(EC.as_bytes(), Some("KEY1234567")).unwrap();
        let token = key.sign(&serde_json::json!({"iss": "TEAM123456"})).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = countersign_protocol::encoding::from_base64url(signature).unwrap();
        let algorithm = &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED;
        aws_lc_rs::signature::UnparsedPublicKey::new(algorithm, key.public_key())
            .verify(signed.as_bytes(), &signature)
            .unwrap();
        let header =
            countersign_protocol::encoding::from_base64url(signed.split('.').next().unwrap());
        let header: serde_json::Value = serde_json::from_slice(&header.unwrap()).unwrap();
        assert_eq!(header, serde_json::json!({"alg": "ES256", "kid": "KEY1234567", "typ": "JWT"}));
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let rs256 = |pem: &str| VendorKey::rs256(pem.as_bytes(), None).err();
        let es256 = |pem: &str| VendorKey::es256(pem.as_bytes(), None).err();
        assert!(matches!(rs256(EC), Some(VendorKeyError::WrongKind(_))));
        assert_eq!(es256(""), Some(VendorKeyError::NotPem));
        let certificate = EC.replace("PRIVATE KEY", "CERTIFICATE");
        assert_eq!(es256(&certificate), Some(VendorKeyError::NotPem));
        let cut =
            EC.replace("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n", "");
        assert!(matches!(es256(&cut), Some(VendorKeyError::WrongKind(_))));
    }

    #[test]
    fn a_private_key_never_reaches_a_log() {
        let key = VendorKey::es256(EC.as_bytes(), Some("KEY1234567")).unwrap();
        assert_eq!(format!("{key:?}"), r#"VendorKey { kid: Some("KEY1234567"), .. }"#);
    }
}
