//! A workstation against a service that loses answers, rotates its keys and hands out foreign grants.

use std::{io, time::Duration};

use countersign_client::{Error, Ledger, OpenedLogin, Workstation};
use countersign_protocol::{
    Bytes, Purpose,
    encoding::from_base64url,
    grant::GrantError,
    qr,
    wire::{
        LoginState,
        desktop::{AssertionClaims, OpenBy, OpenLogin},
    },
};
use serde_json::{Value, json};

use crate::support::{CannedService, Installation, Reply, Seen, grant, view, workstation_token};

const NONCE: countersign_protocol::Nonce = Bytes([8; 32]);

fn assertion(request: &Seen) -> AssertionClaims {
    let token = request.body["assertion"].as_str().expect("an assertion");
    let claims = token.split('.').nth(1).and_then(from_base64url).expect("claims");
    serde_json::from_slice(&claims).expect("an assertion's claims")
}

async fn opened(workstation: &Workstation) -> OpenedLogin {
    let body = OpenLogin {
        by: OpenBy::Push { name: "nik".into() },
        purpose: Purpose::SignIn,
        os_session: "console".into(),
        nonce: NONCE,
    };
    workstation.open_as("a-key-of-this-login", &body).await.expect("an opened login")
}

fn open_answer() -> Value {
    let mut answer = serde_json::to_value(view(LoginState::Pending, 1)).expect("JSON");
    answer["code"] = "493027".into();
    answer
}

#[tokio::test]
async fn a_rotation_is_kept_before_it_is_sent_and_asked_for_again_until_its_answer_came() {
    let mut requests = 0;
    let service = CannedService::start(move |_| {
        requests += 1;
        // A connection that closes without an answer may be tried again by the HTTP client itself.
        if requests < 4 { Reply::HangUp } else { Reply::json(&workstation_token(8)) }
    })
    .await;
    let (workstation, kept) = Installation::new().workstation(service.url.clone());
    while workstation.access_token().await.is_err() {}
    let presented: Vec<_> = service.seen().iter().map(assertion).collect();
    let kept = kept.lock().expect("no panic while locked").clone();
    assert_eq!(kept, [Ledger { counter: 7, rid: Some(presented[0].rid) }, Ledger::at(8)]);
    assert!(presented.iter().all(|claims| claims.ctr == 7 && claims.rid == presented[0].rid));
    assert_ne!(presented.first().map(|claims| &claims.jti), presented.last().map(|c| &c.jti));
    assert_eq!(presented[0].aud, format!("{}desktop/v1/token", service.url));
}

#[tokio::test]
async fn nothing_is_sent_that_could_not_be_kept() {
    let service = CannedService::start(|_| Reply::json(&workstation_token(8))).await;
    let (healthy, _) = Installation::new().workstation(service.url.clone());
    let full_disk = |_: &Ledger| Err(io::Error::from(io::ErrorKind::StorageFull));
    let workstation = Workstation::resume(
        healthy.transport().clone(),
        countersign_client::WorkstationKeys::generate().expect("keys"),
        healthy.identity().clone(),
        Ledger::at(7),
        full_disk,
    );
    assert!(matches!(workstation.access_token().await, Err(Error::NotKept(_))));
    assert!(service.seen().is_empty());
}

#[tokio::test]
async fn a_login_repeated_after_a_lost_answer_has_the_same_idempotency_key() {
    let mut lost = 0;
    let service = CannedService::start(move |request| {
        if request.path == "/desktop/v1/token" {
            return Reply::json(&workstation_token(8));
        }
        lost += 1;
        if lost == 1 {
            Reply::With(503, Vec::new(), String::new())
        } else {
            Reply::json(&open_answer())
        }
    })
    .await;
    let (workstation, _) = Installation::new().workstation(service.url.clone());
    let patient = Workstation::resume(
        workstation.transport().clone().with_patience(Duration::from_secs(5)),
        countersign_client::WorkstationKeys::generate().expect("keys"),
        workstation.identity().clone(),
        Ledger::at(7),
        countersign_client::Nowhere,
    );
    let login = patient.open(OpenBy::Qr {}, Purpose::SignIn, "console").await.expect("a login");
    assert_eq!(login.code.as_deref(), Some("493027"));
    let seen = service.seen();
    let opens: Vec<_> = seen.iter().filter(|at| at.path == "/desktop/v1/logins").collect();
    assert_eq!(opens.len(), 2);
    assert_eq!(opens[0].header("idempotency-key"), opens[1].header("idempotency-key"));
    assert_eq!(opens[0].body, opens[1].body);
    assert!((8..=64).contains(&opens[0].header("idempotency-key").len()));
}

/// A service that rotated its grant keys after the workstation fetched the key set.
async fn service_of(
    make: impl Fn(&Installation, usize) -> (Value, Value) + Send + 'static,
) -> (CannedService, Workstation) {
    let installation = Installation::new();
    let (boot, _) = installation.workstation("http://127.0.0.1:1".parse().expect("a url"));
    let mut fetched = 0;
    let service = CannedService::start(move |request| match request.path.as_str() {
        "/desktop/v1/token" => Reply::json(&workstation_token(8)),
        "/.well-known/countersign-keys" => {
            fetched += 1;
            Reply::json(&make(&installation, fetched).0)
        }
        path if path.ends_with("/grant") => Reply::json(&make(&installation, 0).1),
        _ => Reply::json(&open_answer()),
    })
    .await;
    let transport = boot.transport().clone().through(service.url.clone());
    let keys = countersign_client::WorkstationKeys::generate().expect("keys");
    let nowhere = countersign_client::Nowhere;
    let workstation =
        Workstation::resume(transport, keys, boot.identity().clone(), Ledger::at(7), nowhere);
    (service, workstation)
}

