//! Tokens, signed by aws-lc itself.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

#[allow(clippy::disallowed_methods, reason = "a test's signature may be random")]
pub fn es256(pair: &EcdsaKeyPair, key_id: &str, claims: &Value) -> String {
    let header = json!({"alg": "ES256", "typ": "JWT", "kid": key_id});
    jws(&header, claims, |text| pair.sign(&SystemRandom::new(), text).unwrap().as_ref().to_vec())
}

#[allow(clippy::disallowed_methods, reason = "PKCS #1 v1.5 takes none of it")]
pub fn rs256(pem: &str, key_id: &str, claims: &Value) -> String {
    let pair = RsaKeyPair::from_pkcs8(&der(pem)).unwrap();
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": key_id});
    jws(&header, claims, |text| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).unwrap();
        signature
    })
}

/// Signed with what everybody knows.
pub fn hs256(key: &[u8], key_id: &str, claims: &Value) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let header = json!({"alg": "HS256", "typ": "JWT", "kid": key_id});
    jws(&header, claims, |text| hmac::sign(&key, text).as_ref().to_vec())
}

/// Signed by nobody (RFC 7518 section 3.6).
pub fn unsigned(key_id: &str, claims: &Value) -> String {
    jws(&json!({"alg": "none", "kid": key_id}), claims, |_| Vec::new())
}

pub fn p256(pem: &str) -> EcdsaKeyPair {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der(pem)).unwrap()
}

fn der(pem: &str) -> Vec<u8> {
    PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap().secret_pkcs8_der().to_vec()
}

fn jws(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(text.as_bytes()));
    format!("{text}.{signature}")
}
