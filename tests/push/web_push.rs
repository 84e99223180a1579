//! What push services answer.

use std::time::Duration;

use countersign_protocol::wire::mobile::PushAddress;
use countersign_testkit::vendors::Answer;
use reqwest::StatusCode;

use crate::setup::{Operator, busy, gone, later, never, suspicious, web_push};

#[tokio::test]
async fn each_status_has_its_meaning_and_none_is_our_own_trouble() {
    let mut operator = Operator::new();
    let service = operator.push_service();
    let (channel, to) = (operator.channel(), web_push(&service.subscribe()));
    for (status, meaning) in [
        (400, never("http_400")),
        (401, suspicious("http_401")),
        (403, suspicious("http_403")),
        (404, gone("http_404", None)),
        (410, gone("http_410", None)),
        (413, never("http_413")),
        (429, busy("http_429", Some(5))),
        (500, later("http_500", Some(5))),
        (503, later("http_503", Some(5))),
    ] {
        let answer = Answer::empty(StatusCode::from_u16(status).unwrap());
        service.faults().next(1, answer.retry_after(Duration::from_secs(5)));
        assert_eq!(operator.alert(&*channel, &to).await, meaning);
        assert_eq!(channel.trouble(), None);
    }
    operator.alert(&*channel, &to).await.unwrap();
}

#[tokio::test]
async fn a_subscription_that_ended_is_gone() {
    let mut operator = Operator::new();
    let service = operator.push_service();
    let (channel, subscriber) = (operator.channel(), service.subscribe());
    service.unsubscribe(&subscriber.subscription().endpoint);
    let fate = operator.alert(&*channel, &web_push(&subscriber)).await;
    assert_eq!(fate, gone("http_410", None));
}

#[tokio::test]
async fn a_subscription_for_another_key_is_suspicious() {
    let mut operator = Operator::new();
    let service = operator.push_service();
    let subscriber = service.subscribe_for("BOther");
    let fate = operator.alert(&*operator.channel(), &web_push(&subscriber)).await;
    assert_eq!(fate, suspicious("http_403"));
}

#[tokio::test]
async fn keys_that_nothing_can_be_encrypted_for_are_suspicious() {
    let mut operator = Operator::new();
    let service = operator.push_service();
    let channel = operator.channel();
    let PushAddress::WebPush { endpoint, p256dh, auth } = web_push(&service.subscribe()) else {
        panic!("a subscription");
    };
    let off_the_curve = format!("{}A", &p256dh[..86]);
    for (p256dh, auth) in [(off_the_curve.as_str(), &*auth), ("BAAA", &*auth), (&*p256dh, "")] {
        let [endpoint, p256dh, auth] = [endpoint.as_str(), p256dh, auth].map(str::to_owned);
        let to = PushAddress::WebPush { endpoint, p256dh, auth };
        assert_eq!(operator.alert(&*channel, &to).await, suspicious("bad_keys"));
    }
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn no_two_pushes_are_encrypted_alike() {
    let mut operator = Operator::new();
    let service = operator.push_service();
    let (channel, to) = (operator.channel(), web_push(&service.subscribe()));
    operator.alert(&*channel, &to).await.unwrap();
    operator.alert(&*channel, &to).await.unwrap();
    let sent = service.deliveries().all();
    assert_eq!(sent[0].plaintext, sent[1].plaintext);
    assert_ne!(sent[0].body[..16], sent[1].body[..16], "salt");
    assert_ne!(sent[0].body[21..86], sent[1].body[21..86], "key");
}
