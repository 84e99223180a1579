//! The whole ceremony with an honest authenticator, and one lie for each check.

use countersign_protocol::encoding::base64url;
use countersign_testkit::{Lies, SoftPasskey};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::*;

const ID: &str = "countersign.example";
const ORIGIN: &str = "https://countersign.example";
const ANDROID: &str = "android:apk-key-hash:q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA";
const CHALLENGE: [u8; 32] = [7; 32];

fn url(text: &str) -> Url {
    text.parse().expect("a URL")
}

fn relying_party() -> RelyingParty {
    let origins = [url(ORIGIN), url("https://app.countersign.example")];
    RelyingParty::new(ID, "Countersign", &origins, &[ANDROID.to_owned()]).expect("sound settings")
}

fn asked() -> Registration<'static> {
    Registration {
        user_id: Uuid::from_u128(1),
        user_name: "nik@example.com",
        display_name: "Nik",
        exclude: &[],
        challenge: CHALLENGE,
    }
}

fn registered(authenticator: &SoftPasskey) -> Passkey {
    let rp = relying_party();
    let options = rp.registration_options(&asked()).expect("options");
    rp.verify_registration(&asked(), &authenticator.register(&options, ORIGIN)).expect("honest")
}

fn registration_with(lies: &Lies) -> Result<Passkey, PasskeyError> {
    let rp = relying_party();
    let options = rp.registration_options(&asked()).expect("options");
    let response = SoftPasskey::new().register_lying(&options, ORIGIN, lies);
    rp.verify_registration(&asked(), &response)
}

fn assertion_with(lies: &Lies) -> Result<Verified, PasskeyError> {
    let (rp, authenticator) = (relying_party(), SoftPasskey::new());
    let passkey = registered(&authenticator);
    let options = rp.assertion_options(&passkey, CHALLENGE).expect("options");
    let response = authenticator.assert_lying(&options, ORIGIN, lies);
    rp.verify_assertion(&passkey, CHALLENGE, &response)
}

fn lies() -> Vec<(Lies, PasskeyError)> {
    let honest = Lies::default;
    vec![
        (Lies { challenge: Some(vec![8; 32]), ..honest() }, PasskeyError::WrongChallenge),
        (Lies { challenge: Some(vec![7; 31]), ..honest() }, PasskeyError::WrongChallenge),
        (
            Lies { origin: Some("https://evil.example".into()), ..honest() },
            PasskeyError::WrongOrigin,
        ),
        (Lies { origin: Some(format!("{ORIGIN}:8443")), ..honest() }, PasskeyError::WrongOrigin),
        (Lies { origin: Some(format!("https://x.{ID}")), ..honest() }, PasskeyError::WrongOrigin),
        (Lies { origin: Some(ANDROID.to_lowercase()), ..honest() }, PasskeyError::WrongOrigin),
        (Lies { cross_origin: true, ..honest() }, PasskeyError::WrongOrigin),
        (Lies { rp_id: Some("example".into()), ..honest() }, PasskeyError::WrongRelyingParty),
        (Lies { user_absent: true, ..honest() }, PasskeyError::NotVerifiedUser),
        (Lies { user_unverified: true, ..honest() }, PasskeyError::NotVerifiedUser),
    ]
}

#[test]
fn registration_options_require_a_verified_user_and_a_discoverable_credential() {
    let exclude = [vec![1, 2, 3]];
    let asked = Registration { exclude: &exclude, ..asked() };
    let options = relying_party().registration_options(&asked).expect("options");
    assert_eq!(options["challenge"], base64url(&CHALLENGE));
    assert_eq!(options["rp"], json!({"id": ID, "name": "Countersign"}));
    assert_eq!(options["user"]["id"], base64url(asked.user_id.as_bytes()));
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["excludeCredentials"][0]["id"], base64url(&[1, 2, 3]));
    let selection = &options["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["requireResidentKey"], true);
    assert_eq!(selection["userVerification"], "required");
}

#[test]
fn assertion_options_name_this_passkey_alone() {
    let authenticator = SoftPasskey::new();
    let options = relying_party().assertion_options(&registered(&authenticator), CHALLENGE);
    let options = options.expect("options");
    assert_eq!(options["challenge"], base64url(&CHALLENGE));
    assert_eq!(options["rpId"], ID);
    assert_eq!(options["userVerification"], "required");
    let allowed = options["allowCredentials"].as_array().expect("a list");
    assert_eq!(allowed.len(), 1);
    assert_eq!(allowed[0]["id"], base64url(authenticator.credential_id()));
}

#[test]
fn an_honest_registration_makes_a_passkey_that_survives_storage() {
    let authenticator = SoftPasskey::new();
    let passkey = registered(&authenticator);
    assert_eq!(passkey.cred_id(), authenticator.credential_id());
    let stored = serde_json::to_string(&passkey).expect("JSON");
    let passkey: Passkey = serde_json::from_str(&stored).expect("the same JSON");
    let rp = relying_party();
    let options = rp.assertion_options(&passkey, CHALLENGE).expect("options");
    let verified =
        rp.verify_assertion(&passkey, CHALLENGE, &authenticator.assert(&options, ORIGIN));
    assert_eq!(verified.expect("honest").counter, 2);
}

