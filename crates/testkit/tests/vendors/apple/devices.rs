use std::time::UNIX_EPOCH;

use countersign_testkit::vendors::Clock;
use countersign_testkit::vendors::apple::Apple;

use super::Sender;
use super::sender::{refused, taken};
use crate::client::Reply;

#[tokio::test]
async fn a_token_that_is_not_known_is_bad() {
    let sender = Sender::start();
    refused(sender.request_to(&"ab".repeat(32)), 400, "BadDeviceToken").await;
    refused(sender.request_to("not-hexadecimal"), 400, "BadDeviceToken").await;
}

#[tokio::test]
async fn a_token_of_the_other_environment_is_bad() {
    let sender = Sender::start();
    let (account, authority) = (sender.apple.account().clone(), sender.apple.authority().clone());
    let sandbox = Apple::start_with(account, authority, Clock::system());
    refused(sender.request_to(&sandbox.new_device()), 400, "BadDeviceToken").await;
}

#[tokio::test]
async fn a_token_of_another_app_is_not_for_the_topic() {
    let sender = Sender::start();
    sender.apple.register_for(&sender.device, "dev.another.app");
    refused(sender.request(), 400, "DeviceTokenNotForTopic").await;
}

#[tokio::test]
async fn a_dead_token_is_gone_since_then() {
    let sender = Sender::start();
    let since = sender.hand.now();
    let stamp = u64::try_from(since.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    sender.apple.unregister(&sender.device, since);
    let reply = Reply::to(sender.request()).await;
    assert_eq!((reply.status, &reply.body["reason"]), (410, &"Unregistered".into()));
    assert_eq!(reply.body["timestamp"], stamp);

    sender.apple.expire(&sender.device, since);
    let reply = Reply::to(sender.request()).await;
    assert_eq!((reply.status, &reply.body["reason"]), (410, &"ExpiredToken".into()));
    assert_eq!(reply.body["timestamp"], stamp);

    sender.apple.register(&sender.device);
    taken(sender.request()).await;
}
