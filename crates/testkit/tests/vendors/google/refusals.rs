use std::time::Duration;

use countersign_testkit::vendors::google::ErrorCode;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::Sender;
use crate::client::Reply;

const FCM_ERROR: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";

async fn refused(request: RequestBuilder, status: u16, name: &str) -> Reply {
    let reply = Reply::to(request).await;
    let error = &reply.body["error"];
    assert_eq!((reply.status, error["status"].as_str()), (status, Some(name)), "{reply:?}");
    assert_eq!(error["code"], status);
    reply
}

async fn refused_by_fcm(request: RequestBuilder, status: u16, name: &str, code: &str) {
    let reply = refused(request, status, name).await;
    let detail = json!({"@type": FCM_ERROR, "errorCode": code});
    assert_eq!(reply.body["error"]["details"], json!([detail]));
}

#[tokio::test]
async fn a_field_that_is_not_as_it_must_be_is_named() {
    let sender = Sender::start().await;
    for (place, value, field) in [
        ("/message/data", json!({"login": 1}), "message.data[0].value"),
        ("/message/data", json!("login"), "message.data"),
        ("/message/token", json!(7), "message.token"),
        ("/message/android/priority", json!("URGENT"), "message.android.priority"),
        ("/message/android/ttl", json!("60"), "message.android.ttl"),
        ("/message/android/ttl", json!(60), "message.android.ttl"),
        ("/message/android/ttl", json!("2419201s"), "message.android.ttl"),
        ("/message/android", json!({"urgency": "high"}), "message.android"),
        ("/message", json!({"to": "x"}), "message"),
        ("/message", json!({}), "message"),
        ("/message", json!({"token": "x", "topic": "y"}), "message"),
        ("/message", json!("x"), "message"),
    ] {
        let mut message = sender.message();
        *message.pointer_mut(place).unwrap() = value;
        let reply = refused(sender.send(&message), 400, "INVALID_ARGUMENT").await;
        let detail = &reply.body["error"]["details"][0];
        assert_eq!(detail["@type"], BAD_REQUEST);
        assert_eq!(detail["fieldViolations"][0]["field"], field, "{reply:?}");
    }
    assert!(sender.google.deliveries().is_empty());
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let sender = Sender::start().await;
    for body in ["", "{", "[]", "7"] {
        let request = sender.send(&Value::Null).body(body);
        refused(request, 400, "INVALID_ARGUMENT").await;
    }
}

#[tokio::test]
async fn a_message_has_at_most_4096_bytes() {
    let sender = Sender::start().await;
    let of = |length: usize| {
        let mut message = sender.message();
        message["message"]["data"] = json!({"login": "x".repeat(length - "login".len())});
        sender.send(&message)
    };
    assert!(Reply::to(of(4096)).await.is_ok());
    refused_by_fcm(of(4097), 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT").await;
}

#[tokio::test]
async fn a_reserved_key_is_refused() {
    let sender = Sender::start().await;
    for key in ["from", "message_type", "google.x", "gcm.x"] {
        let mut message = sender.message();
        message["message"]["data"] = json!({key: "x"});
        let request = sender.send(&message);
        refused_by_fcm(request, 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT").await;
    }
}

#[tokio::test]
async fn a_token_that_reaches_nobody_is_refused() {
    let mut sender = Sender::start().await;
    let send = |sender: &Sender| sender.send(&sender.message());
    sender.google.unregister(&sender.device);
    refused_by_fcm(send(&sender), 404, "NOT_FOUND", "UNREGISTERED").await;
    sender.google.register_elsewhere(&sender.device);
    refused_by_fcm(send(&sender), 403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH").await;
    "unknown".clone_into(&mut sender.device);
    refused_by_fcm(send(&sender), 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT").await;
    sender.google.register("unknown");
    assert!(Reply::to(send(&sender)).await.is_ok());
}

#[tokio::test]
async fn another_project_or_path_is_refused() {
    let sender = Sender::start().await;
    let post = |url: String| {
        sender.client.post(url).bearer_auth(&sender.access_token).json(&sender.message())
    };
    refused(post(sender.url("another")), 403, "PERMISSION_DENIED").await;
    refused(post(sender.google.url() + "/fcm/send"), 404, "NOT_FOUND").await;
    refused(sender.client.get(sender.url("countersign-test")), 404, "NOT_FOUND").await;
}

#[tokio::test]
async fn every_code_can_be_scripted() {
    let sender = Sender::start().await;
    for (code, status, name, detail) in [
        (ErrorCode::InvalidArgument, 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        (ErrorCode::Unregistered, 404, "NOT_FOUND", "UNREGISTERED"),
        (ErrorCode::SenderIdMismatch, 403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
        (ErrorCode::ThirdPartyAuthError, 401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
        (ErrorCode::QuotaExceeded, 429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
        (ErrorCode::Unavailable, 503, "UNAVAILABLE", "UNAVAILABLE"),
        (ErrorCode::Internal, 500, "INTERNAL", "INTERNAL"),
    ] {
        sender.google.faults().next(1, code);
        refused_by_fcm(sender.send(&sender.message()), status, name, detail).await;
    }
    let quota = ErrorCode::QuotaExceeded.answer().retry_after(Duration::from_secs(7));
    sender.google.faults().at(&sender.device, quota);
    let reply = refused(sender.send(&sender.message()), 429, "RESOURCE_EXHAUSTED").await;
    assert_eq!(reply.header("retry-after"), Some("7"));
    assert!(sender.google.deliveries().is_empty());
}

#[tokio::test]
async fn the_exchange_of_tokens_can_fail_by_itself() {
    let sender = Sender::start().await;
    let exchange = || sender.exchange(&sender.assertion(&sender.claims()));
    sender.google.token_faults().next(1, ErrorCode::Unavailable);
    assert!(Reply::to(sender.send(&sender.message())).await.is_ok());
    assert_eq!(Reply::to(exchange()).await.status, 503);
    assert!(Reply::to(exchange()).await.is_ok());
}
