use serde_json::{Value, json};

use super::*;
use crate::{ambient::SystemRandom, auth::signing_keys::SigningKey};

const ISS: &str = "https://countersign.example";
const LIFETIME: Duration = Duration::from_secs(300);
const SECOND: Duration = Duration::from_secs(1);

fn now() -> Instant {
    Instant::from_unix_millis(1_795_340_460_000)
}

fn device() -> Subject {
    let [msp, device, technician] = [1, 2, 3].map(Uuid::from_u128);
    Subject::Device { msp: msp.into(), device: device.into(), technician: technician.into() }
}

fn key(purpose: Purpose) -> SigningKey {
    SigningKey::generate(purpose, now()).expect("a key")
}

fn issuer() -> Issuer {
    Issuer::new(Arc::new(SigningKeys::new(vec![key(Purpose::AccessToken)])), ISS.to_owned())
}

fn issue(issuer: &Issuer) -> String {
    issuer.issue(device(), "thumbprint", now(), LIFETIME, &SystemRandom::new()).expect("a token")
}

/// Claims in order, as JSON to spoil.
fn claims() -> Value {
    json!({
        "iss": ISS, "aud": "countersign", "sub": Uuid::from_u128(2), "kind": "device",
        "msp": Uuid::from_u128(1), "technician": Uuid::from_u128(3), "cnf": {"jkt": "thumbprint"},
        "iat": now().unix_seconds(), "exp": now().unix_seconds() + 300, "jti": "0123456789abcdef",
    })
}

fn spoilt(name: &str, value: impl Into<Value>) -> AccessTokenError {
    let issuer = issuer();
    let claims = crate::auth::jws_forge::with(claims(), name, value);
    let token = issuer.keys.sign_jwt(Purpose::AccessToken, TYP, &claims, now()).expect("signed");
    issuer.verify(&token, now()).expect_err("spoilt claims")
}

#[test]
fn a_token_says_what_it_was_issued_for() {
    let issuer = issuer();
    let workstation = Subject::Workstation {
        msp: Uuid::from_u128(1).into(),
        tenant: Uuid::from_u128(4).into(),
        workstation: Uuid::from_u128(5).into(),
    };
    for subject in [device(), workstation] {
        let token = issuer.issue(subject, "thumbprint", now(), LIFETIME, &SystemRandom::new());
        let claims = issuer.verify(&token.expect("a token"), now()).expect("in force");
        assert_eq!(claims.subject, subject);
        assert_eq!(claims.jkt, "thumbprint");
        assert_eq!((claims.iat, claims.exp), (now(), now() + LIFETIME));
    }
}

#[test]
fn a_token_ends_five_seconds_after_its_time_remembered_or_not() {
    let issuer = issuer();
    let token = issue(&issuer);
    let (last, end) = (now() + LIFETIME + 4 * SECOND, now() + LIFETIME + 5 * SECOND);
    assert!(issuer.verify(&token, last).is_ok());
    assert_eq!(issuer.verify(&token, end).err(), Some(AccessTokenError::Expired));
    let fresh = Issuer::new(Arc::clone(&issuer.keys), ISS.to_owned());
    assert_eq!(fresh.verify(&token, end).err(), Some(AccessTokenError::Expired));
}

#[test]
fn a_token_from_the_future_is_refused() {
    assert_eq!(spoilt("iat", now().unix_seconds() + 6), AccessTokenError::FromTheFuture);
}

#[test]
fn another_issuer_or_audience_is_refused() {
    assert_eq!(spoilt("iss", "https://evil.example"), AccessTokenError::WrongIssuer);
    assert_eq!(spoilt("aud", "another"), AccessTokenError::WrongAudience);
    assert_eq!(spoilt("aud", json!(["countersign"])), JwsError::BadClaims.into());
}

#[test]
fn every_claim_is_required() {
    let names = ["iss", "aud", "sub", "kind", "msp", "technician", "cnf", "iat", "exp", "jti"];
    for name in names {
        assert_eq!(spoilt(name, Value::Null), JwsError::BadClaims.into(), "{name}");
    }
}

#[test]
fn a_phone_of_a_tenant_is_no_subject() {
    assert_eq!(spoilt("tenant", Uuid::from_u128(4).to_string()), JwsError::BadClaims.into());
    assert_eq!(spoilt("kind", "workstation"), JwsError::BadClaims.into());
}

#[test]
fn a_key_of_another_purpose_signs_no_access_token() {
    let keys = SigningKeys::new(vec![key(Purpose::Grant), key(Purpose::AccessToken)]);
    let token = keys.sign_jwt(Purpose::Grant, TYP, &claims(), now()).expect("signed");
    let issuer = Issuer::new(Arc::new(keys), ISS.to_owned());
    assert_eq!(issuer.verify(&token, now()).err(), Some(AccessTokenError::UnknownKey));
}

#[test]
fn another_type_signed_by_the_same_key_is_refused() {
    let issuer = issuer();
    let token = issuer.keys.sign_jwt(Purpose::AccessToken, "JWT", &claims(), now());
    let refused = issuer.verify(&token.expect("signed"), now()).err();
    assert_eq!(refused, Some(JwsError::WrongType.into()));
}

#[test]
fn a_changed_token_is_refused_also_when_the_honest_one_is_remembered() {
    let issuer = issuer();
    let token = issue(&issuer);
    assert!(issuer.verify(&token, now()).is_ok());
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{message}.{flipped}{}", &signature[1..]);
    assert_eq!(issuer.verify(&forged, now()).err(), Some(JwsError::BadSignature.into()));
}

#[test]
fn a_token_outlives_a_rotation_until_its_key_retires() {
    let mut old = key(Purpose::AccessToken);
    old.retires_at = Some(now() + 60 * SECOND);
    let again = SigningKey::from_pkcs8(old.purpose, old.pkcs8.clone(), now(), old.retires_at);
    let issuer = Issuer::new(Arc::new(SigningKeys::new(vec![old])), ISS.to_owned());
    let token = issue(&issuer);
    issuer.keys.replace(vec![again.expect("the same key"), key(Purpose::AccessToken)]);
    assert!(issuer.verify(&token, now() + 59 * SECOND).is_ok());
    let refused = issuer.verify(&token, now() + 60 * SECOND).err();
    assert_eq!(refused, Some(AccessTokenError::UnknownKey));
}

#[test]
fn a_remembered_token_is_forgotten_when_the_keys_change() {
    let issuer = issuer();
    let token = issue(&issuer);
    assert!(issuer.verify(&token, now()).is_ok());
    issuer.keys.replace(vec![key(Purpose::AccessToken)]);
    assert_eq!(issuer.verify(&token, now()).err(), Some(AccessTokenError::UnknownKey));
}
