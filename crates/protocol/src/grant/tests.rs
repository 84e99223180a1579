//! Each lie a grant or key set can tell, one by one.

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

use super::*;
use crate::{AccountKind, Bytes, encoding::base64url};

const ISSUER: &str = "https://id.example";
const NONCE: Nonce = Bytes([4; 32]);

struct Signer {
    pair: EcdsaKeyPair,
    jwk: P256Jwk,
}

impl Signer {
    fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let jwk = P256Jwk::from_uncompressed(pair.public_key().as_ref()).expect("a point");
        Self { pair, jwk }
    }

    fn header(&self, typ: &str) -> Value {
        json!({"typ": typ, "alg": "ES256", "kid": self.jwk.thumbprint()})
    }

    fn sign(&self, header: &Value, claims: &impl Serialize) -> String {
        let signed = signing_input(header, claims);
        let hash = digest(&SHA256, signed.as_bytes());
        let signature = self.pair.sign_digest(&hash).expect("a signature");
        format!("{signed}.{}", base64url(signature.as_ref()))
    }

    fn grant(&self, claims: &GrantClaims) -> String {
        self.sign(&self.header(GRANT_TYP), claims)
    }

    fn published(&self, purpose: &str) -> PublishedKey {
        let kid = self.jwk.thumbprint();
        PublishedKey { kid, purpose: purpose.to_owned(), jwk: self.jwk.clone() }
    }
}

fn signing_input(header: &Value, claims: &impl Serialize) -> String {
    let claims = serde_json::to_vec(claims).expect("JSON");
    format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(&claims))
}

fn id<Id: std::str::FromStr<Err: std::fmt::Debug>>(last: u8) -> Id {
    format!("019ab000-0000-7000-8000-0000000000{last:02x}").parse().expect("a uuid")
}

fn claims() -> GrantClaims {
    GrantClaims {
        iss: ISSUER.to_owned(),
        aud: id(4),
        jti: id(9),
        iat: 1_795_340_460,
        exp: 1_795_340_520,
        login: id(1),
        msp: id(2),
        tenant: id(3),
        nonce: NONCE,
        technician: GrantedTechnician {
            id: id(5),
            email: "nik@example.com".into(),
            user_name: "nik".into(),
        },
        account: Account { name: "msp-nik".into(), kind: AccountKind::Named },
        create_account: true,
        password: PasswordRule { rotate_before_use: true, length: 32 },
        purpose: Purpose::SignIn,
    }
}

fn key_set(keys: Vec<PublishedKey>) -> KeySet {
    KeySet { iss: ISSUER.to_owned(), iat: 1_795_340_000, keys }
}

fn expected() -> Expected<'static> {
    let since_opened = Duration::from_secs(30);
    Expected { issuer: ISSUER, workstation: id(4), nonce: &NONCE, since_opened }
}

/// What a workstation says of this grant that knows this one signer's key.
fn verdict(grant: &str, signer: &Signer) -> Result<GrantClaims, GrantError> {
    check_grant(grant, &key_set(vec![signer.published("grant")]), &expected())
}

#[test]
fn an_honest_grant_is_believed() {
    let signer = Signer::new();
    assert_eq!(verdict(&signer.grant(&claims()), &signer), Ok(claims()));
}

#[test]
fn the_wall_clock_plays_no_part() {
    let signer = Signer::new();
    let long_ago = GrantClaims { iat: 1, exp: 2, ..claims() };
    assert_eq!(verdict(&signer.grant(&long_ago), &signer), Ok(long_ago));
}

#[test]
fn a_token_of_another_type_is_refused() {
    let signer = Signer::new();
    for typ in ["JWT", "at+jwt", KEY_SET_TYP, "countersign-assertion+jwt"] {
        let token = signer.sign(&signer.header(typ), &claims());
        assert_eq!(verdict(&token, &signer), Err(GrantError::WrongType(GRANT_TYP)), "{typ}");
    }
    let mut untyped = signer.header(GRANT_TYP);
    untyped.as_object_mut().expect("an object").remove("typ");
    let token = signer.sign(&untyped, &claims());
    assert_eq!(verdict(&token, &signer), Err(GrantError::WrongType(GRANT_TYP)));
}

#[test]
fn another_algorithm_is_refused_and_the_public_key_is_no_shared_secret() {
    let signer = Signer::new();
    let header = |alg: &str| json!({"typ": GRANT_TYP, "alg": alg, "kid": signer.jwk.thumbprint()});
    let unsigned = format!("{}.", signing_input(&header("none"), &claims()));
    let input = signing_input(&header("HS256"), &claims());
    let public = hmac::Key::new(hmac::HMAC_SHA256, &signer.jwk.uncompressed());
    let confused = format!("{input}.{}", base64url(hmac::sign(&public, input.as_bytes()).as_ref()));
    let renamed = signer.sign(&header("ES384"), &claims());
    for token in [unsigned, confused, renamed] {
        assert_eq!(verdict(&token, &signer), Err(GrantError::WrongType(GRANT_TYP)), "{token}");
    }
}

