//! What Apple answers, and its two environments.

use std::time::Duration;

use countersign::push::Fault;
use countersign_protocol::wire::mobile::PushAddress;
use countersign_testkit::vendors::{Break, Fault as Breakage, apple::Reason};

use crate::setup::{
    LOGIN, Operator, all_taken, apns, busy, gone, later, many, never, ours, suspicious,
};

/// By Apple's table ("Handling notification responses from APNs").
fn meaning(reason: Reason) -> Result<(), Fault> {
    let name = reason.name();
    match reason {
        Reason::Unregistered | Reason::ExpiredToken => gone(name, None),
        Reason::BadDeviceToken | Reason::DeviceTokenNotForTopic => suspicious(name),
        Reason::BadTopic | Reason::MissingTopic | Reason::TopicDisallowed => ours(name),
        Reason::BadCertificate
        | Reason::BadCertificateEnvironment
        | Reason::ExpiredProviderToken
        | Reason::Forbidden
        | Reason::InvalidProviderToken
        | Reason::MissingProviderToken
        | Reason::UnrelatedKeyIdInToken => ours(name),
        Reason::TooManyRequests => busy(name, None),
        Reason::IdleTimeout
        | Reason::TooManyProviderTokenUpdates
        | Reason::InternalServerError
        | Reason::ServiceUnavailable
        | Reason::Shutdown => later(name, None),
        Reason::BadCollapseId
        | Reason::BadExpirationDate
        | Reason::BadMessageId
        | Reason::BadPriority
        | Reason::DuplicateHeaders
        | Reason::InvalidPushType
        | Reason::MissingDeviceToken
        | Reason::PayloadEmpty
        | Reason::BadPath
        | Reason::MethodNotAllowed
        | Reason::PayloadTooLarge => never(name),
    }
}

#[tokio::test]
async fn each_of_apple_s_reasons_has_its_meaning() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let (channel, to) = (operator.channel(), apns(&apple.new_device()));
    for reason in Reason::ALL {
        apple.faults().next(2, *reason);
        assert_eq!(operator.alert(&*channel, &to).await, meaning(*reason));
        apple.faults().clear();
        operator.alert(&*channel, &to).await.unwrap();
        assert_eq!(channel.trouble(), None);
    }
}

#[tokio::test]
async fn a_dead_token_comes_with_the_time_of_its_death() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let (channel, device) = (operator.channel(), apple.new_device());
    apple.unregister(&device, operator.hand.now());
    let died = operator.now();
    operator.hand.advance(Duration::from_secs(600));
    assert_eq!(operator.alert(&*channel, &apns(&device)).await, gone("Unregistered", Some(died)));
    apple.expire(&device, operator.hand.now());
    let died = operator.now();
    assert_eq!(operator.alert(&*channel, &apns(&device)).await, gone("ExpiredToken", Some(died)));
}

#[tokio::test]
async fn a_token_of_another_app_or_of_nobody_is_suspicious() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let channel = operator.channel();
    let token = "ab".repeat(32);
    assert_eq!(operator.alert(&*channel, &apns(&token)).await, suspicious("BadDeviceToken"));
    apple.register_for(&token, "com.example.other");
    let fate = operator.alert(&*channel, &apns(&token)).await;
    assert_eq!(fate, suspicious("DeviceTokenNotForTopic"));
    let requests = apple.requests();
    let fate = operator.alert(&*channel, &apns("../../admin")).await;
    assert_eq!((fate, apple.requests()), (suspicious("malformed"), requests));
}

#[tokio::test]
async fn a_device_is_sought_in_its_own_environment() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let sandbox = operator.sandbox(&apple);
    let channel = operator.channel();
    let token = sandbox.new_device();
    let to = |sandbox| PushAddress::Apns { token: token.clone(), sandbox };
    operator.alert(&*channel, &to(true)).await.unwrap();
    assert_eq!(operator.alert(&*channel, &to(false)).await, suspicious("BadDeviceToken"));
    assert_eq!((apple.deliveries().len(), sandbox.deliveries().len()), (0, 1));
    assert_eq!(sandbox.deliveries().all()[0].collapse_id.as_deref(), Some(LOGIN));
}

/// The connection ends without the channel's knowledge, and the new one takes one stream at first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_was_replaced_unseen_loses_nothing() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let channel = operator.channel();
    let to = many(200, || apns(&apple.new_device()));
    for round in 1..=5 {
        apple.faults().next(1, Breakage::LastAnswer);
        operator.alert(&*channel, &to[0]).await.unwrap();
        all_taken(&operator.alerts(&channel, &to).await);
        assert_eq!(apple.deliveries().len(), round * 201, "each once");
    }
    assert_eq!(apple.provider_tokens(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_who_wait_for_a_silent_first_connection_wait_once() {
    let mut operator = Operator::impatient();
    let apple = operator.apple();
    let channel = operator.channel();
    let to = many(200, || apns(&apple.new_device()));
    apple.faults().next(1, Breakage::Unprocessed(Break::Stall));
    let sends = to.iter().map(|to| operator.alert(&*channel, to));
    let fates = futures_util::future::join_all(sends).await;
    assert!(fates.iter().all(|fate| *fate == later("timeout", None)), "{:?}", fates[0]);
    assert_eq!(apple.requests(), 1);
    all_taken(&operator.alerts(&channel, &to).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_dead_device_spoils_nothing_for_the_others() {
    let mut operator = Operator::impatient();
    let apple = operator.apple();
    let channel = operator.channel();
    let (stalled, broken) = (apple.new_device(), apple.new_device());
    apple.faults().at(&stalled, Breakage::Unprocessed(Break::Stall));
    apple.faults().at(&broken, Reason::InternalServerError);
    let mut to = many(100, || apns(&apple.new_device()));
    operator.alert(&*channel, &to[0]).await.unwrap();
    to.extend([apns(&stalled), apns(&broken)]);
    let fates = operator.alerts(&channel, &to).await;
    assert_eq!(fates[100..], [later("timeout", None), later("InternalServerError", None)]);
    all_taken(&fates[..100]);
}
