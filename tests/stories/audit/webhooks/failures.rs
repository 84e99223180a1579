//! A server that fails, in every way: nothing is lost, nothing is out of order, and what is news is told.

use std::time::Duration;

use countersign::{
    audit::{Delivery, Observe, Webhooks},
    domain::{Event, Fact},
};
use countersign_client::Paging;
use countersign_protocol::{
    EventId, ProblemCode,
    wire::{
        admin::CreateTenant,
        webhooks::{CreateWebhook, WebhookFilter, WebhookState},
    },
};
use countersign_testkit::vendors::{Answer, Break, Fault};
use reqwest::StatusCode;

use super::receiver::{Receiver, by_itself, ids, numbered, sentences, webhook_story};
use crate::{
    audit::{
        Log,
        cast::{record_many, said},
    },
    house::{House, code_of, soon},
};

const HOUR: Duration = Duration::from_secs(3600);

fn status(code: u16) -> Answer {
    Answer::empty(StatusCode::from_u16(code).unwrap())
}

/// How often the log says each of these of webhooks, once it says all of them and whatever was observed by then.
pub(super) async fn told(house: &House, kinds: &[&str]) -> Vec<usize> {
    let recorded = async |id: Option<EventId>| loop {
        let log = Log::flushed(house).await;
        let count = |kind: &&str| {
            log.entries.iter().filter(|entry| entry.event.fact.word() == *kind).count()
        };
        let counts: Vec<_> = kinds.iter().map(count).collect();
        let there = id.is_none_or(|id| log.entries.iter().any(|entry| entry.event.id == id));
        if there && counts.iter().all(|count| *count > 0) {
            return counts;
        }
        tokio::task::yield_now().await;
    };
    soon(recorded(None)).await;
    // Observations are recorded in their order: this one is behind all of them.
    let [method, route, code] = ["GET", "/", "unauthorized"].map(str::to_owned);
    let last =
        Event { fact: Fact::RequestRefused { method, route, code }, ..said(house, "the last one") };
    let id = last.id;
    house.node.audit.observer.observe(last);
    soon(recorded(Some(id))).await
}

webhook_story! {
    async fn it_is_tried_again_with_the_same_id_and_the_same_end(receiver: Receiver) {
        let webhook = receiver.webhook("/siem").await;
        record_many(&receiver.house, 0..3).await;
        // It takes the request, and its answer is lost.
        receiver.hook.faults().next(1, Fault::Unanswered(Break::ResetConnection));
        let failed = receiver.deliver().await;
        assert!(matches!(failed[..], [Delivery::Failed(_)]), "{failed:?}");
        let shown = receiver.shown(&webhook).await;
        assert_eq!((shown.attempts, shown.last_error.as_deref()), (1, Some("connection")));
        assert!(shown.failing_since.is_some() && shown.next_attempt_at.is_some());
        record_many(&receiver.house, 3..5).await;
        assert_eq!(receiver.deliver().await, [], "it is left alone for a while");
        receiver.house.clock.advance(Duration::from_secs(6));
        receiver.deliver().await;
        let took = receiver.took("/siem");
        let told: Vec<_> = took.iter().map(sentences).collect();
        assert_eq!(told, [numbered(0..3), numbered(0..3), numbered(3..5)]);
        assert_eq!(took[0].body, took[1].body, "to the byte");
        let ids = ids(&took);
        assert!(ids[0] == ids[1] && ids[1] != ids[2], "{ids:?}");
        let secret = webhook.secret.unwrap();
        assert!(took.iter().all(|sent| receiver.believes(&secret, sent)));
        let shown = receiver.house.admin.webhook(webhook.id).await.unwrap();
        assert_eq!((shown.attempts, shown.failing_since, shown.last_error), (0, None, None));
    }
}

