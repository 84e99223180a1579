//! What arrives, and that nothing else does.

use countersign::audit::Delivery;
use countersign_protocol::{
    audit::{entry, leaf_hash},
    wire::{
        admin::CreateTenant,
        audit_settings::ChangeAuditSettings,
        webhooks::{CreateWebhook, WebhookBodyType, WebhookFilter},
    },
};
use countersign_testkit::vendors::hook::Sent;
use std::time::Duration;

use super::receiver::{
    Receiver, body, by_itself, ids, numbered, recorded_ones, sentences, webhook_story,
};
use crate::{
    audit::{
        Log,
        cast::{record, record_many, said},
    },
    house::soon,
};

webhook_story! {
    async fn events_arrive_in_order_signed_and_with_what_their_leaves_are_the_hashes_of(receiver: Receiver) {
        let webhook = receiver.webhook("/siem").await;
        let secret = webhook.secret.clone().unwrap();
        record_many(&receiver.house, 0..250).await;
        receiver.deliver().await;
        let took = receiver.took("/siem");
        let told: Vec<_> = took.iter().map(|sent| sentences(sent).len()).collect();
        assert_eq!(told, [100, 100, 50]);
        assert_eq!(took.iter().flat_map(sentences).collect::<Vec<_>>(), numbered(0..250));
        let mut next = None;
        for sent in &took {
            assert_eq!(sent.header("content-type"), Some("application/json"));
            assert!(receiver.believes(&secret, sent));
            let told = body(sent);
            assert_eq!(told.kind, WebhookBodyType::Events);
            assert_eq!((told.data.msp_id, told.data.webhook_id), (receiver.house.msp, webhook.id));
            assert!(next.is_none_or(|next| told.data.from == next), "no position is left out");
            next = Some(told.data.through + 1);
            for told in told.data.items {
                let text = entry(told.recorded_at, told.event.get()).unwrap();
                assert_eq!(leaf_hash(&text), told.hash);
            }
        }
        let mut ids = ids(&took);
        ids.dedup();
        assert_eq!(ids.len(), 3);
        assert_eq!(receiver.shown(&webhook).await.delivered_through, next.unwrap().checked_sub(1));
        // Nothing else than what was signed is believed.
        let sent = took[0].clone();
        let mut bytes = sent.body.to_vec();
        *bytes.last_mut().unwrap() = b' ';
        let tampered = Sent { body: bytes.into(), ..sent.clone() };
        assert!(!receiver.believes(&secret, &tampered), "another body");
        let mut older = sent.clone();
        older.headers.insert("webhook-timestamp", "1700000000".parse().unwrap());
        assert!(!receiver.believes(&secret, &older), "another time");
        let mut renamed = sent.clone();
        renamed.headers.insert("webhook-id", "msg_1".parse().unwrap());
        assert!(!receiver.believes(&secret, &renamed), "another id");
        let other = receiver.webhook("/other").await.secret.unwrap();
        assert!(!receiver.believes(&other, &sent), "another secret");
        receiver.house.clock.advance(Duration::from_secs(600));
        assert!(!receiver.believes(&secret, &sent), "played back later");
    }
}

webhook_story! {
    by_itself,
    async fn what_is_recorded_arrives_by_itself(receiver: Receiver) {
        // What was decided before is recorded, and comes no more.
        receiver.house.flush().await;
        let filter = WebhookFilter { kinds: vec!["tenant_created".into()], ..Default::default() };
        receiver.webhook_for("/siem", filter).await;
        let names = ["Mill Lane", "Harbour", "Orchard"];
        for name in names {
            let asked = CreateTenant { name: name.into(), settings: Default::default() };
            receiver.house.admin.create_tenant(&asked).await.unwrap();
        }
        let mut told = Vec::new();
        while told.len() < names.len() {
            told.extend(sentences(&soon(receiver.hook.sent().next()).await.unwrap()));
        }
        receiver.deliver().await;
        let took: Vec<_> = receiver.took("/siem").iter().flat_map(sentences).collect();
        assert_eq!(took, told, "nothing came twice");
        assert!(took.iter().zip(names).all(|(told, name)| told.contains(name)), "{took:?}");
    }
}

webhook_story! {
    async fn a_filter_lets_through_what_meets_all_of_it(receiver: Receiver) {
        let house = &receiver.house;
        let (tenant, kinds) = (Some(house.tenant.id), recorded_ones().kinds);
        let asked = CreateTenant { name: "Mill Lane".into(), settings: Default::default() };
        let mill = house.admin.create_tenant(&asked).await.unwrap();
        house.flush().await;
        receiver.webhook_for("/all", WebhookFilter::default()).await;
        receiver.webhook_for("/bakery", WebhookFilter { tenant_id: tenant, ..recorded_ones() }).await;
        let outcome = Some("expired".to_owned());
        let filter = WebhookFilter { kinds, tenant_id: tenant, outcome };
        receiver.webhook_for("/expired", filter).await;
        let mut events: Vec<_> = (0..3).map(|number| said(house, format!("event {number}"))).collect();
        events[0].tenant = Some(mill.id);
        events[2].about.outcome = Some("expired".into());
        record(house, &events).await;
        receiver.deliver().await;
        let told = |path| receiver.took(path).iter().flat_map(sentences).collect::<Vec<_>>();
        let all = told("/all");
        assert!(numbered(0..3).iter().all(|event| all.contains(event)), "{all:?}");
        assert_eq!((told("/bakery"), told("/expired")), (numbered(1..3), numbered(2..3)));
    }
}

