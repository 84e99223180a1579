//! One proof in order, and one refusal for each check.

use serde_json::{Value, json};

use super::*;
use crate::auth::jws_forge::{ForgeKey, with};

const HTU: &str = "https://countersign.example/mobile/v1/logins";
const TOKEN: &str = "an.access.token";
const WINDOW: Duration = Duration::from_secs(60);

fn now() -> Instant {
    Instant::from_unix_millis(1_795_340_460_000)
}

fn header(key: &ForgeKey) -> Value {
    json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk()})
}

fn claims() -> Value {
    json!({
        "htm": "POST",
        "htu": HTU,
        "iat": now().unix_seconds(),
        "jti": "0123456789abcdef",
        "ath": base64url(&sha256(&[TOKEN.as_bytes()])),
    })
}

fn expected() -> Expected<'static> {
    Expected { htm: "POST", htu: HTU, access_token: Some(TOKEN), jkt: None }
}

fn verify(proof: &str) -> Result<Proof, DpopError> {
    verify_proof(proof, &expected(), now(), WINDOW)
}

/// The answer to a proof whose header and claims were changed by `forge`.
fn forged(forge: impl FnOnce(Value, Value) -> (Value, Value)) -> DpopError {
    let key = ForgeKey::new();
    let (header, claims) = forge(header(&key), claims());
    verify(&key.sign(&header, &claims)).expect_err("a forged proof")
}

fn with_claim(name: &str, value: impl Into<Value>) -> DpopError {
    forged(|header, claims| (header, with(claims, name, value)))
}

fn with_header(name: &str, value: impl Into<Value>) -> DpopError {
    forged(|header, claims| (with(header, name, value), claims))
}

#[test]
fn a_proof_in_order_is_accepted() {
    let key = ForgeKey::new();
    let jkt = key.public().thumbprint();
    let expect = Expected { jkt: Some(&jkt), ..expected() };
    let proof = verify_proof(&key.sign(&header(&key), &claims()), &expect, now(), WINDOW);
    let proof = proof.expect("in order");
    assert_eq!((proof.jkt, proof.iat), (jkt, now()));
    assert_eq!(proof.jti, "0123456789abcdef");
}

#[test]
fn public_members_beside_the_key_are_tolerated() {
    let key = ForgeKey::new();
    let jwk = with(with(with(key.jwk(), "kid", "phone"), "use", "sig"), "alg", "ES256");
    assert!(verify(&key.sign(&with(header(&key), "jwk", jwk), &claims())).is_ok());
}

#[test]
fn text_that_is_no_jws_is_refused() {
    let key = ForgeKey::new();
    let proof = key.sign(&header(&key), &claims());
    for text in ["", "a.b", "..", "a.b.c", &format!("{proof}.x"), &format!("{proof},{proof}")] {
        let error = verify(text).expect_err(text);
        assert!(matches!(error, DpopError::Jws(JwsError::Malformed | JwsError::BadSignature)));
    }
}

#[test]
fn a_proof_over_two_kibibytes_is_not_even_read() {
    assert_eq!(with_claim("pad", "x".repeat(2048)), JwsError::TooLong.into());
}

#[test]
fn another_type_of_token_is_refused() {
    for typ in [json!("JWT"), json!("at+jwt"), json!("DPoP+jwt"), Value::Null] {
        assert_eq!(with_header("typ", typ), JwsError::WrongType.into());
    }
}

#[test]
fn any_algorithm_but_es256_is_refused() {
    for alg in ["none", "HS256", "RS256", "ES384", "es256", "EdDSA"] {
        assert_eq!(with_header("alg", alg), JwsError::WrongAlgorithm.into(), "{alg}");
    }
}

#[test]
fn a_critical_extension_is_refused() {
    assert_eq!(with_header("crit", json!(["b64"])), JwsError::UnknownCritical.into());
    assert_eq!(with_header("crit", json!([])), JwsError::UnknownCritical.into());
}

#[test]
fn a_header_member_given_twice_is_refused() {
    let key = ForgeKey::new();
    let proof = key.sign(&header(&key), &claims());
    let (_, rest) = proof.split_once('.').expect("three parts");
    let twice = header(&key).to_string().replace("{\"alg\"", "{\"alg\":\"none\",\"alg\"");
    let proof = format!("{}.{rest}", base64url(twice.as_bytes()));
    assert_eq!(verify(&proof).err(), Some(JwsError::Malformed.into()));
}

#[test]
fn a_proof_without_its_key_is_refused() {
    assert_eq!(with_header("jwk", Value::Null), DpopError::MissingKey);
}

#[test]
fn a_proof_that_carries_a_private_key_is_refused() {
    for d in [json!("AAAA"), json!("")] {
        let leaked = with(ForgeKey::new().jwk(), "d", d);
        assert_eq!(with_header("jwk", leaked), DpopError::PrivateKey);
    }
}

