//! Webhooks: an msp's own server is sent its log, signed, in order, whatever fails in between.

mod admins;
mod damaged;
mod deliveries;
mod failures;
mod inside;
mod nodes;
mod outside;
mod receiver;

use countersign::{
    domain::Standing,
    store::audit::webhooks::{self, Letter},
};
use countersign_client::Admin;
use countersign_protocol::{
    BatchId, MspId, WebhookId,
    wire::webhooks::{CreateWebhook, WebhookFilter},
};

use crate::house::House;

/// A webhook of this msp that has a dead letter.
pub async fn with_a_letter(house: &House, msp: MspId, admin: &Admin) -> (WebhookId, BatchId) {
    let url = "https://siem.example.com/".to_owned();
    let asked = CreateWebhook { url, ..CreateWebhook::default() };
    let webhook = admin.create_webhook(&asked).await.unwrap().id;
    let context = &house.node.context;
    let now = context.now();
    let letter = Letter {
        id: context.id(now),
        webhook,
        msp,
        from: 0,
        through: 0,
        filter: WebhookFilter::default(),
        attempts: 1,
        reason: "http_500".to_owned(),
        first_tried_at: now,
        given_up_at: now,
    };
    let claim = context.id(now);
    let mut across = context.store.across().await.unwrap();
    let claimed = webhooks::claim(&mut across, webhook, claim, (now, now)).await.unwrap().unwrap();
    drop(across);
    let standing = Standing { due_at: now, ..claimed.standing };
    let key = (webhook, claim);
    assert!(webhooks::give_up(&context.store, key, &standing, &letter).await.unwrap());
    (webhook, letter.id)
}
