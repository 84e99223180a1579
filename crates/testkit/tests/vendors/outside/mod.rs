//! Clients that were not written here work against the vendors: npm's `@parse/node-apn` and PyPI's `aioapns`,
//! `firebase-admin` and `pywebpush`, at the versions pinned beside this file.

mod workshop;

use std::time::Duration;

use countersign_testkit::vendors::apple::{Apple, Notification};
use countersign_testkit::vendors::google::Google;
use countersign_testkit::vendors::webpush::{Urgency, WebPush};
use serde_json::{Value, json};

use workshop::Workshop;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long round"]
async fn clients_from_outside_work_against_the_vendors() {
    let workshop = Workshop::open().await;
    node_apn(&workshop).await;
    aioapns(&workshop).await;
    firebase_admin(&workshop).await;
    pywebpush(&workshop).await;
}

async fn node_apn(workshop: &Workshop) {
    let apple = Apple::start();
    let place = apple_place(&apple, workshop);
    let told = workshop.node("by_node_apn.mjs", &place).await;
    assert_eq!(told["good"], json!([place["good"]]), "{told}");
    assert_eq!(told["bad"], json!([[400, "BadDeviceToken"]]), "{told}");
    check_notification(&apple).await;
}

async fn aioapns(workshop: &Workshop) {
    let apple = Apple::start();
    let told = workshop.python("by_aioapns.py", &apple_place(&apple, workshop)).await;
    assert_eq!(told, json!({"good": true, "bad": [400, "BadDeviceToken"]}));
    check_notification(&apple).await;
}

fn apple_place(apple: &Apple, workshop: &Workshop) -> Value {
    let account = apple.account();
    json!({
        "url": apple.url(),
        "root": workshop.keep_root(apple.authority()),
        "p8": account.p8(),
        "key_id": account.key_id(),
        "team_id": account.team_id(),
        "topic": account.topic(),
        "good": apple.new_device(),
        "bad": "ab".repeat(32),
    })
}

async fn check_notification(apple: &Apple) {
    let Notification { priority, expiration, collapse_id, payload, .. } =
        apple.deliveries().next().await.unwrap();
    assert_eq!(priority, 10);
    assert!(expiration.is_some());
    assert_eq!(collapse_id.as_deref(), Some("login-1"));
    assert_eq!(payload["aps"]["alert"], "a login waits");
    assert_eq!((apple.deliveries().len(), apple.provider_tokens()), (1, 1));
}

async fn firebase_admin(workshop: &Workshop) {
    let google = Google::start();
    let (good, dead) = (google.new_device(), google.new_device());
    google.unregister(&dead);
    workshop.keep_root(google.authority());
    let (url, key_file) = (google.url(), google.key_file());
    let place =
        json!({"url": url, "key_file": key_file, "good": good, "dead": dead, "bad": "unknown"});
    let told = workshop.python("by_firebase_admin.py", &place).await;
    let message = google.deliveries().next().await.unwrap();
    let [dead, bad] = ["UnregisteredError", "InvalidArgumentError"];
    assert_eq!(told, json!({"good": message.name, "dead": dead, "bad": bad}));
    assert_eq!((message.token, message.ttl), (good, MINUTE));
    assert_eq!(message.data["login"], "1");
    assert!(message.high_priority);
    assert_eq!(message.notification, Some(json!({"title": "A login waits"})));
    assert_eq!((google.deliveries().len(), google.access_tokens()), (1, 1));
}

async fn pywebpush(workshop: &Workshop) {
    let service = WebPush::start();
    let (good, ended) = (service.subscribe().subscription(), service.subscribe().subscription());
    service.unsubscribe(&ended.endpoint);
    workshop.keep_root(service.authority());
    let told = workshop.python("by_pywebpush.py", &json!({"good": good, "ended": ended})).await;
    assert_eq!(told, json!({"good": 201, "ended": 410}));
    let push = service.deliveries().next().await.unwrap();
    assert_eq!(push.plaintext.as_deref(), Ok(b"look".as_slice()));
    assert_eq!(
        (push.ttl, push.urgency, push.topic.as_deref()),
        (60, Urgency::High, Some("login-1"))
    );
}
