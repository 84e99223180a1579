//! What Google answers.

use std::time::Duration;

use countersign::push::Trouble;
use countersign_testkit::vendors::{Answer, google::ErrorCode};
use reqwest::StatusCode;

use crate::setup::{Operator, fcm, gone, later, never, ours, suspicious};

#[tokio::test]
async fn each_of_fcm_s_codes_has_its_meaning() {
    let mut operator = Operator::new();
    let google = operator.google();
    let (channel, to) = (operator.channel(), fcm(&google.new_device()));
    for (code, meaning) in [
        (ErrorCode::InvalidArgument, never("INVALID_ARGUMENT")),
        (ErrorCode::Unregistered, gone("UNREGISTERED", None)),
        (ErrorCode::SenderIdMismatch, suspicious("SENDER_ID_MISMATCH")),
        (ErrorCode::ThirdPartyAuthError, ours("THIRD_PARTY_AUTH_ERROR")),
        (ErrorCode::QuotaExceeded, later("QUOTA_EXCEEDED", Some(60))),
        (ErrorCode::Unavailable, later("UNAVAILABLE", None)),
        (ErrorCode::Internal, later("INTERNAL", None)),
    ] {
        google.faults().next(1, code);
        assert_eq!(operator.alert(&*channel, &to).await, meaning);
        operator.alert(&*channel, &to).await.unwrap();
        assert_eq!(channel.trouble(), None);
    }
    assert_eq!(google.access_tokens(), 1);
}

#[tokio::test]
async fn a_quota_says_how_long_it_wants_to_be_left_alone() {
    let mut operator = Operator::new();
    let google = operator.google();
    let (channel, to) = (operator.channel(), fcm(&google.new_device()));
    let pause = Duration::from_secs(7);
    google.faults().next(1, ErrorCode::QuotaExceeded.answer().retry_after(pause));
    assert_eq!(operator.alert(&*channel, &to).await, later("QUOTA_EXCEEDED", Some(7)));
    google.faults().next(1, Answer::empty(StatusCode::TOO_MANY_REQUESTS).retry_after(pause));
    assert_eq!(operator.alert(&*channel, &to).await, later("http_429", Some(7)));
}

#[tokio::test]
async fn a_token_that_google_never_made_is_suspicious() {
    let mut operator = Operator::new();
    let _google = operator.google();
    let channel = operator.channel();
    let fate = operator.alert(&*channel, &fcm("a-token-that-nobody-made")).await;
    assert_eq!(fate, suspicious("INVALID_ARGUMENT"));
}

#[tokio::test]
async fn a_refusal_of_the_project_is_our_own_trouble() {
    let mut operator = Operator::new();
    let google = operator.google();
    let (channel, to) = (operator.channel(), fcm(&google.new_device()));
    for (status, reason) in [
        (StatusCode::FORBIDDEN, "http_403"),
        (StatusCode::NOT_FOUND, "http_404"),
        (StatusCode::UNAUTHORIZED, "http_401"),
    ] {
        google.faults().next(2, Answer::empty(status));
        assert_eq!(operator.alert(&*channel, &to).await, ours(reason));
        assert_eq!(channel.trouble(), Some(Trouble::Refused(reason.to_owned())));
        google.faults().clear();
    }
    operator.alert(&*channel, &to).await.unwrap();
    assert_eq!(channel.trouble(), None);
}

#[tokio::test]
async fn a_token_endpoint_that_is_down_is_asked_again_later() {
    let mut operator = Operator::new();
    let google = operator.google();
    let (channel, to) = (operator.channel(), fcm(&google.new_device()));
    let busy = Answer::empty(StatusCode::SERVICE_UNAVAILABLE).retry_after(Duration::from_secs(9));
    google.token_faults().next(1, busy);
    assert_eq!(operator.alert(&*channel, &to).await, later("http_503", Some(9)));
    assert_eq!(channel.trouble(), None);
    operator.alert(&*channel, &to).await.unwrap();
}
