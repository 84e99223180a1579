//! What admins do with webhooks, and what is on record of it.

use std::time::Duration;

use countersign::domain::Entity;
use countersign_client::{Paging, Request};
use countersign_protocol::{
    ProblemCode,
    wire::webhooks::{CreateWebhook, Webhook, WebhookBodyType, WebhookFilter, WebhookState},
};
use serde_json::json;

use super::receiver::{Receiver, body, webhook_story};
use crate::{audit::cast::record_many, house::code_of, refusal::refusal};

/// The sentences about a webhook, in the order of its versions.
async fn on_record(receiver: &Receiver, webhook: &Webhook) -> Vec<String> {
    let events = receiver.house.events().await.into_iter();
    let of_it = events.filter(|event| event.entity == Entity::Webhook(webhook.id));
    let mut changes: Vec<_> = of_it.filter(|event| event.version > 0).collect();
    changes.sort_by_key(|event| event.version);
    let versions: Vec<_> = changes.iter().map(|event| event.version).collect();
    assert_eq!(versions, (1..).take(changes.len()).collect::<Vec<_>>());
    changes.into_iter().map(|event| event.sentence).collect()
}

webhook_story! {
    async fn a_secret_is_shown_once_and_the_old_one_signs_for_a_while(receiver: Receiver) {
        let (webhook, admin) = (receiver.webhook("/siem").await, &receiver.house.admin);
        let first = webhook.secret.clone().unwrap();
        assert!(first.starts_with("whsec_"));
        assert_eq!(receiver.shown(&webhook).await.secret, None);
        let listed = admin.webhooks(&Paging::default()).await.unwrap().items;
        assert!(listed.iter().all(|listed| listed.secret.is_none()) && listed.len() == 1);
        let rotated = admin.rotate_webhook_secret(webhook.id, 3600).await.unwrap();
        let second = rotated.secret.unwrap();
        assert!(rotated.old_secret_until.is_some() && second != first);
        let last = async |number: usize| {
            record_many(&receiver.house, number..number + 1).await;
            receiver.deliver().await;
            let sent = receiver.took("/siem").pop().unwrap();
            [&first, &second].map(|secret| receiver.believes(secret, &sent))
        };
        assert_eq!(last(0).await, [true, true]);
        receiver.house.clock.advance(Duration::from_secs(3601));
        assert_eq!(last(1).await, [false, true]);
        assert_eq!(receiver.shown(&webhook).await.old_secret_until, None);
        // One that leaked signs no more at once.
        let third = admin.rotate_webhook_secret(webhook.id, 0).await.unwrap().secret.unwrap();
        assert_eq!(last(2).await, [false, false]);
        assert!(receiver.believes(&third, &receiver.took("/siem").pop().unwrap()));
        let too_long = admin.rotate_webhook_secret(webhook.id, 604_801).await;
        assert_eq!(code_of(too_long), Some(ProblemCode::InvalidRequest));
        // Of two at once, one is the second, or finds that somebody was faster.
        let both = tokio::join!(
            admin.rotate_webhook_secret(webhook.id, 60),
            admin.rotate_webhook_secret(webhook.id, 60)
        );
        for one in [both.0, both.1] {
            assert!(matches!(code_of(one), None | Some(ProblemCode::Conflict)));
        }
        for event in receiver.house.events().await {
            let text = serde_json::to_string(&event).unwrap();
            assert!(![&first, &second, &third].iter().any(|secret| text.contains(&secret[6..])));
        }
    }
}

webhook_story! {
    |settings| settings.audit.webhooks.most = 2,
    async fn an_msp_has_no_more_than_it_may(receiver: Receiver) {
        let admin = &receiver.house.admin;
        let asked = CreateWebhook { url: "https://siem.example.com/".into(), ..Default::default() };
        let made = tokio::join!(
            admin.create_webhook(&asked),
            admin.create_webhook(&asked),
            admin.create_webhook(&asked)
        );
        let made = [made.0, made.1, made.2];
        let codes: Vec<_> = made.iter().filter_map(|made| made.as_ref().err()?.code()).collect();
        assert_eq!(codes, [ProblemCode::Conflict]);
        let one = made.iter().flatten().next().unwrap().id;
        admin.remove_webhook(one).await.unwrap();
        admin.create_webhook(&asked).await.unwrap();
        assert_eq!(code_of(admin.create_webhook(&asked).await), Some(ProblemCode::Conflict));
    }
}

