//! Tokens and proofs against a service that loses answers, forgets tokens and has another clock.

use std::time::Duration;

use crate::support::{
    CannedService, CountingPasskey, Reply, Seen, phone, phone_over, statement, transport,
};
use countersign_client::{Clock, Error, Request, ServiceClock};
use countersign_protocol::{
    Instant, ProblemCode, encoding::from_base64url, wire::mobile::OwnDevices,
};
use serde_json::{Value, json};

struct Standing(Instant);

impl Clock for Standing {
    fn now(&self) -> Instant {
        self.0
    }
}

fn proof(request: &Seen) -> Value {
    let claims = request.header("dpop").split('.').nth(1).and_then(from_base64url);
    serde_json::from_slice(&claims.expect("a proof")).expect("claims")
}

fn next_tokens() -> Reply {
    Reply::json(&json!({
        "access_token": "the-next-token", "token_type": "DPoP",
        "expires_in": 300, "refresh_token": "the-next-refresh-token",
    }))
}

fn no_devices() -> Reply {
    Reply::json(&OwnDevices { devices: Vec::new() })
}

#[tokio::test]
async fn a_rotation_whose_answer_was_lost_is_repeated_with_the_same_refresh_token() {
    let mut lost = false;
    let service = CannedService::start(move |_| {
        if std::mem::replace(&mut lost, true) { next_tokens() } else { Reply::HangUp }
    })
    .await;
    let phone = phone(service.url.clone());
    assert!(matches!(phone.refresh().await, Err(Error::Transport(_))));
    phone.refresh().await.expect("the same rotation");
    assert_eq!(phone.held_tokens().await.refresh_token, "the-next-refresh-token");
    let asked: Vec<Value> = service.seen().into_iter().map(|request| request.body).collect();
    assert_eq!(asked, vec![json!({"refresh_token": "a-refresh-token"}); asked.len()]);
}

#[tokio::test]
async fn a_token_that_is_no_longer_valid_is_renewed_once() {
    let service = CannedService::start(|request| match request.path.as_str() {
        "/mobile/v1/token" => next_tokens(),
        _ if request.header("authorization") == "DPoP the-next-token" => no_devices(),
        _ => Reply::problem(ProblemCode::InvalidToken),
    })
    .await;
    phone(service.url.clone()).devices().await.expect("an answer");
    assert_eq!(service.seen().len(), 3);
}

#[tokio::test]
async fn every_request_has_a_proof_of_its_own_for_its_token() {
    let service = CannedService::start(|_| no_devices()).await;
    let phone = phone(service.url.clone());
    phone.devices().await.expect("an answer");
    phone.devices().await.expect("an answer");
    let proofs: Vec<Value> = service.seen().iter().map(proof).collect();
    assert_ne!(proofs[0]["jti"], proofs[1]["jti"]);
    assert_eq!(proofs[0]["htu"], format!("{}mobile/v1/devices", service.url));
    assert_eq!(proofs[0]["ath"], "YiHPD2T9DaX5B837XJXto32BKkT6ZcpVAT6si9f5KiY");
}

#[tokio::test]
async fn a_proof_refused_for_a_wrong_clock_is_made_again_by_the_services_date() {
    let service = CannedService::start(|request| {
        if proof(request)["iat"] == 784_111_777.0 {
            no_devices()
        } else {
            Reply::problem(ProblemCode::InvalidProof).header("date: Sun, 06 Nov 1994 08:49:37 GMT")
        }
    })
    .await;
    let wrong = ServiceClock::from(Standing(Instant::from_unix_millis(1_000_000_000_000)));
    let phone = phone_over(transport(service.url.clone()).with_clock(wrong));
    phone.devices().await.expect("an answer to the second proof");
    assert_eq!(service.seen().len(), 2);
}

#[tokio::test]
async fn a_test_can_lie_in_every_header() {
    let service = CannedService::start(|_| no_devices()).await;
    let lie = Request::get("/mobile/v1/devices")
        .header("dpop", "no proof")
        .header("authorization", "DPoP of-someone-else")
        .timeout(Duration::from_secs(5));
    phone(service.url.clone()).send(lie).await.expect("an answer");
    let seen = service.seen().pop().expect("a request");
    assert_eq!(seen.header("dpop"), "no proof");
    assert_eq!(seen.header("authorization"), "DPoP of-someone-else");
}

#[test]
fn calls_can_be_spawned() {
    fn is_send<T: Send>(_: &T) {}
    let phone = phone("http://127.0.0.1:1".parse().expect("a url"));
    let passkey = CountingPasskey::default();
    let statement = statement();
    is_send(&phone.approve(&statement, None, &passkey));
    is_send(&phone.wait_pending("", Duration::ZERO));
}