#[test]
fn a_key_that_is_not_published_is_unknown() {
    let (signer, other) = (Signer::new(), Signer::new());
    assert_eq!(verdict(&other.grant(&claims()), &signer), Err(GrantError::UnknownKey));
    let mut nameless = signer.header(GRANT_TYP);
    nameless.as_object_mut().expect("an object").remove("kid");
    let token = signer.sign(&nameless, &claims());
    assert_eq!(verdict(&token, &signer), Err(GrantError::UnknownKey));
}

#[test]
fn a_key_of_another_purpose_signs_no_grants() {
    let signer = Signer::new();
    let set = key_set(vec![signer.published("token")]);
    let verdict = check_grant(&signer.grant(&claims()), &set, &expected());
    assert_eq!(verdict, Err(GrantError::UnknownKey));
}

#[test]
fn a_key_published_under_anothers_thumbprint_is_unknown() {
    let (signer, other) = (Signer::new(), Signer::new());
    let lie = PublishedKey { jwk: other.jwk.clone(), ..signer.published("grant") };
    let token = other.sign(&signer.header(GRANT_TYP), &claims());
    let verdict = check_grant(&token, &key_set(vec![lie]), &expected());
    assert_eq!(verdict, Err(GrantError::UnknownKey));
}

#[test]
fn a_key_in_the_tokens_own_header_is_not_believed() {
    let (signer, other) = (Signer::new(), Signer::new());
    let mut header = signer.header(GRANT_TYP);
    header["jwk"] = serde_json::to_value(&other.jwk).expect("JSON");
    let token = other.sign(&header, &claims());
    assert_eq!(verdict(&token, &signer), Err(GrantError::BadSignature));
}

#[test]
fn a_tampered_grant_is_refused() {
    let signer = Signer::new();
    let grant = signer.grant(&claims());
    let raised = GrantClaims { create_account: false, ..claims() };
    let payload = base64url(&serde_json::to_vec(&raised).expect("JSON"));
    let parts: Vec<&str> = grant.split('.').collect();
    let forged = format!("{}.{payload}.{}", parts[0], parts[2]);
    assert_eq!(verdict(&forged, &signer), Err(GrantError::BadSignature));
    let unsigned = format!("{}.{}.", parts[0], parts[1]);
    assert_eq!(verdict(&unsigned, &signer), Err(GrantError::BadSignature));
}

#[test]
fn another_services_grant_is_refused() {
    let signer = Signer::new();
    let other = GrantClaims { iss: "https://evil.example".into(), ..claims() };
    assert_eq!(verdict(&signer.grant(&other), &signer), Err(GrantError::WrongIssuer));
}

#[test]
fn another_workstations_grant_is_refused() {
    let signer = Signer::new();
    let other = GrantClaims { aud: id(0xff), ..claims() };
    assert_eq!(verdict(&signer.grant(&other), &signer), Err(GrantError::WrongWorkstation));
}

#[test]
fn a_grant_of_another_login_here_is_refused_by_its_nonce() {
    let signer = Signer::new();
    let other = GrantClaims { nonce: Bytes([5; 32]), ..claims() };
    assert_eq!(verdict(&signer.grant(&other), &signer), Err(GrantError::WrongNonce));
}

#[test]
fn a_grant_is_too_old_a_moment_after_the_longest_login_and_not_before() {
    let signer = Signer::new();
    let set = key_set(vec![signer.published("grant")]);
    let at = |since_opened| {
        check_grant(&signer.grant(&claims()), &set, &Expected { since_opened, ..expected() })
    };
    assert!(at(MAX_SINCE_OPENED).is_ok());
    let late = at(MAX_SINCE_OPENED + Duration::from_millis(1));
    assert_eq!(late, Err(GrantError::TooOld));
}

#[test]
fn only_a_pinned_installation_key_signs_the_key_set() {
    let (installation, other) = (Signer::new(), Signer::new());
    let set = key_set(vec![other.published("grant")]);
    let pinned = [installation.jwk.clone()];
    let signed = installation.sign(&installation.header(KEY_SET_TYP), &set);
    assert_eq!(open_key_set(&signed, &pinned, ISSUER), Ok(set.clone()));
    let by_another = other.sign(&other.header(KEY_SET_TYP), &set);
    assert_eq!(open_key_set(&by_another, &pinned, ISSUER), Err(GrantError::UnknownKey));
    let in_its_name = other.sign(&installation.header(KEY_SET_TYP), &set);
    assert_eq!(open_key_set(&in_its_name, &pinned, ISSUER), Err(GrantError::BadSignature));
}

#[test]
fn a_key_set_of_another_type_or_issuer_is_refused() {
    let installation = Signer::new();
    let pinned = [installation.jwk.clone()];
    let set = key_set(Vec::new());
    let grant = installation.sign(&installation.header(GRANT_TYP), &set);
    let wrong_type = Err(GrantError::WrongType(KEY_SET_TYP));
    assert_eq!(open_key_set(&grant, &pinned, ISSUER), wrong_type);
    let signed = installation.sign(&installation.header(KEY_SET_TYP), &set);
    let elsewhere = open_key_set(&signed, &pinned, "https://other.example");
    assert_eq!(elsewhere, Err(GrantError::WrongIssuer));
}