webhook_story! {
    async fn every_change_is_on_record(receiver: Receiver) {
        let (webhook, admin) = (receiver.webhook("/siem?key=hidden").await, &receiver.house.admin);
        admin.change_webhook(webhook.id, &receiver.paused(&webhook, true)).await.unwrap();
        admin.rotate_webhook_secret(webhook.id, 0).await.unwrap();
        admin.move_webhook(webhook.id, 1).await.unwrap();
        admin.remove_webhook(webhook.id).await.unwrap();
        admin.remove_webhook(webhook.id).await.unwrap();
        let told = on_record(&receiver, &webhook).await;
        let from = webhook.delivered_through.map_or(0, |through| through + 1);
        assert_eq!(told, [
            format!("the webhook localhost was made: it is sent the audit log from {from} on"),
            "the webhook localhost was changed, and is paused".to_owned(),
            "the webhook localhost was given a new secret".to_owned(),
            format!("the webhook localhost goes on from 1, and was at {from}"),
            "the webhook localhost was removed".to_owned(),
        ]);
        for event in receiver.house.events().await {
            assert!(!serde_json::to_string(&event).unwrap().contains("hidden"));
        }
        let shown = receiver.shown(&webhook).await;
        assert_eq!(shown.state, WebhookState::Removed);
        record_many(&receiver.house, 0..1).await;
        assert_eq!(receiver.deliver().await, []);
        for refused in [
            code_of(admin.change_webhook(webhook.id, &receiver.paused(&webhook, false)).await),
            code_of(admin.rotate_webhook_secret(webhook.id, 0).await),
            code_of(admin.move_webhook(webhook.id, 0).await),
            code_of(admin.test_webhook(webhook.id).await),
        ] {
            assert_eq!(refused, Some(ProblemCode::Conflict));
        }
    }
}

webhook_story! {
    async fn what_is_no_webhook_is_refused_by_its_name(receiver: Receiver) {
        let admin = &receiver.house.admin;
        let url = "https://siem.example.com/";
        let (_, theirs) = receiver.house.another_msp().await;
        let foreign = receiver.house.tenant.id;
        for (asked, name) in [
            (json!({ "url": url, "from": 1_000_000 }), "from"),
            (json!({ "url": url, "from": -1 }), "from"),
            (json!({ "url": url, "description": "a\nb" }), "description"),
            (json!({ "url": url, "filter": { "kinds": ["Login"] } }), "kind"),
            (json!({ "url": url, "filter": { "outcome": "" } }), "outcome"),
            (json!({ "url": url, "filter": { "tenant_id": receiver.house.msp } }), "tenant_id"),
        ] {
            let asked = Request::post("/admin/v1/audit/webhooks").json(&asked);
            let detail = refusal(&admin.send(asked).await.unwrap(), ProblemCode::InvalidRequest);
            assert!(detail.contains(name), "{name}: {detail}");
        }
        let filter = WebhookFilter { tenant_id: Some(foreign), ..WebhookFilter::default() };
        let asked = CreateWebhook { url: url.into(), filter, ..CreateWebhook::default() };
        assert_eq!(code_of(theirs.create_webhook(&asked).await), Some(ProblemCode::InvalidRequest));
    }
}

webhook_story! {
    async fn a_test_is_a_request_like_every_other(receiver: Receiver) {
        let (webhook, admin) = (receiver.webhook("/siem").await, &receiver.house.admin);
        admin.change_webhook(webhook.id, &receiver.paused(&webhook, true)).await.unwrap();
        let attempt = admin.test_webhook(webhook.id).await.unwrap();
        assert_eq!((attempt.delivered, attempt.outcome.as_str()), (true, "http_204"));
        let sent = receiver.took("/siem").pop().unwrap();
        assert!(receiver.believes(&webhook.secret.unwrap(), &sent));
        let told = body(&sent);
        assert_eq!((told.kind, told.data.items.len()), (WebhookBodyType::Test, 0));
        let refused = async {
            for _ in 0..40 {
                if let Some(code) = code_of(admin.test_webhook(webhook.id).await) {
                    return code;
                }
            }
            ProblemCode::Unknown
        };
        assert_eq!(refused.await, ProblemCode::TooManyRequests);
    }
}
