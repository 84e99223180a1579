//! What a check tells, step by step.

use countersign::push::Step;
use countersign_testkit::vendors::Reach;

use crate::setup::{Operator, apns, fcm, web_push};

/// The steps' names, and whether the last went well.
fn told(steps: &[Step]) -> (Vec<&str>, Option<&str>) {
    let names = steps.iter().map(|(name, _)| name.as_str()).collect();
    let failures: Vec<_> = steps.iter().filter_map(|(_, told)| told.as_ref().err()).collect();
    assert!(failures.len() < 2 && steps.iter().rev().skip(1).all(|(_, told)| told.is_ok()));
    (names, failures.first().map(|why| why.as_str()))
}

const ALL: [&str; 4] = ["keys", "token", "connection", "answer"];

#[tokio::test]
async fn a_check_sends_a_test_and_tells_each_step() {
    let mut operator = Operator::new();
    let (apple, google, service) = (operator.apple(), operator.google(), operator.push_service());
    let to = [apns(&apple.new_device()), fcm(&google.new_device()), web_push(&service.subscribe())];
    for (channel, to) in operator.channels().iter().zip(&to) {
        let steps = channel.check(to, operator.now()).await;
        assert_eq!(told(&steps), (ALL.to_vec(), None), "{steps:?}");
    }
    let apple = apple.deliveries().next().await.unwrap().payload;
    assert_eq!(
        (&apple["kind"], &apple["aps"]["alert"]["title"]),
        (&"test".into(), &"Notifications arrive".into())
    );
    assert_eq!(google.deliveries().next().await.unwrap().data["kind"], "test");
    assert!(service.deliveries().next().await.unwrap().plaintext.is_ok());
}

#[tokio::test]
async fn a_check_ends_with_the_step_that_failed() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let channel = operator.channel();
    let device = apple.new_device();
    apple.unregister(&device, operator.hand.now());
    let steps = channel.check(&apns(&device), operator.now()).await;
    assert_eq!(told(&steps), (ALL.to_vec(), Some("410: Unregistered")));
    apple.set_reach(Reach::Reset);
    let away = apple.url().replace("https://", "") + ": connection";
    let _ = channel.check(&apns(&device), operator.now()).await;
    let steps = channel.check(&apns(&device), operator.now()).await;
    assert_eq!(told(&steps), (ALL[..3].to_vec(), Some(away.as_str())));
    operator.settings.apns.key_file = Some("/nowhere/AuthKey.p8".into());
    let steps = operator.channel().check(&apns(&device), operator.now()).await;
    let (names, why) = told(&steps);
    assert_eq!(names, ["keys"]);
    assert!(why.unwrap().contains("/nowhere/AuthKey.p8"));
}

#[tokio::test]
async fn a_check_names_whom_google_gave_no_token() {
    let mut operator = Operator::new();
    let google = operator.google();
    google.set_reach(Reach::Reset);
    let steps = operator.channel().check(&fcm(&google.new_device()), operator.now()).await;
    let away = google.url().replace("https://", "") + ": connection";
    assert_eq!(told(&steps), (ALL[..2].to_vec(), Some(away.as_str())));
}