#[test]
fn a_key_of_another_kind_is_refused() {
    let jwk = ForgeKey::new().jwk();
    for other in [
        json!({"kty": "oct", "k": "AAAA"}),
        json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        with(jwk.clone(), "crv", "P-384"),
        with(jwk.clone(), "x", jwk["y"].clone()),
        with(jwk, "y", Value::Null),
    ] {
        assert_eq!(with_header("jwk", other), DpopError::WrongKeyType);
    }
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let another = ForgeKey::new().jwk();
    assert_eq!(with_header("jwk", another), JwsError::BadSignature.into());
}

#[test]
fn a_changed_payload_is_refused() {
    let key = ForgeKey::new();
    let honest = key.sign(&header(&key), &claims());
    let other = key.sign(&header(&key), &with(claims(), "htm", "GET"));
    let parts: Vec<_> = honest.split('.').collect();
    let payload = other.split('.').nth(1).expect("three parts");
    let spliced = format!("{}.{payload}.{}", parts[0], parts[2]);
    assert_eq!(verify(&spliced).err(), Some(JwsError::BadSignature.into()));
}

#[test]
fn every_claim_is_required() {
    for name in ["htm", "htu", "iat", "jti"] {
        assert_eq!(with_claim(name, Value::Null), JwsError::BadClaims.into(), "{name}");
    }
}

#[test]
fn another_method_is_refused() {
    assert_eq!(with_claim("htm", "GET"), DpopError::WrongMethod);
    assert_eq!(with_claim("htm", "post"), DpopError::WrongMethod);
}

#[test]
fn another_url_is_refused() {
    assert_eq!(with_claim("htu", format!("{HTU}/x")), DpopError::WrongUrl);
}

#[test]
fn the_query_of_the_url_does_not_matter() {
    let key = ForgeKey::new();
    let claims = with(claims(), "htu", format!("{HTU}?state=pending"));
    assert!(verify(&key.sign(&header(&key), &claims)).is_ok());
}

#[test]
fn a_proof_ages_out_of_the_window() {
    let iat = now().unix_seconds();
    assert_eq!(with_claim("iat", iat - 61), DpopError::TooOld);
    let key = ForgeKey::new();
    assert!(verify(&key.sign(&header(&key), &with(claims(), "iat", iat - 60))).is_ok());
}

#[test]
fn a_proof_may_run_five_seconds_ahead_and_no_more() {
    let iat = now().unix_seconds();
    assert_eq!(with_claim("iat", iat + 6), DpopError::FromTheFuture);
    let key = ForgeKey::new();
    assert!(verify(&key.sign(&header(&key), &with(claims(), "iat", iat + 5))).is_ok());
}

#[test]
fn a_time_that_is_no_time_is_refused() {
    for iat in [json!("1795340460"), json!(-1), json!(1e300), json!(true)] {
        assert_eq!(with_claim("iat", iat), JwsError::BadClaims.into());
    }
}

#[test]
fn an_identifier_too_short_or_too_long_is_refused() {
    assert_eq!(with_claim("jti", "x".repeat(15)), DpopError::BadIdentifier);
    assert_eq!(with_claim("jti", "x".repeat(129)), DpopError::BadIdentifier);
}

#[test]
fn a_proof_for_another_access_token_is_refused() {
    let other = base64url(&sha256(&[b"another.access.token"]));
    assert_eq!(with_claim("ath", other), DpopError::WrongAccessToken);
    assert_eq!(with_claim("ath", Value::Null), DpopError::WrongAccessToken);
}

#[test]
fn a_proof_by_a_key_the_token_is_not_bound_to_is_refused() {
    let key = ForgeKey::new();
    let bound = ForgeKey::new().public().thumbprint();
    let expect = Expected { jkt: Some(&bound), ..expected() };
    let proof = verify_proof(&key.sign(&header(&key), &claims()), &expect, now(), WINDOW);
    assert_eq!(proof.err(), Some(DpopError::WrongKey));
}

#[test]
fn a_replay_key_tells_proofs_and_keys_apart() {
    let (key, other) = (ForgeKey::new(), ForgeKey::new());
    let proof = |key: &ForgeKey, jti: &str| {
        verify(&key.sign(&header(key), &with(claims(), "jti", jti))).expect("in order")
    };
    let first = replay_key(&proof(&key, "0123456789abcdef"));
    assert_eq!(first, replay_key(&proof(&key, "0123456789abcdef")));
    assert_ne!(first, replay_key(&proof(&key, "0123456789abcdeg")));
    assert_ne!(first, replay_key(&proof(&other, "0123456789abcdef")));
}