fn key_fetches(service: &CannedService) -> usize {
    service.seen().iter().filter(|at| at.path == "/.well-known/countersign-keys").count()
}

#[tokio::test]
async fn a_grant_is_taken_once() {
    let (service, workstation) =
        service_of(|keys, _| (keys.key_set(100, &[&keys.grant]), grant(&keys.grant, NONCE))).await;
    let mut login = opened(&workstation).await;
    let claims = workstation.take_grant(&mut login).await.expect("a grant that is believed");
    assert_eq!(claims.account.name, "msp-nik");
    assert!(matches!(workstation.take_grant(&mut login).await, Err(Error::NonceUsed)));
    assert_eq!(key_fetches(&service), 1);
}

#[tokio::test]
async fn a_grant_by_a_key_of_a_later_rotation_makes_the_keys_fetched_again() {
    let (service, workstation) = service_of(|keys, fetched| match fetched {
        1 => (keys.key_set(100, &[&keys.grant]), Value::Null),
        _ => (keys.key_set(200, &[&keys.grant, &keys.next]), grant(&keys.next, NONCE)),
    })
    .await;
    let mut login = opened(&workstation).await;
    workstation.take_grant(&mut login).await.expect("a grant that is believed");
    assert_eq!(key_fetches(&service), 2);
}

#[tokio::test]
async fn a_grant_by_a_key_that_stays_unknown_is_refused_after_one_more_look() {
    let (service, workstation) =
        service_of(|keys, _| (keys.key_set(100, &[&keys.grant]), grant(&keys.next, NONCE))).await;
    let mut login = opened(&workstation).await;
    let refused = workstation.take_grant(&mut login).await;
    assert!(matches!(refused, Err(Error::Grant(GrantError::UnknownKey))), "{refused:?}");
    assert_eq!(key_fetches(&service), 2);
}

#[tokio::test]
async fn an_older_key_set_does_not_bring_back_a_withdrawn_key() {
    let (_service, workstation) = service_of(|keys, fetched| match fetched {
        1 => (keys.key_set(200, &[&keys.next]), Value::Null),
        _ => (keys.key_set(100, &[&keys.grant]), grant(&keys.grant, NONCE)),
    })
    .await;
    let mut login = opened(&workstation).await;
    let refused = workstation.take_grant(&mut login).await;
    assert!(matches!(refused, Err(Error::Grant(GrantError::UnknownKey))), "{refused:?}");
}

#[tokio::test]
async fn a_key_set_of_another_installation_is_not_believed() {
    let other = Installation::new();
    let (_service, workstation) =
        service_of(move |_, _| (other.key_set(100, &[&other.grant]), grant(&other.grant, NONCE)))
            .await;
    let mut login = opened(&workstation).await;
    let refused = workstation.take_grant(&mut login).await;
    assert!(matches!(refused, Err(Error::Grant(GrantError::UnknownKey))), "{refused:?}");
}

#[tokio::test]
async fn a_grant_of_another_nonce_is_refused_and_the_nonce_is_spent() {
    let (_service, workstation) = service_of(|keys, _| {
        (keys.key_set(100, &[&keys.grant]), grant(&keys.grant, Bytes([0; 32])))
    })
    .await;
    let mut login = opened(&workstation).await;
    let refused = workstation.take_grant(&mut login).await;
    assert!(matches!(refused, Err(Error::Grant(GrantError::WrongNonce))), "{refused:?}");
    assert!(matches!(workstation.take_grant(&mut login).await, Err(Error::NonceUsed)));
}

#[tokio::test]
async fn the_qr_code_holds_the_secret_of_its_step() {
    let claim_key = Bytes([7; 32]);
    let service = CannedService::start(move |request| {
        if request.path == "/desktop/v1/token" {
            return Reply::json(&workstation_token(8));
        }
        let mut answer = open_answer();
        answer["qr"] = json!({"claim_key": claim_key, "step_seconds": 10});
        Reply::json(&answer)
    })
    .await;
    let (workstation, _) = Installation::new().workstation(service.url.clone());
    let login = opened(&workstation).await;
    let now = workstation.transport().clock().now();
    let link = login.qr_link(now).expect("a QR login");
    let (id, secret) = qr::read(&service.url, &link).expect("one of the service's links");
    assert_eq!(id, login.id());
    assert!(qr::accepts(&claim_key, id, now, &secret));
}

#[tokio::test]
async fn waiting_goes_on_over_a_claim_until_the_decision() {
    let service = CannedService::start(|request| {
        if request.path == "/desktop/v1/token" {
            return Reply::json(&workstation_token(8));
        }
        match request.header("if-none-match") {
            "\"4\"" => Reply::json(&view(LoginState::Pending, 2)),
            "\"8\"" => Reply::json(&view(LoginState::Approved, 3)),
            _ => Reply::json(&open_answer()),
        }
    })
    .await;
    let (workstation, _) = Installation::new().workstation(service.url.clone());
    let mut login = opened(&workstation).await;
    let decided = workstation.wait_decided(&mut login, Duration::from_secs(20)).await;
    assert_eq!(decided.expect("a decision"), LoginState::Approved);
    assert_eq!(login.view.version, 3);
}