#[test]
fn android_apps_and_other_listed_origins_count() {
    for origin in [ANDROID, "https://app.countersign.example"] {
        assert!(
            registration_with(&Lies { origin: Some(origin.into()), ..Lies::default() }).is_ok()
        );
        assert!(assertion_with(&Lies { origin: Some(origin.into()), ..Lies::default() }).is_ok());
    }
}

#[test]
fn each_lie_of_a_registration_is_found() {
    for (lie, error) in lies() {
        assert_eq!(registration_with(&lie).err(), Some(error), "{lie:?}");
    }
}

#[test]
fn each_lie_of_an_assertion_is_found() {
    for (lie, error) in lies() {
        assert_eq!(assertion_with(&lie).err(), Some(error), "{lie:?}");
    }
}

#[test]
fn one_ceremony_does_not_stand_for_the_other() {
    let get = Lies { ceremony: Some("webauthn.get".into()), ..Lies::default() };
    assert_eq!(registration_with(&get).err(), Some(PasskeyError::WrongCeremony));
    let create = Lies { ceremony: Some("webauthn.create".into()), ..Lies::default() };
    assert_eq!(assertion_with(&create).err(), Some(PasskeyError::WrongCeremony));
}

#[test]
fn a_credential_that_is_not_discoverable_is_refused() {
    let lie = Lies { not_discoverable: true, ..Lies::default() };
    assert_eq!(registration_with(&lie).err(), Some(PasskeyError::NotDiscoverable));
}

#[test]
fn a_client_that_is_silent_on_discovery_is_believed() {
    let rp = relying_party();
    let options = rp.registration_options(&asked()).expect("options");
    let mut response = SoftPasskey::new().register(&options, ORIGIN);
    response.as_object_mut().expect("an object").remove("clientExtensionResults");
    assert!(rp.verify_registration(&asked(), &response).is_ok());
}

#[test]
fn an_excluded_credential_is_not_registered_again() {
    let (rp, authenticator) = (relying_party(), SoftPasskey::new());
    let exclude = [authenticator.credential_id().to_vec()];
    let asked = Registration { exclude: &exclude, ..asked() };
    let options = rp.registration_options(&asked).expect("options");
    let response = authenticator.register(&options, ORIGIN);
    let refused = rp.verify_registration(&asked, &response).err();
    assert_eq!(refused, Some(PasskeyError::AlreadyRegistered));
    let mut renamed = response;
    renamed["id"] = base64url(&[5; 32]).into();
    renamed["rawId"] = base64url(&[5; 32]).into();
    assert!(rp.verify_registration(&asked, &renamed).is_err());
}

#[test]
fn a_registration_under_another_name_than_the_authenticators_is_refused() {
    let rp = relying_party();
    let options = rp.registration_options(&asked()).expect("options");
    let mut response = SoftPasskey::new().register(&options, ORIGIN);
    response["id"] = base64url(&[5; 32]).into();
    response["rawId"] = base64url(&[5; 32]).into();
    let refused = rp.verify_registration(&asked(), &response).err();
    assert_eq!(refused, Some(PasskeyError::WrongCredential));
}

#[test]
fn another_credential_is_refused() {
    let (rp, passkey) = (relying_party(), registered(&SoftPasskey::new()));
    let options = rp.assertion_options(&passkey, CHALLENGE).expect("options");
    let other = SoftPasskey::new().assert(&options, ORIGIN);
    let refused = rp.verify_assertion(&passkey, CHALLENGE, &other).err();
    assert_eq!(refused, Some(PasskeyError::WrongCredential));
}

#[test]
fn another_key_under_this_credentials_id_is_refused() {
    let (rp, owner) = (relying_party(), SoftPasskey::new());
    let passkey = registered(&owner);
    let options = rp.assertion_options(&passkey, CHALLENGE).expect("options");
    let id = Some(owner.credential_id().to_vec());
    let lie = Lies { credential_id: id, counter: Some(9), ..Lies::default() };
    let forged = SoftPasskey::new().assert_lying(&options, ORIGIN, &lie);
    let refused = rp.verify_assertion(&passkey, CHALLENGE, &forged).err();
    assert_eq!(refused, Some(PasskeyError::BadSignature));
}

#[test]
fn bytes_that_are_no_signature_are_refused() {
    for signature in [vec![], vec![0; 64], vec![0x30, 0x06, 2, 1, 1, 2, 1, 1]] {
        let lie = Lies { signature: Some(signature), ..Lies::default() };
        assert_eq!(assertion_with(&lie).err(), Some(PasskeyError::BadSignature));
    }
}