webhook_story! {
    |settings| settings.audit.calls.timeout_ms = 300,
    async fn a_server_that_does_not_answer_or_leads_elsewhere_has_not_taken_it(receiver: Receiver) {
        let webhook = receiver.webhook("/siem").await;
        record_many(&receiver.house, 0..1).await;
        let elsewhere = format!("{}/elsewhere", receiver.hook.url());
        let redirect = status(302).with(reqwest::header::LOCATION, &elsewhere);
        let faults = [
            (Fault::Unprocessed(Break::Stall), "timeout"),
            (redirect.into(), "http_302"),
            (status(400).into(), "http_400"),
            (status(500).into(), "http_500"),
        ];
        for (fault, word) in faults {
            receiver.hook.faults().next(1, fault);
            let failed = receiver.deliver().await;
            assert!(matches!(failed[..], [Delivery::Failed(_)]), "{failed:?}");
            assert_eq!(receiver.shown(&webhook).await.last_error.as_deref(), Some(word));
            receiver.house.clock.advance(HOUR);
        }
        receiver.deliver().await;
        assert_eq!(receiver.took("/siem").len(), 1);
        assert_eq!(receiver.took("/elsewhere").len(), 0);
    }
}

webhook_story! {
    async fn a_server_says_when_it_wants_to_hear_again(receiver: Receiver) {
        receiver.webhook("/siem").await;
        record_many(&receiver.house, 0..1).await;
        receiver.hook.faults().next(1, status(429).retry_after(Duration::from_secs(600)));
        receiver.deliver().await;
        receiver.house.clock.advance(Duration::from_secs(590));
        assert_eq!(receiver.deliver().await, []);
        receiver.house.clock.advance(Duration::from_secs(11));
        let (before, delivered) = (receiver.took("/siem"), receiver.deliver().await);
        // More than one where the log grew meanwhile by what is not for it.
        assert!(matches!(delivered[..], [Delivery::Done { .. }, ..]), "{delivered:?}");
        let took = receiver.took("/siem");
        assert_eq!((before.len(), took.len()), (0, 1), "{took:?}");
    }
}

webhook_story! {
    async fn one_that_is_gone_is_sent_nothing_until_an_admin_says_so(receiver: Receiver) {
        let webhook = receiver.webhook("/siem").await;
        record_many(&receiver.house, 0..1).await;
        receiver.hook.faults().next(1, status(410));
        assert_eq!(receiver.deliver().await, [Delivery::Gone]);
        let shown = receiver.shown(&webhook).await;
        assert_eq!((shown.state, shown.version), (WebhookState::Gone, 2));
        receiver.house.clock.advance(HOUR * 24);
        record_many(&receiver.house, 1..2).await;
        assert_eq!(receiver.deliver().await, []);
        assert_eq!(told(&receiver.house, &["webhook_gone"]).await, [1]);
        let going = receiver.paused(&webhook, false);
        receiver.house.admin.change_webhook(webhook.id, &going).await.unwrap();
        receiver.deliver().await;
        let told: Vec<_> = receiver.took("/siem").iter().flat_map(sentences).collect();
        assert_eq!(told, numbered(0..2));
    }
}

webhook_story! {
    async fn a_batch_that_fails_for_too_long_is_a_dead_letter_and_can_be_sent_once_more(receiver: Receiver) {
        let (webhook, admin) = (receiver.webhook("/siem").await, &receiver.house.admin);
        record_many(&receiver.house, 0..2).await;
        receiver.hook.faults().at("/siem", status(500));
        receiver.deliver().await;
        record_many(&receiver.house, 2..4).await;
        receiver.house.clock.advance(HOUR * 72 - Duration::from_secs(60));
        assert!(matches!(receiver.deliver().await[..], [Delivery::Failed(_)]));
        receiver.house.clock.advance(HOUR);
        assert_eq!(receiver.deliver().await, [Delivery::GivenUp]);
        let letters = admin.webhook_dead_letters(webhook.id, &Paging::default()).await.unwrap().items;
        let [letter] = &letters[..] else { panic!("{letters:?}") };
        assert_eq!((letter.attempts, letter.reason.as_str()), (3, "http_500"));
        assert_eq!(letter.redelivered_at, None);
        // The webhook goes on without it.
        receiver.hook.faults().clear();
        receiver.house.clock.advance(HOUR);
        receiver.deliver().await;
        let took = receiver.took("/siem");
        assert_eq!(took.iter().flat_map(sentences).collect::<Vec<_>>(), numbered(2..4));
        assert_eq!(told(&receiver.house, &["webhook_failing", "webhook_recovered", "webhook_given_up"]).await, [1, 1, 1]);
        // Once more: in vain, and then not, also when it is asked twice at once.
        receiver.hook.faults().at("/siem", status(503));
        let attempt = admin.redeliver(webhook.id, letter.id).await.unwrap();
        assert_eq!((attempt.delivered, attempt.outcome.as_str()), (false, "http_503"));
        receiver.hook.faults().clear();
        let both = tokio::join!(admin.redeliver(webhook.id, letter.id), admin.redeliver(webhook.id, letter.id));
        let one = [both.0, both.1].into_iter().filter(|one| one.as_ref().is_ok_and(|one| one.delivered));
        assert!(one.count() >= 1);
        let again = receiver.took("/siem").split_off(took.len());
        assert!(again.iter().all(|sent| sentences(sent) == numbered(0..2)), "{again:?}");
        assert_eq!(ids(&again)[0], format!("msg_{}", letter.id.0.simple()));
        let refused = code_of(admin.redeliver(webhook.id, letter.id).await);
        assert_eq!(refused, Some(ProblemCode::Conflict));
        assert_eq!(told(&receiver.house, &["webhook_redelivered"]).await, [1]);
    }
}

