//! What leaves the house, whole: an opaque id and a generic sentence, and nobody's name.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use countersign::push::{Fault, Kind, Language, Notice, Wanted};
use countersign_testkit::vendors::{apple::PushType, webpush::Urgency};
use serde_json::{Value, json};

use crate::setup::{LOGIN, Operator, apns, fcm, never, web_push};

const TITLE: &str = "Eine Anmeldung wartet auf dich";
const BODY: &str = "Öffne die App und sieh sie dir an. Ist es nicht deine, lehne sie dort ab.";

#[tokio::test]
async fn an_alert_over_apns_is_urgent_and_ends_with_its_login() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let (channel, device) = (operator.channel(), apple.new_device());
    operator.alert(&*channel, &apns(&device)).await.unwrap();
    let sent = apple.deliveries().next().await.unwrap();
    let expected = json!({
        "aps": {
            "alert": {"title": TITLE, "body": BODY},
            "sound": "default",
            "interruption-level": "time-sensitive",
            "mutable-content": 1,
        },
        "kind": "alert",
        "login": LOGIN,
    });
    assert_eq!(sent.payload, expected);
    assert!(sent.body.len() < 4096);
    let names = sent.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    let headers: BTreeMap<_, _> = names.filter(|(name, _)| *name != "content-length").collect();
    let expiration = (operator.now() + Duration::from_secs(120)).unix_seconds().to_string();
    let expected = BTreeMap::from([
        ("accept", "*/*"),
        ("apns-collapse-id", LOGIN),
        ("apns-expiration", &expiration),
        ("apns-priority", "10"),
        ("apns-push-type", "alert"),
        ("apns-topic", apple.account().topic()),
        ("content-type", "application/json"),
        ("user-agent", concat!("countersign/", env!("CARGO_PKG_VERSION"))),
    ]);
    assert_eq!((sent.device, headers), (device, expected));
}

#[tokio::test]
async fn a_withdrawal_over_apns_is_silent_and_outlives_its_login() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let (channel, device) = (operator.channel(), apns(&apple.new_device()));
    assert!(channel.can_withdraw());
    let notice = Notice { expires_at: operator.now(), ..operator.notice(Kind::Withdraw) };
    channel.send(&device, &notice, operator.now()).await.unwrap();
    let sent = apple.deliveries().next().await.unwrap();
    let expected = json!({"aps": {"content-available": 1}, "kind": "withdraw", "login": LOGIN});
    assert_eq!(sent.payload, expected);
    assert_eq!((sent.push_type, sent.priority), (PushType::Background, 5));
    assert_eq!(sent.collapse_id.as_deref(), Some(LOGIN));
    let hour = (operator.now() + Duration::from_secs(3600)).unix_seconds();
    assert_eq!(sent.expiration, Some(hour.try_into().unwrap()));
}

#[tokio::test]
async fn an_alert_over_fcm_is_of_high_priority_and_lives_as_long_as_its_login() {
    let mut operator = Operator::new();
    let google = operator.google();
    let (channel, token) = (operator.channel(), google.new_device());
    operator.alert(&*channel, &fcm(&token)).await.unwrap();
    let sent = google.deliveries().next().await.unwrap();
    let expected = json!({
        "token": token,
        "data": {"kind": "alert", "login": LOGIN},
        "notification": {"title": TITLE, "body": BODY},
        "android": {
            "priority": "HIGH",
            "ttl": "120s",
            "collapse_key": LOGIN,
            "notification": {"tag": LOGIN, "default_sound": true},
        },
    });
    assert_eq!(sent.message, expected);
    assert!(sent.body.len() < 4096);
    assert_eq!(serde_json::from_slice::<Value>(&sent.body).unwrap(), json!({"message": expected}));
}

#[tokio::test]
async fn a_withdrawal_over_fcm_shows_nothing() {
    let mut operator = Operator::new();
    let google = operator.google();
    let (channel, token) = (operator.channel(), google.new_device());
    assert!(channel.can_withdraw());
    let notice = operator.notice(Kind::Withdraw);
    channel.send(&fcm(&token), &notice, operator.now()).await.unwrap();
    let expected = json!({
        "token": token,
        "data": {"kind": "withdraw", "login": LOGIN},
        "android": {"priority": "NORMAL", "ttl": "3600s", "collapse_key": LOGIN},
    });
    assert_eq!(google.deliveries().next().await.unwrap().message, expected);
}

