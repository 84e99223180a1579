//! A service that lies gets no signature: the phone signs only what it showed.

use crate::support::{CannedService, CountingPasskey, Reply, owner, phone, statement};
use countersign_client::{Clock, DeviceKey, Enrolling, Error, Nowhere, SystemClock, Transport};
use countersign_protocol::{
    Bytes, Instant, Nonce, Shown, Statement,
    ceremony::{registration_challenge, sign_in_challenge},
    encoding::base64url,
    wire::{
        LoginState,
        mobile::{
            Decided, DeviceFacts, EnrolmentOptions, LoginDetail, PendingLogin, SignInOptions,
            SigningOptions,
        },
    },
};
use serde_json::json;

const NONCE: Nonce = Bytes([9; 32]);

fn detail(statement: &Statement) -> LoginDetail {
    let login = PendingLogin {
        statement: statement.clone(),
        version: 1,
        code_digits: Some(6),
        network_differs: false,
    };
    LoginDetail { login, state: LoginState::Pending, server_time: SystemClock.now() }
}

fn options_over(challenge: [u8; 32]) -> serde_json::Value {
    json!({"challenge": base64url(&challenge), "rpId": "127.0.0.1"})
}

/// A service that shows one statement and asks for a signature over another.
async fn service(shown: Statement, signed: Statement) -> CannedService {
    CannedService::start(move |request| match request.path.rsplit('/').next() {
        Some("options") => Reply::json(&SigningOptions {
            nonce: NONCE,
            public_key: options_over(signed.challenge(&NONCE)),
        }),
        Some("approve") => Reply::json(&Decided { state: LoginState::Approved, version: 2 }),
        _ => Reply::json(&detail(&shown)),
    })
    .await
}

fn other_workstation() -> Statement {
    let mut other = statement();
    other.workstation.name = "DC-01".into();
    other
}

#[tokio::test]
async fn what_was_shown_is_what_is_signed() {
    let service = service(statement(), statement()).await;
    let (phone, passkey) = (phone(service.url.clone()), CountingPasskey::default());
    let shown = phone.login(statement().login).await.expect("the login").login.statement;
    let decided = phone.approve(&shown, Some("493027"), &passkey).await.expect("an approval");
    assert_eq!(decided.state, LoginState::Approved);
    assert_eq!(passkey.times_asked(), 1);
    let last = service.seen().pop().expect("an approval");
    assert_eq!(last.body, json!({"assertion": {"signed": true}, "code": "493027"}));
}

#[tokio::test]
async fn a_challenge_over_another_workstation_is_refused_before_signing() {
    let service = service(statement(), other_workstation()).await;
    let (phone, passkey) = (phone(service.url.clone()), CountingPasskey::default());
    let shown = phone.login(statement().login).await.expect("the login").login.statement;
    let refused = phone.approve(&shown, Some("493027"), &passkey).await;
    assert!(matches!(refused, Err(Error::ChallengeMismatch)), "{refused:?}");
    assert_eq!(passkey.times_asked(), 0);
    assert!(service.seen().iter().all(|request| !request.path.ends_with("/approve")));
}

#[tokio::test]
async fn a_login_that_changed_after_it_was_shown_is_refused_before_signing() {
    let service = service(other_workstation(), other_workstation()).await;
    let (phone, passkey) = (phone(service.url.clone()), CountingPasskey::default());
    let refused = phone.approve(&statement(), Some("493027"), &passkey).await;
    assert!(matches!(refused, Err(Error::LoginChanged)), "{refused:?}");
    assert_eq!(passkey.times_asked(), 0);
}

#[tokio::test]
async fn a_login_of_another_technician_or_device_is_neither_shown_nor_signed() {
    let mut of_another = statement();
    of_another.technician.id = "0197c0de-0000-7000-8000-0000000000ff".parse().expect("a uuid");
    let mut on_another = statement();
    on_another.device.id = "0197c0de-0000-7000-8000-0000000000ff".parse().expect("a uuid");
    for lie in [of_another, on_another] {
        let service = service(lie.clone(), lie.clone()).await;
        let (phone, passkey) = (phone(service.url.clone()), CountingPasskey::default());
        assert!(matches!(phone.login(lie.login).await, Err(Error::NotOurs(_))));
        let refused = phone.approve(&lie, Some("493027"), &passkey).await;
        assert!(matches!(refused, Err(Error::NotOurs(_))), "{refused:?}");
        assert_eq!(passkey.times_asked(), 0);
    }
}

#[tokio::test]
async fn another_login_than_the_one_asked_for_is_refused() {
    let mut other = statement();
    other.login = "0197c0de-0000-7000-8000-0000000000ff".parse().expect("a uuid");
    let service = service(other.clone(), other).await;
    let answer = phone(service.url.clone()).login(statement().login).await;
    assert!(matches!(answer, Err(Error::NotOurs("another login"))), "{answer:?}");
}

#[tokio::test]
async fn a_sign_in_over_another_devices_challenge_is_refused_before_signing() {
    let service = CannedService::start(|_| {
        Reply::json(&SignInOptions {
            nonce: NONCE,
            public_key: options_over(sign_in_challenge(&NONCE, owner().device_id, "another key")),
            expires_at: Instant::from_unix_millis(1_795_340_460_123),
        })
    })
    .await;
    let (phone, passkey) = (phone(service.url.clone()), CountingPasskey::default());
    let refused = phone.sign_in(&passkey).await;
    assert!(matches!(refused, Err(Error::ChallengeMismatch)), "{refused:?}");
    assert_eq!(passkey.times_asked(), 0);
}

#[tokio::test]
async fn a_registration_for_another_key_is_refused_before_a_passkey_is_made() {
    let service = CannedService::start(|_| {
        let ticket_id = "0197c0de-0000-7000-8000-000000000010".parse().expect("a uuid");
        Reply::json(&EnrolmentOptions {
            msp: Shown { id: owner().msp_id, name: "Harbour IT".into() },
            technician: Shown { id: owner().technician_id, name: "nik@example.com".into() },
            ticket_id,
            nonce: NONCE,
            public_key: options_over(registration_challenge(&NONCE, ticket_id, "another key")),
            expires_at: Instant::from_unix_millis(1_795_340_460_123),
        })
    })
    .await;
    let passkey = CountingPasskey::default();
    let transport = Transport::new(service.url.clone()).expect("a transport");
    let key = DeviceKey::generate().expect("a key");
    let enrolling = Enrolling::start(transport, key, "a-ticket").await.expect("options");
    let device =
        DeviceFacts { name: "Pixel".into(), model: "Pixel 11".into(), os: "Android 17".into() };
    let refused = enrolling.finish(&passkey, device, None, Nowhere).await;
    assert!(matches!(refused, Err(Error::ChallengeMismatch)));
    assert_eq!(passkey.times_asked(), 0);
}
