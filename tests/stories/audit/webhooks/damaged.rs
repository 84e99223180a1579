//! What of the log can't be read, and a secret that can't be opened: a webhook that fails, and is told as one.

use std::time::Duration;

use countersign::audit::Delivery;
use countersign_client::Paging;

use super::{
    failures::told,
    receiver::{Receiver, numbered, sentences, webhook_story},
};
use crate::audit::{
    Log,
    attack::{behind, without_triggers},
    cast::record_many,
};

const HOUR: Duration = Duration::from_secs(3600);

/// Tries until it is told that it fails: three times.
async fn fails(
    receiver: &Receiver,
    webhook: &countersign_protocol::wire::webhooks::Webhook,
    why: &str,
) {
    for attempts in 1..=3 {
        let done = receiver.deliver().await;
        assert!(matches!(done.last(), Some(Delivery::Failed(_))), "{done:?}");
        let shown = receiver.shown(webhook).await;
        assert_eq!((shown.attempts, shown.last_error.as_deref()), (attempts, Some(why)));
        receiver.house.clock.advance(HOUR);
    }
    assert_eq!(told(&receiver.house, &["webhook_failing"]).await, [1]);
}

webhook_story! {
    async fn an_entry_that_can_t_be_read_becomes_a_dead_letter_and_holds_up_the_others_no_longer(receiver: Receiver) {
        let (house, webhook) = (&receiver.house, receiver.webhook("/siem").await);
        record_many(house, 0..3).await;
        let log = Log::read(&house.place, house.msp).await;
        let mut entries = log.entries.iter();
        let damaged = entries.find(|entry| entry.event.sentence == "event 1").unwrap().position;
        without_triggers(house).await;
        let leaf = format!("FROM audit_leaves WHERE msp = {{msp}} AND position = {damaged}");
        behind(house, &format!("CREATE TABLE taken AS SELECT * {leaf}; DELETE {leaf}")).await;
        fails(&receiver, &webhook, "unreadable_log").await;
        let took = || receiver.took("/siem").iter().flat_map(sentences).collect::<Vec<_>>();
        assert_eq!(took(), numbered(0..1), "what stands in front of it arrived");
        house.clock.advance(HOUR * 72);
        assert_eq!(receiver.deliver().await, [Delivery::GivenUp]);
        let letters = house.admin.webhook_dead_letters(webhook.id, &Paging::default()).await.unwrap().items;
        let [letter] = &letters[..] else { panic!("{letters:?}") };
        let damaged = u64::try_from(damaged).unwrap();
        assert_eq!((letter.from, letter.through, letter.reason.as_str()), (damaged, damaged, "unreadable_log"));
        house.clock.advance(HOUR);
        receiver.deliver().await;
        assert_eq!(took(), [numbered(0..1), numbered(2..3)].concat());
        assert_eq!(told(house, &["webhook_given_up", "webhook_recovered"]).await, [1, 1]);
        // The letter can be sent once the log was mended.
        let attempt = house.admin.redeliver(webhook.id, letter.id).await.unwrap();
        assert_eq!((attempt.delivered, attempt.outcome.as_str()), (false, "unreadable_log"));
        behind(house, "INSERT INTO audit_leaves SELECT * FROM taken").await;
        assert!(house.admin.redeliver(webhook.id, letter.id).await.unwrap().delivered);
        assert_eq!(took().last(), numbered(1..2).last());
    }
}

webhook_story! {
    async fn a_secret_that_can_t_be_opened_is_a_failure_until_it_can(receiver: Receiver) {
        let (house, webhook) = (&receiver.house, receiver.webhook("/siem").await);
        record_many(house, 0..1).await;
        behind(house, "CREATE TABLE taken AS SELECT id, sealed FROM audit_webhooks").await;
        behind(house, "UPDATE audit_webhooks SET sealed = substr(sealed, 1, 20)").await;
        fails(&receiver, &webhook, "secret").await;
        let tested = house.admin.test_webhook(webhook.id).await.unwrap();
        assert_eq!((tested.delivered, tested.outcome.as_str()), (false, "secret"));
        assert_eq!(receiver.hook.sent().len(), 0, "nothing leaves unsigned");
        let mended = "UPDATE audit_webhooks SET sealed = (SELECT sealed FROM taken WHERE taken.id = audit_webhooks.id)";
        behind(house, mended).await;
        receiver.deliver().await;
        assert_eq!(receiver.took("/siem").iter().flat_map(sentences).collect::<Vec<_>>(), numbered(0..1));
        assert_eq!(told(house, &["webhook_recovered"]).await, [1]);
    }
}
