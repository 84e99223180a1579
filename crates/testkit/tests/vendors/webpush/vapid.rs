use std::time::Duration;

use serde_json::{Value, json};

use super::Sender;
use super::sender::{refused, taken};

#[tokio::test]
async fn without_credentials_nobody_pushes() {
    let sender = Sender::start();
    let reply = refused(sender.bare(&sender.subscriber).header("ttl", "1"), 401).await;
    assert_eq!(reply.header("www-authenticate"), Some("vapid"));
}

#[tokio::test]
async fn credentials_that_do_not_hold_are_refused() {
    let sender = Sender::start();
    let (token, key) = (sender.token(&sender.claims()), &sender.key);
    let stranger = Sender::start();
    for credentials in [
        format!("Bearer {token}"),
        format!("WebPush {token}"),
        format!("vapid t={token}"),
        format!("vapid k={key}"),
        format!("vapid t={token}, k={}", stranger.key),
        format!("vapid t={token}, k=!"),
        format!("vapid t={}, k={key}", stranger.token(&sender.claims())),
        format!("vapid t=no.jwt, k={key}"),
        "vapid".to_owned(),
    ] {
        refused(sender.push_as(&credentials), 403).await;
    }
}

#[tokio::test]
async fn a_wrong_claim_is_refused() {
    let sender = Sender::start();
    let now = crate::apple::unix(&sender.hand);
    for (claim, value) in [
        ("aud", json!("https://push.example.net")),
        ("aud", json!(sender.service.url() + "/")),
        ("aud", Value::Null),
        ("exp", json!(now)),
        ("exp", json!(now + 24 * 60 * 60 + 1)),
        ("exp", Value::Null),
        ("sub", json!("ops@countersign.dev")),
        ("sub", json!("mailto:")),
        ("sub", Value::Null),
    ] {
        let mut claims = sender.claims();
        claims[claim] = value;
        let credentials = format!("vapid t={}, k={}", sender.token(&claims), sender.key);
        refused(sender.push_as(&credentials), 403).await;
    }
}

#[tokio::test]
async fn parameters_may_come_in_any_order_and_quoted() {
    let sender = Sender::start();
    let token = sender.token(&sender.claims());
    taken(sender.push_as(&format!("VAPID k=\"{}\",t=\"{token}\"", sender.key))).await;
}

#[tokio::test]
async fn a_token_expires() {
    let sender = Sender::start();
    let credentials = sender.credentials();
    taken(sender.push_as(&credentials)).await;
    sender.hand.advance(Duration::from_secs(12 * 60 * 60));
    refused(sender.push_as(&credentials), 403).await;
}

#[tokio::test]
async fn a_subscription_for_one_server_takes_no_other() {
    let mut sender = Sender::start();
    sender.subscriber = sender.service.subscribe_for(&sender.key);
    taken(sender.push()).await;
    sender.subscriber = sender.service.subscribe_for(&Sender::start().key);
    refused(sender.push(), 403).await;
}
