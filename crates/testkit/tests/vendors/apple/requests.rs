use countersign_testkit::vendors::apple::PushType;
use reqwest::Method;
use serde_json::json;

use super::Sender;
use super::sender::{refused, taken};

#[tokio::test]
async fn a_good_notification_is_delivered_with_all_that_was_said() {
    let sender = Sender::start();
    let id = "123e4567-e89b-12d3-a456-42665544000a";
    let headers = [
        ("apns-id", id),
        ("apns-expiration", "1795568461"),
        ("apns-priority", "5"),
        ("apns-collapse-id", "login-1"),
    ];
    let mut request = sender.request();
    for (name, value) in headers {
        request = request.header(name, value);
    }
    assert_eq!(taken(request).await.header("apns-id"), Some(id));

    let delivery = sender.apple.deliveries().next().await.unwrap();
    assert_eq!(delivery.device, sender.device);
    assert_eq!(delivery.id, id);
    assert_eq!(delivery.topic, sender.apple.account().topic());
    assert_eq!(delivery.push_type, PushType::Alert);
    assert_eq!(delivery.priority, 5);
    assert_eq!(delivery.expiration, Some(1_795_568_461));
    assert_eq!(delivery.collapse_id.as_deref(), Some("login-1"));
    assert_eq!(delivery.payload, json!({"aps": {"alert": "a login waits"}}));
    assert_eq!(delivery.at, sender.hand.now());
    assert_eq!(delivery.connection, 1);
    assert!(!delivery.headers.contains_key("authorization"));
}

#[tokio::test]
async fn without_an_id_one_is_made_and_recorded() {
    let sender = Sender::start();
    let reply = taken(sender.request()).await;
    let delivery = sender.apple.deliveries().next().await.unwrap();
    assert_eq!(reply.header("apns-id"), Some(delivery.id.as_str()));
    assert_eq!(delivery.priority, 10);
}

#[tokio::test]
async fn a_header_that_is_not_as_it_must_be_is_refused() {
    let sender = Sender::start();
    for (name, value, reason) in [
        ("apns-id", "no-uuid", "BadMessageId"),
        ("apns-id", "123e4567e89b12d3a45642665544000a", "BadMessageId"),
        ("apns-expiration", "soon", "BadExpirationDate"),
        ("apns-expiration", "-1", "BadExpirationDate"),
        ("apns-priority", "7", "BadPriority"),
        ("apns-priority", "high", "BadPriority"),
        ("apns-collapse-id", &"x".repeat(65), "BadCollapseId"),
    ] {
        refused(sender.request().header(name, value), 400, reason).await;
    }
    for (name, value, reason) in [
        ("apns-push-type", "loud", "InvalidPushType"),
        ("apns-topic", "dev.another.app", "TopicDisallowed"),
        ("apns-topic", "", "MissingTopic"),
    ] {
        refused(without(&sender, name).header(name, value), 400, reason).await;
    }
    refused(without(&sender, "apns-push-type"), 400, "InvalidPushType").await;
    refused(without(&sender, "apns-topic"), 400, "MissingTopic").await;
    let twice = sender.request().header("apns-priority", "5").header("apns-priority", "5");
    refused(twice, 400, "DuplicateHeaders").await;
    assert!(sender.apple.deliveries().is_empty());
}

#[tokio::test]
async fn a_collapse_id_may_have_64_bytes() {
    let sender = Sender::start();
    taken(sender.request().header("apns-collapse-id", "x".repeat(64))).await;
}

#[tokio::test]
async fn a_background_push_has_not_the_highest_priority() {
    let sender = Sender::start();
    let background = || without(&sender, "apns-push-type").header("apns-push-type", "background");
    refused(background().header("apns-priority", "10"), 400, "BadPriority").await;
    taken(background().header("apns-priority", "5")).await;
}

#[tokio::test]
async fn a_payload_that_is_none_is_refused() {
    let sender = Sender::start();
    for body in ["", "{", "[]", "{}", r#"{"aps": 1}"#] {
        refused(sender.bare(&sender.device).body(body), 400, "PayloadEmpty").await;
    }
}

#[tokio::test]
async fn a_payload_has_at_most_4096_bytes() {
    let sender = Sender::start();
    let of = |length: usize| {
        let empty = json!({"aps": {"alert": ""}}).to_string().len();
        let body = json!({"aps": {"alert": "x".repeat(length - empty)}}).to_string();
        sender.bare(&sender.device).body(body)
    };
    taken(of(4096)).await;
    refused(of(4097), 413, "PayloadTooLarge").await;
    refused(of(200_000), 413, "PayloadTooLarge").await;
}

#[tokio::test]
async fn another_method_or_path_is_refused() {
    let sender = Sender::start();
    let url = sender.apple.url();
    let path = format!("{url}/3/device/{}", sender.device);
    for method in [Method::GET, Method::PUT] {
        refused(sender.client.request(method, &path), 405, "MethodNotAllowed").await;
    }
    for path in ["/", "/2/device/ab", "/3/device/ab/cd", "/3/devices/ab"] {
        refused(sender.client.post(format!("{url}{path}")), 404, "BadPath").await;
    }
    refused(sender.bare(""), 400, "MissingDeviceToken").await;
}

/// A request that Apple would take but for one header.
fn without(sender: &Sender, name: &str) -> reqwest::RequestBuilder {
    let (client, request) = sender.request().build_split();
    let mut request = request.unwrap();
    request.headers_mut().remove(name);
    reqwest::RequestBuilder::from_parts(client, request)
}
