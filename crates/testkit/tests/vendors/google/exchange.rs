use std::time::Duration;

use countersign_testkit::vendors::google::ServiceAccount;
use serde_json::{Value, json};

use super::Sender;
use crate::client::Reply;
use crate::signing::{rs256, unsigned};

async fn refused(request: reqwest::RequestBuilder, error: &str) {
    let reply = Reply::to(request).await;
    assert_eq!((reply.status, reply.body["error"].as_str()), (400, Some(error)), "{reply:?}");
    assert!(reply.body["error_description"].is_string());
}

#[tokio::test]
async fn a_good_assertion_is_exchanged_for_a_token() {
    let sender = Sender::start().await;
    let reply = Reply::to(sender.exchange(&sender.assertion(&sender.claims()))).await;
    assert_eq!((reply.status, &reply.body["expires_in"]), (200, &json!(3599)));
    assert_eq!(reply.body["token_type"], "Bearer");
    assert_eq!(sender.google.access_tokens(), 2);
    assert_eq!(sender.google.token_requests(), 2);
}

#[tokio::test]
async fn the_key_file_says_where_and_who() {
    let sender = Sender::start().await;
    let file = sender.google.key_file();
    assert_eq!(file["token_uri"], sender.google.token_uri());
    assert_eq!(file["client_email"], sender.google.account().email());
    assert!(file["private_key"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY-----"));
}

#[tokio::test]
async fn an_assertion_with_a_wrong_claim_is_refused() {
    let sender = Sender::start().await;
    let now = sender.claims()["iat"].as_u64().unwrap();
    for (claim, value, error) in [
        ("iss", json!("someone@else"), "invalid_grant"),
        ("iss", Value::Null, "invalid_grant"),
        ("aud", json!(sender.google.url()), "invalid_grant"),
        ("aud", Value::Null, "invalid_grant"),
        ("exp", json!(now + 3601), "invalid_grant"),
        ("exp", json!(now - 301), "invalid_grant"),
        ("exp", Value::Null, "invalid_grant"),
        ("iat", json!(now + 301), "invalid_grant"),
        ("iat", Value::Null, "invalid_grant"),
        ("scope", json!("https://www.googleapis.com/auth/drive"), "invalid_scope"),
        ("scope", Value::Null, "invalid_scope"),
    ] {
        let mut claims = sender.claims();
        claims[claim] = value;
        refused(sender.exchange(&sender.assertion(&claims)), error).await;
    }
    let mut stale = sender.claims();
    stale["iat"] = json!(now - 4000);
    stale["exp"] = json!(now - 400);
    refused(sender.exchange(&sender.assertion(&stale)), "invalid_grant").await;
}

#[tokio::test]
async fn an_assertion_that_the_account_did_not_sign_is_refused() {
    let sender = Sender::start().await;
    let (account, claims) = (sender.google.account().clone(), sender.claims());
    let other = ServiceAccount::default();
    for assertion in [
        rs256(other.private_key(), account.key_id(), &claims),
        rs256(account.private_key(), other.key_id(), &claims),
        unsigned(account.key_id(), &claims),
        "no.jwt".to_owned(),
    ] {
        refused(sender.exchange(&assertion), "invalid_grant").await;
    }
    assert_eq!(sender.google.access_tokens(), 1);
}

#[tokio::test]
async fn another_grant_or_no_form_is_refused() {
    let sender = Sender::start().await;
    let assertion = sender.assertion(&sender.claims());
    let grant = [("grant_type", "client_credentials"), ("assertion", assertion.as_str())];
    refused(sender.form(&grant), "unsupported_grant_type").await;
    let json = sender.client.post(sender.google.token_uri()).json(&json!({}));
    refused(json, "invalid_request").await;
    let get = Reply::to(sender.client.get(sender.google.token_uri())).await;
    assert_eq!(get.status, 405);
}

#[tokio::test]
async fn an_access_token_ends() {
    let mut sender = Sender::start().await;
    assert!(Reply::to(sender.send(&sender.message())).await.is_ok());
    sender.hand.advance(Duration::from_secs(3599));
    unauthenticated(&sender).await;
    sender.renew().await;
    assert!(Reply::to(sender.send(&sender.message())).await.is_ok());
    sender.google.disown_access_tokens();
    unauthenticated(&sender).await;
    "made up".clone_into(&mut sender.access_token);
    unauthenticated(&sender).await;
}

async fn unauthenticated(sender: &Sender) {
    let reply = Reply::to(sender.send(&sender.message())).await;
    assert_eq!((reply.status, &reply.body["error"]["status"]), (401, &"UNAUTHENTICATED".into()));
    assert!(reply.header("www-authenticate").unwrap().contains("invalid_token"));
    let url = sender.url(sender.google.account().project());
    assert_eq!(Reply::to(sender.client.post(url).json(&sender.message())).await.status, 401);
}