webhook_story! {
    async fn no_msp_is_sent_another_s_events(receiver: Receiver) {
        let house = &receiver.house;
        receiver.webhook_for("/ours", WebhookFilter::default()).await;
        let (rival, theirs) = house.another_msp().await;
        let url = format!("{}/theirs", receiver.hook.url());
        let asked = CreateWebhook { url, from: Some(0), ..CreateWebhook::default() };
        theirs.create_webhook(&asked).await.unwrap();
        record_many(house, 0..5).await;
        house.flush().await;
        receiver.deliver().await;
        let theirs = receiver.took("/theirs");
        assert!(!theirs.is_empty());
        for sent in theirs {
            let text = String::from_utf8(sent.body.to_vec()).unwrap();
            assert!(!text.contains(&house.msp.to_string()) && !text.contains("event 1"), "{text}");
            assert_eq!(body(&sent).data.msp_id, rival);
        }
        let ours = receiver.took("/ours");
        assert!(ours.iter().flat_map(sentences).any(|event| event == "event 1"));
        for sent in ours {
            let text = String::from_utf8(sent.body.to_vec()).unwrap();
            assert!(!text.contains(&rival.to_string()) && !text.contains("Rival"), "{text}");
            assert_eq!(body(&sent).data.msp_id, house.msp);
        }
    }
}

webhook_story! {
    async fn it_begins_where_it_is_told_to_and_goes_on_from_where_it_is_moved(receiver: Receiver) {
        record_many(&receiver.house, 0..3).await;
        let url = format!("{}/siem", receiver.hook.url());
        let asked = CreateWebhook { url, filter: recorded_ones(), from: Some(0), ..Default::default() };
        let webhook = receiver.house.admin.create_webhook(&asked).await.unwrap();
        assert_eq!(webhook.delivered_through, None);
        receiver.deliver().await;
        assert_eq!(receiver.took("/siem").iter().flat_map(sentences).collect::<Vec<_>>(), numbered(0..3));
        receiver.house.admin.move_webhook(webhook.id, 0).await.unwrap();
        receiver.deliver().await;
        let took = receiver.took("/siem");
        assert_eq!(sentences(took.last().unwrap()), numbered(0..3));
        assert_ne!(ids(&took)[0], *ids(&took).last().unwrap(), "on purpose: no duplicate");
    }
}

webhook_story! {
    async fn one_that_is_paused_is_sent_nothing_and_skips_nothing(receiver: Receiver) {
        let webhook = receiver.webhook("/siem").await;
        let paused = receiver.paused(&webhook, true);
        receiver.house.admin.change_webhook(webhook.id, &paused).await.unwrap();
        record_many(&receiver.house, 0..3).await;
        assert_eq!(receiver.deliver().await, []);
        let going = receiver.paused(&webhook, false);
        receiver.house.admin.change_webhook(webhook.id, &going).await.unwrap();
        receiver.deliver().await;
        assert_eq!(receiver.took("/siem").iter().flat_map(sentences).collect::<Vec<_>>(), numbered(0..3));
    }
}

webhook_story! {
    async fn what_was_pruned_before_it_could_be_sent_is_told(receiver: Receiver) {
        let house = &receiver.house;
        let webhook = receiver.webhook("/siem").await;
        house.admin.change_webhook(webhook.id, &receiver.paused(&webhook, true)).await.unwrap();
        record_many(house, 0..5).await;
        let days = ChangeAuditSettings { retention_days: Some(180), legal_hold: false };
        house.admin.set_audit_settings(&days).await.unwrap();
        house.flush().await;
        house.pass(Duration::from_secs(200 * 24 * 3600)).await;
        let retention = &house.node.audit.retention;
        assert_eq!(retention.request().await.unwrap(), 1);
        house.flush().await;
        retention.execute().await.unwrap();
        record_many(house, 5..7).await;
        house.admin.change_webhook(webhook.id, &receiver.paused(&webhook, false)).await.unwrap();
        let done = receiver.deliver().await;
        assert!(done.iter().all(|done| matches!(done, Delivery::Done { .. })), "{done:?}");
        let took = receiver.took("/siem");
        // Of each stretch: what the log has no text of any more.
        let log = Log::read(&house.place, house.msp).await;
        let missing = |sent: &Sent| {
            let told = body(sent).data;
            let there = log.entries.iter().filter(|entry| {
                u64::try_from(entry.position).is_ok_and(|at| (told.from..=told.through).contains(&at))
            });
            told.through + 1 - told.from - there.count() as u64
        };
        let (expected, pruned): (Vec<_>, Vec<_>) = took
            .iter()
            .map(|sent| (missing(sent), body(sent).data.pruned.unwrap_or(0)))
            .unzip();
        assert_eq!(pruned, expected);
        assert!(pruned.iter().sum::<u64>() >= 5, "{pruned:?}");
        assert_eq!(took.iter().flat_map(sentences).collect::<Vec<_>>(), numbered(5..7));
    }
}
