use std::time::Duration;

use countersign_testkit::vendors::Answer;
use countersign_testkit::vendors::webpush::{Subscriber, Undecipherable, Urgency};
use reqwest::StatusCode;

use super::Sender;
use super::sealing::sealed;
use super::sender::{refused, taken};
use crate::client::{Reply, trusting};

#[tokio::test]
async fn a_good_push_is_delivered_with_all_that_was_said() {
    let sender = Sender::start();
    let request = sender.push().header("urgency", "high").header("topic", "login-1");
    let reply = taken(request).await;
    let push = sender.service.deliveries().next().await.unwrap();
    assert_eq!(reply.header("location"), Some(push.location.as_str()));
    assert_eq!(reply.header("ttl"), Some("60"));
    assert_eq!(push.endpoint, sender.subscriber.subscription().endpoint);
    assert_eq!((push.ttl, push.urgency), (60, Urgency::High));
    assert_eq!(push.topic.as_deref(), Some("login-1"));
    assert_eq!(push.application_server_key, sender.key);
    assert_eq!(push.contact, "mailto:ops@countersign.dev");
    assert_eq!(push.plaintext.as_deref(), Ok(b"look".as_slice()));
    assert_eq!((push.at, push.connection), (sender.hand.now(), 1));
}

#[tokio::test]
async fn a_push_may_be_empty() {
    let sender = Sender::start();
    let request = sender.bare(&sender.subscriber).header("ttl", "0");
    taken(request.header("authorization", sender.credentials())).await;
    let push = sender.service.deliveries().next().await.unwrap();
    assert_eq!((push.plaintext, push.urgency), (Ok(vec![]), Urgency::Normal));
}

#[tokio::test]
async fn what_nobody_can_decrypt_is_taken_and_shows() {
    let sender = Sender::start();
    taken(sender.push().body("not sealed")).await;
    let push = sender.service.deliveries().next().await.unwrap();
    assert_eq!(push.plaintext, Err(Undecipherable::Header));
}

#[tokio::test]
async fn a_header_that_is_not_as_it_must_be_is_refused() {
    let sender = Sender::start();
    let too_long = "x".repeat(33);
    for (name, value) in [
        ("ttl", Some("soon")),
        ("ttl", Some("-1")),
        ("ttl", Some("+1")),
        ("ttl", Some("")),
        ("ttl", None),
        ("urgency", Some("urgent")),
        ("topic", Some("")),
        ("topic", Some(&too_long)),
        ("topic", Some("login 1")),
        ("content-encoding", Some("aesgcm")),
        ("content-encoding", None),
    ] {
        let (client, request) = sender.push().build_split();
        let mut request = request.unwrap();
        request.headers_mut().remove(name);
        if let Some(value) = value {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        refused(reqwest::RequestBuilder::from_parts(client, request), 400).await;
    }
    assert!(sender.service.deliveries().is_empty());
}

#[tokio::test]
async fn a_body_has_at_most_4096_bytes() {
    let sender = Sender::start();
    let overhead = sealed(&sender.subscriber.subscription(), b"").len();
    let of = |length: usize| {
        let plaintext = vec![b'x'; length - overhead];
        sender.push().body(sealed(&sender.subscriber.subscription(), &plaintext))
    };
    taken(of(4096)).await;
    refused(of(4097), 413).await;
}

#[tokio::test]
async fn a_subscription_that_has_ended_is_gone() {
    let mut sender = Sender::start();
    sender.service.unsubscribe(&sender.subscriber.subscription().endpoint);
    refused(sender.push(), 410).await;
    sender.subscriber = Subscriber::new(&format!("{}/push/none", sender.service.url()));
    refused(sender.push(), 404).await;
    sender.subscriber = Subscriber::new(&sender.service.url());
    refused(sender.push(), 404).await;
}

#[tokio::test]
async fn only_post_pushes() {
    let sender = Sender::start();
    let endpoint = sender.subscriber.subscription().endpoint;
    refused(sender.client.get(endpoint), 405).await;
}

#[tokio::test]
async fn a_subscription_can_be_told_to_wait() {
    let sender = Sender::start();
    let endpoint = sender.subscriber.subscription().endpoint;
    let wait = Answer::empty(StatusCode::TOO_MANY_REQUESTS).retry_after(Duration::from_secs(9));
    sender.service.faults().at(&endpoint, wait);
    let reply = Reply::to(sender.push()).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("9")));
    sender.service.faults().clear();
    taken(sender.push()).await;
}

#[tokio::test]
async fn http_1_does_as_well() {
    let mut sender = Sender::start();
    sender.client = trusting(sender.service.authority()).http1_only().build().unwrap();
    taken(sender.push()).await;
    refused(sender.push().body(vec![0; 200_000]), 413).await;
}