#[tokio::test]
async fn an_alert_over_web_push_needs_no_service_worker() {
    let mut operator = Operator::new();
    let service = operator.push_service();
    let channel = operator.channel();
    let key = channel.application_server_key().unwrap();
    let subscriber = service.subscribe_for(&key);
    operator.alert(&*channel, &web_push(&subscriber)).await.unwrap();
    let sent = service.deliveries().next().await.unwrap();
    let expected = json!({
        "web_push": 8030,
        "notification": {
            "title": TITLE,
            "body": BODY,
            "lang": "de",
            "navigate": format!("https://sign.example.com/q#{LOGIN}"),
            "tag": LOGIN,
        },
        "kind": "alert",
        "login": LOGIN,
    });
    let plaintext = sent.plaintext.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&plaintext).unwrap(), expected);
    assert!(sent.body.len() < 4096);
    assert_eq!((sent.ttl, sent.urgency), (120, Urgency::High));
    assert_eq!(sent.topic, Some(LOGIN.replace('-', "")));
    assert_eq!(
        (sent.application_server_key, sent.contact.as_str()),
        (key, "mailto:ops@example.com")
    );
}

#[tokio::test]
async fn web_push_says_that_it_can_t_withdraw() {
    let mut operator = Operator::new();
    let service = operator.push_service();
    let (channel, to) = (operator.channel(), web_push(&service.subscribe()));
    assert!(!channel.can_withdraw());
    let fate = channel.send(&to, &operator.notice(Kind::Withdraw), operator.now()).await;
    assert_eq!((fate, service.requests()), (never("cannot_withdraw"), 0));
}

#[tokio::test]
async fn each_language_has_its_own_words_and_the_same_id() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let (channel, device) = (operator.channel(), apns(&apple.new_device()));
    let mut titles = BTreeMap::new();
    for language in Language::ALL {
        let notice = Notice { language, ..operator.notice(Kind::Alert) };
        channel.send(&device, &notice, operator.now()).await.unwrap();
        let sent = apple.deliveries().next().await.unwrap().payload;
        assert_eq!(sent["login"], LOGIN);
        titles.insert(sent["aps"]["alert"]["title"].to_string(), language);
    }
    assert_eq!(titles.len(), Language::ALL.len());
}

#[tokio::test]
async fn nothing_is_sent_for_a_login_that_has_ended() {
    let mut operator = Operator::new();
    let (apple, google, service) = (operator.apple(), operator.google(), operator.push_service());
    let to = [apns(&apple.new_device()), fcm(&google.new_device()), web_push(&service.subscribe())];
    let notice = Notice { expires_at: operator.now(), ..operator.notice(Kind::Alert) };
    for (channel, to) in operator.channels().iter().zip(&to) {
        let fate = channel.send(to, &notice, operator.now()).await;
        assert_eq!(fate, never("expired"), "{}", channel.name());
    }
    assert_eq!((apple.requests(), google.requests(), service.requests()), (0, 0, 0));
}

#[tokio::test]
async fn what_is_wanted_no_more_when_its_wait_is_over_is_not_posted() {
    let mut operator = Operator::new();
    let (apple, google, service) = (operator.apple(), operator.google(), operator.push_service());
    let (apple, google) = (Arc::new(apple), Arc::new(google));
    let [apns_channel, fcm_channel, web_push_channel] = &operator.channels()[..] else {
        panic!("three channels")
    };
    let notice = |wanted: Wanted| Notice { wanted, ..operator.notice(Kind::Alert) };

    // It waits for an access token, and is wanted until that is asked for.
    let wanted = Wanted::while_so({
        let google = Arc::clone(&google);
        move || google.token_requests() == 0
    });
    let to = fcm(&google.new_device());
    let fate = fcm_channel.send(&to, &notice(wanted), operator.now()).await;
    assert_eq!((fate, google.token_requests(), google.requests()), (Err(Fault::Unwanted), 1, 0));

    // It waits for Apple's first stream, and is wanted until that is open.
    let wanted = Wanted::while_so({
        let apple = Arc::clone(&apple);
        move || apple.requests() == 0
    });
    let to = apns(&apple.new_device());
    let (first, wanted) = (notice(Wanted::default()), notice(wanted));
    let (first, other) = tokio::join!(
        apns_channel.send(&to, &first, operator.now()),
        apns_channel.send(&to, &wanted, operator.now()),
    );
    assert_eq!((first, other, apple.requests()), (Ok(()), Err(Fault::Unwanted), 1));

    let never = notice(Wanted::while_so(|| false));
    let fate = web_push_channel.send(&web_push(&service.subscribe()), &never, operator.now()).await;
    assert_eq!((fate, service.requests()), (Err(Fault::Unwanted), 0));
}