#[test]
fn an_assertion_made_for_one_challenge_does_not_answer_another() {
    let (rp, authenticator) = (relying_party(), SoftPasskey::new());
    let passkey = registered(&authenticator);
    let options = rp.assertion_options(&passkey, CHALLENGE).expect("options");
    let response = authenticator.assert(&options, ORIGIN);
    let refused = rp.verify_assertion(&passkey, [8; 32], &response).err();
    assert_eq!(refused, Some(PasskeyError::WrongChallenge));
    assert!(rp.verify_assertion(&passkey, CHALLENGE, &response).is_ok());
}

#[test]
fn a_counter_that_does_not_rise_is_refused() {
    for counter in [0, 1] {
        let lie = Lies { counter: Some(counter), ..Lies::default() };
        assert_eq!(assertion_with(&lie).err(), Some(PasskeyError::CounterRegressed), "{counter}");
    }
}

#[test]
fn a_risen_counter_comes_back_to_be_stored() {
    let (rp, authenticator) = (relying_party(), SoftPasskey::new());
    let passkey = registered(&authenticator);
    let options = rp.assertion_options(&passkey, CHALLENGE).expect("options");
    let response = authenticator.assert(&options, ORIGIN);
    let updated = rp.verify_assertion(&passkey, CHALLENGE, &response).expect("honest").updated;
    let replayed = rp.verify_assertion(&updated.expect("it rose"), CHALLENGE, &response).err();
    assert_eq!(replayed, Some(PasskeyError::CounterRegressed));
}

#[test]
fn a_synced_passkey_never_counts_and_needs_no_update() {
    let (rp, authenticator) = (relying_party(), SoftPasskey::synced());
    let passkey = registered(&authenticator);
    let options = rp.assertion_options(&passkey, CHALLENGE).expect("options");
    for _ in 0..2 {
        let response = authenticator.assert(&options, ORIGIN);
        let verified = rp.verify_assertion(&passkey, CHALLENGE, &response).expect("honest");
        assert_eq!(verified.counter, 0);
        assert!(verified.updated.is_none());
    }
}

#[test]
fn a_response_that_is_none_is_refused() {
    let (rp, authenticator) = (relying_party(), SoftPasskey::new());
    let passkey = registered(&authenticator);
    let options = rp.assertion_options(&passkey, CHALLENGE).expect("options");
    let honest = authenticator.assert(&options, ORIGIN);
    let spoilt = |pointer: &str, value: Value| {
        let mut response = honest.clone();
        *response.pointer_mut(pointer).expect("a member") = value;
        rp.verify_assertion(&passkey, CHALLENGE, &response).err()
    };
    for (pointer, value) in [
        ("", Value::Null),
        ("/type", json!("password")),
        ("/id", json!("AAAA")),
        ("/response", json!({})),
        ("/response/clientDataJSON", json!(base64url(b"{}"))),
        ("/response/clientDataJSON", json!("not base64!")),
        ("/response/authenticatorData", json!(base64url(&[0; 20]))),
    ] {
        assert_eq!(spoilt(pointer, value), Some(PasskeyError::Malformed), "{pointer}");
    }
    assert_eq!(rp.verify_registration(&asked(), &json!({})).err(), Some(PasskeyError::Malformed));
}

#[test]
fn a_nameless_user_gets_no_options() {
    let nameless = Registration { user_name: "", ..asked() };
    let refused = relying_party().registration_options(&nameless).err();
    assert_eq!(refused, Some(PasskeyError::NotPrepared));
}

#[test]
fn settings_that_make_no_relying_party_say_why() {
    let refused = |origins: &[&str], android: &str| {
        let origins: Vec<Url> = origins.iter().map(|text| url(text)).collect();
        let android: Vec<String> = android.split_whitespace().map(ToOwned::to_owned).collect();
        RelyingParty::new(ID, "Countersign", &origins, &android).err()
    };
    use RelyingPartyError as E;
    let evil = "https://evilcountersign.example/";
    assert_eq!(refused(&[ORIGIN], ANDROID), None);
    assert_eq!(refused(&[], ANDROID), Some(E::NoOrigin));
    assert_eq!(refused(&[ORIGIN, evil], ""), Some(E::NotCovered(url(evil))));
    assert_eq!(refused(&["https://127.0.0.1"], ""), Some(E::NotCovered(url("https://127.0.0.1"))));
    let path = format!("{ORIGIN}/app");
    assert_eq!(refused(&[&path], ""), Some(E::NotAnOrigin(url(&path))));
    let plain = "http://countersign.example";
    assert_eq!(refused(&[plain], ""), Some(E::NotSecure(url(plain))));
    for wrong in ["android:apk-key-hash:AB:CD", "android:apk-key-hash:q83vEg", ORIGIN] {
        assert_eq!(refused(&[ORIGIN], wrong), Some(E::NotAnAndroidOrigin(wrong.to_owned())));
    }
    let local = RelyingParty::new("localhost", "Countersign", &[url("http://localhost:8080")], &[]);
    assert!(local.is_ok());
}