webhook_story! {
    async fn it_is_told_once_that_it_fails_and_once_that_it_recovered(receiver: Receiver) {
        receiver.webhook_for("/siem", Default::default()).await;
        receiver.house.flush().await;
        receiver.hook.faults().at("/siem", status(500));
        for _ in 0..12 {
            receiver.deliver().await;
            receiver.house.clock.advance(HOUR);
        }
        assert_eq!(told(&receiver.house, &["webhook_failing"]).await, [1]);
        receiver.hook.faults().clear();
        receiver.deliver().await;
        assert_eq!(told(&receiver.house, &["webhook_failing", "webhook_recovered"]).await, [1, 1]);
        // What is told is delivered, and that is the end of it.
        receiver.deliver().await;
        let size = Log::flushed(&receiver.house).await.size;
        receiver.deliver().await;
        assert_eq!(Log::flushed(&receiver.house).await.size, size);
    }
}

webhook_story! {
    |settings| { by_itself(settings); settings.audit.calls.timeout_ms = 60_000; },
    async fn a_server_that_keeps_its_caller_waiting_delays_nobody_else(receiver: Receiver) {
        receiver.webhook("/wedged").await;
        receiver.webhook("/siem").await;
        receiver.hook.faults().at("/wedged", Fault::Unprocessed(Break::Stall));
        for number in 0..3 {
            record_many(&receiver.house, number..number + 1).await;
            receiver.house.node.audit.webhooks.look();
            let sent = soon(receiver.hook.sent().next()).await.unwrap();
            assert_eq!((sent.path.as_str(), sentences(&sent)), ("/siem", numbered(number..number + 1)));
        }
    }
}

webhook_story! {
    |settings| {
        by_itself(settings);
        settings.audit.calls.timeout_ms = 60_000;
        settings.audit.webhooks.most = 100;
    },
    async fn all_that_one_msp_s_servers_keep_waiting_delay_no_other_msp(receiver: Receiver) {
        let (house, hook) = (&receiver.house, &receiver.hook);
        let (_, theirs) = house.another_msp().await;
        house.flush().await;
        let filter = WebhookFilter { kinds: vec!["tenant_created".into()], ..WebhookFilter::default() };
        let url = format!("{}/theirs", hook.url());
        theirs.create_webhook(&CreateWebhook { url, filter, ..Default::default() }).await.unwrap();
        for number in 0..Webhooks::AT_ONCE + 2 {
            let path = format!("/wedged/{number}");
            hook.faults().at(&path, Fault::Unanswered(Break::Stall));
            receiver.webhook(&path).await;
        }
        record_many(house, 0..1).await;
        house.node.audit.webhooks.look();
        for _ in 0..Webhooks::AT_ONCE_OF_ONE {
            let sent = soon(hook.sent().next()).await.unwrap();
            assert!(sent.path.starts_with("/wedged/"), "{}", sent.path);
        }
        let asked = CreateTenant { name: "Orchard".into(), settings: Default::default() };
        theirs.create_tenant(&asked).await.unwrap();
        let sent = soon(hook.sent().next()).await.unwrap();
        assert_eq!(sent.path, "/theirs");
        assert!(sentences(&sent)[0].contains("Orchard"));
    }
}
