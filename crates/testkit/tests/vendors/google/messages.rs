use std::time::Duration;

use serde_json::json;

use super::Sender;
use crate::client::{Reply, trusting};

#[tokio::test]
async fn a_good_message_is_delivered_with_all_that_was_said() {
    let sender = Sender::start().await;
    let mut message = sender.message();
    message["message"]["notification"] = json!({"title": "A login waits"});
    message["message"]["android"]["data"] = json!({"login": "2"});
    let reply = Reply::to(sender.send(&message)).await;
    assert_eq!(reply.status, 200, "{reply:?}");

    let delivery = sender.google.deliveries().next().await.unwrap();
    assert_eq!(reply.body["name"], delivery.name);
    assert!(delivery.name.starts_with("projects/countersign-test/messages/"));
    assert_eq!(delivery.token, sender.device);
    assert_eq!(delivery.data["login"], "2");
    assert_eq!(delivery.notification, Some(json!({"title": "A login waits"})));
    assert!(delivery.high_priority);
    assert_eq!(delivery.ttl, Duration::from_secs(60));
    assert_eq!(delivery.collapse_key.as_deref(), Some("login-1"));
    assert_eq!(delivery.message, message["message"]);
    assert_eq!((delivery.at, delivery.connection), (sender.hand.now(), 1));
}

#[tokio::test]
async fn names_may_stand_in_camel_case() {
    let sender = Sender::start().await;
    let android = json!({"collapseKey": "a", "ttl": "1.5s", "priority": "normal"});
    let message = json!({"message": {"token": sender.device, "android": android}});
    assert!(Reply::to(sender.send(&message)).await.is_ok());
    let delivery = sender.google.deliveries().next().await.unwrap();
    assert_eq!(delivery.collapse_key.as_deref(), Some("a"));
    assert_eq!(delivery.ttl, Duration::from_millis(1500));
    assert!(!delivery.high_priority);
}

#[tokio::test]
async fn a_message_that_is_only_to_be_validated_is_not_delivered() {
    let sender = Sender::start().await;
    let mut message = sender.message();
    message["validate_only"] = json!(true);
    assert!(Reply::to(sender.send(&message)).await.is_ok());
    assert!(sender.google.deliveries().is_empty());
}

#[tokio::test]
async fn http_1_does_as_well() {
    let mut sender = Sender::start().await;
    sender.client = trusting(sender.google.authority()).http1_only().build().unwrap();
    assert!(Reply::to(sender.send(&sender.message())).await.is_ok());
    assert!(Reply::to(sender.send(&sender.message())).await.is_ok());
    assert_eq!(sender.google.connections(), 2);
}
