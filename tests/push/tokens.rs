//! Provider tokens, access tokens and VAPID tokens: how many are made, and when.

use std::{sync::Arc, time::Duration};

use countersign::push::Trouble;
use countersign_testkit::vendors::{Answer, apple::Reason};
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use crate::setup::{Operator, all_taken, apns, fcm, later, many, ours, web_push};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_sends_from_a_cold_start_make_one_provider_token_and_one_more_after_it_expired()
{
    let mut operator = Operator::new();
    let apple = operator.apple();
    let channel = operator.channel();
    let to = many(200, || apns(&apple.new_device()));
    all_taken(&operator.alerts(&channel, &to).await);
    assert_eq!((apple.provider_tokens(), apple.connections()), (1, 1));
    apple.disown_provider_tokens();
    all_taken(&operator.alerts(&channel, &to).await);
    assert_eq!((apple.provider_tokens(), apple.deliveries().len()), (2, 400));
    assert_eq!(channel.trouble(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_sends_from_a_cold_start_make_one_access_token_and_one_more_after_it_was_disowned()
 {
    let mut operator = Operator::new();
    let google = operator.google();
    let channel = operator.channel();
    let to = many(200, || fcm(&google.new_device()));
    all_taken(&operator.alerts(&channel, &to).await);
    assert_eq!((google.access_tokens(), google.token_requests()), (1, 1));
    google.disown_access_tokens();
    all_taken(&operator.alerts(&channel, &to).await);
    assert_eq!((google.token_requests(), google.deliveries().len()), (2, 400));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_sends_from_a_cold_start_make_one_vapid_token_a_push_service() {
    let mut operator = Operator::new();
    let (one, other) = (operator.push_service(), operator.push_service());
    let channel = operator.channel();
    let mut to = many(100, || web_push(&one.subscribe()));
    to.extend(many(100, || web_push(&other.subscribe())));
    all_taken(&operator.alerts(&channel, &to).await);
    assert_eq!((one.vapid_tokens(), other.vapid_tokens()), (1, 1));
    operator.hand.advance(359 * MINUTE);
    all_taken(&operator.alerts(&channel, &to).await);
    assert_eq!(one.vapid_tokens(), 1);
    operator.hand.advance(MINUTE);
    all_taken(&operator.alerts(&channel, &to).await);
    assert_eq!((one.vapid_tokens(), other.vapid_tokens()), (2, 2));
}

#[tokio::test]
async fn a_provider_token_is_used_for_45_minutes() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let (channel, to) = (operator.channel(), apns(&apple.new_device()));
    operator.alert(&*channel, &to).await.unwrap();
    operator.hand.advance(44 * MINUTE);
    operator.alert(&*channel, &to).await.unwrap();
    assert_eq!(apple.provider_tokens(), 1);
    operator.hand.advance(MINUTE);
    operator.alert(&*channel, &to).await.unwrap();
    assert_eq!(apple.provider_tokens(), 2);
}

#[tokio::test]
async fn a_provider_token_outlives_a_restart() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let to = apns(&apple.new_device());
    operator.alert(&*operator.channel(), &to).await.unwrap();
    operator.hand.advance(10 * MINUTE);
    operator.alert(&*operator.channel(), &to).await.unwrap();
    assert_eq!((apple.provider_tokens(), apple.connections()), (1, 2));
    operator.store = Arc::default();
    let forgetful = operator.channel();
    let refused = operator.alert(&*forgetful, &to).await;
    assert_eq!(refused, later("TooManyProviderTokenUpdates", None), "which is why it is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_agree_on_a_provider_token() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let nodes = many(8, || operator.channel());
    let to = apns(&apple.new_device());
    let sends = nodes.iter().map(|node| operator.alert(&**node, &to));
    all_taken(&join_all(sends).await);
    assert_eq!(apple.provider_tokens(), 1);
}

#[tokio::test]
async fn a_provider_token_that_apple_calls_expired_twice_is_our_own_trouble() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let (channel, to) = (operator.channel(), apns(&apple.new_device()));
    apple.faults().next(2, Reason::ExpiredProviderToken);
    assert_eq!(operator.alert(&*channel, &to).await, ours("ExpiredProviderToken"));
    assert_eq!((apple.requests(), apple.faults().left()), (2, 0));
    assert_eq!(channel.trouble(), Some(Trouble::Refused("ExpiredProviderToken".to_owned())));
}

#[tokio::test]
async fn a_clock_that_is_wrong_makes_no_provider_token_for_each_send() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let channel = operator.channel();
    apple.faults().next(100_000, Reason::ExpiredProviderToken);
    for sends in 1..=30 {
        let to = apns(&apple.new_device());
        assert_eq!(operator.alert(&*channel, &to).await, ours("ExpiredProviderToken"));
        assert_eq!(
            apple.requests(),
            sends + 1,
            "one was made in the place of the first, and is used"
        );
    }
    let (requests, to) = (apple.requests(), apns(&apple.new_device()));
    operator.hand.advance(20 * MINUTE);
    assert_eq!(operator.alert(&*channel, &to).await, ours("ExpiredProviderToken"));
    assert_eq!(apple.requests(), requests + 2, "another is tried");
    apple.faults().clear();
    operator.alert(&*channel, &to).await.unwrap();
    assert_eq!(channel.trouble(), None);
}

#[tokio::test]
async fn an_access_token_that_google_refuses_is_not_replaced_for_each_send() {
    let mut operator = Operator::new();
    let google = operator.google();
    let channel = operator.channel();
    google.faults().next(100_000, Answer::empty(StatusCode::UNAUTHORIZED));
    for _ in 1..=30 {
        let to = fcm(&google.new_device());
        assert_eq!(operator.alert(&*channel, &to).await, ours("http_401"));
    }
    assert_eq!(google.token_requests(), 2);
    operator.hand.advance(MINUTE);
    let to = fcm(&google.new_device());
    assert_eq!(operator.alert(&*channel, &to).await, ours("http_401"));
    assert_eq!(google.token_requests(), 3);
    google.faults().clear();
    operator.alert(&*channel, &to).await.unwrap();
    assert_eq!(google.token_requests(), 3);
}

#[tokio::test]
async fn a_provider_token_is_kept_when_apple_has_seen_too_many() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let (channel, to) = (operator.channel(), apns(&apple.new_device()));
    operator.alert(&*channel, &to).await.unwrap();
    apple.faults().next(1, Reason::TooManyProviderTokenUpdates);
    let fate = operator.alert(&*channel, &to).await;
    assert_eq!(fate, later("TooManyProviderTokenUpdates", None));
    operator.alert(&*channel, &to).await.unwrap();
    assert_eq!(apple.provider_tokens(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_is_renewed_five_minutes_early_by_one_alone() {
    let mut operator = Operator::new();
    let google = operator.google();
    let channel = operator.channel();
    let to = many(200, || fcm(&google.new_device()));
    operator.alert(&*channel, &to[0]).await.unwrap();
    operator.hand.advance(54 * MINUTE);
    all_taken(&operator.alerts(&channel, &to).await);
    assert_eq!(google.token_requests(), 1);
    operator.hand.advance(MINUTE);
    all_taken(&operator.alerts(&channel, &to).await);
    assert_eq!(google.token_requests(), 2);
}

#[tokio::test]
async fn an_early_renewal_that_fails_spoils_nothing() {
    let mut operator = Operator::new();
    let google = operator.google();
    let (channel, to) = (operator.channel(), fcm(&google.new_device()));
    operator.alert(&*channel, &to).await.unwrap();
    operator.hand.advance(55 * MINUTE);
    google.token_faults().next(1, Answer::empty(StatusCode::SERVICE_UNAVAILABLE));
    for _ in 0..5 {
        operator.alert(&*channel, &to).await.unwrap();
    }
    assert_eq!((google.token_requests(), google.access_tokens()), (2, 1), "one tries, and once");
    operator.hand.advance(MINUTE / 3);
    operator.alert(&*channel, &to).await.unwrap();
    assert_eq!(
        (google.token_requests(), google.access_tokens()),
        (3, 2),
        "and again after a pause"
    );
}

#[tokio::test]
async fn a_refused_assertion_is_asked_about_once_by_all_who_wait() {
    let mut operator = Operator::new();
    let google = operator.google();
    let channel = operator.channel();
    let refusal = json!({"error": "invalid_grant", "error_description": "account not found"});
    google.token_faults().next(200, Answer::json(StatusCode::BAD_REQUEST, &refusal));
    let to = many(200, || fcm(&google.new_device()));
    let fates = join_all(to.iter().map(|to| operator.alert(&*channel, to))).await;
    assert!(fates.iter().all(|fate| *fate == ours("invalid_grant")), "{:?}", fates[0]);
    assert_eq!(google.token_requests(), 1);
    assert_eq!(channel.trouble(), Some(Trouble::Refused("invalid_grant".to_owned())));
    google.token_faults().clear();
    operator.alert(&*channel, &to[0]).await.unwrap();
    assert_eq!(channel.trouble(), None);
}
