//! What becomes of a webhook.

use std::time::Duration;

use countersign_protocol::{
    ProblemCode, WebhookId,
    wire::webhooks::{ChangeWebhook, MoveWebhook, RotateWebhookSecret, Webhook, WebhookState},
};

use super::{
    create::{checked, of_a_tenant, position},
    read::standing,
};
use crate::{
    auth::WebhookSecret,
    domain::{Entity, Fact, Failure, Refusal},
    flows::{AdminCaller, Context},
    store::{
        Tx,
        audit::webhooks::{self, Sealed, StoredWebhook},
    },
};

/// The longest that an old secret signs too: a week.
const LONGEST_OVERLAP_S: u32 = 604_800;

/// Replaces what a webhook is, as a whole. A batch that was under way begins anew.
///
/// # Errors
/// `invalid_request`; `not_found`; `conflict` for one that was removed, or that others changed at the same time; or
/// that the database does not answer.
pub async fn change(
    ctx: &Context,
    caller: AdminCaller,
    webhook: WebhookId,
    asked: ChangeWebhook,
) -> Result<Webhook, Failure> {
    let ChangeWebhook { url, description, filter, paused } = asked;
    let state = if paused { WebhookState::Paused } else { WebhookState::Active };
    let (host, changed) = checked(ctx, url, description, &filter, state)?;
    let step = ctx.moment(caller.scope, caller.actor());
    let shown = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let present = standing(&mut tx, webhook).await?;
                of_a_tenant(&mut tx, &changed.filter).await?;
                let version = webhooks::change(&mut tx, &present, &changed, step.now()).await?;
                let version = version.ok_or_else(meanwhile)?;
                let what = if paused { "changed, and is paused" } else { "changed" };
                let sentence = format!("the webhook {host} was {what}");
                let fact = Fact::WebhookChanged { host, filter: changed.filter, paused };
                let shown = shown(&mut tx, webhook, step.now()).await?;
                let event = step.event(Entity::Webhook(webhook), version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(shown)
            })
        })
        .await?;
    ctx.webhooks.look();
    Ok(shown)
}

/// Gives a webhook a new secret, which the answer shows, once. The old one signs too for a while.
///
/// # Errors
/// `invalid_request`; `not_found`; `conflict`; or that the database does not answer.
pub async fn rotate(
    ctx: &Context,
    caller: AdminCaller,
    webhook: WebhookId,
    RotateWebhookSecret { keep_old_s }: RotateWebhookSecret,
) -> Result<Webhook, Failure> {
    if keep_old_s > LONGEST_OVERLAP_S {
        let detail = format!("keep_old_s: 0 to {LONGEST_OVERLAP_S} seconds");
        return Err(Refusal::because(ProblemCode::InvalidRequest, detail).into());
    }
    let (step, keys) = (ctx.moment(caller.scope, caller.actor()), ctx.keys.clone());
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let present = standing(&mut tx, webhook).await?;
                let until = step.now() + Duration::from_secs(keep_old_s.into());
                let secret = WebhookSecret::new(step.random());
                let number = present.sealed.number + 1;
                let sealed = Sealed {
                    sealed: secret.seal(&keys, webhook, number, step.random()),
                    number,
                    old: (keep_old_s > 0).then(|| (present.sealed.sealed.clone(), until)),
                };
                let version = webhooks::change_secret(&mut tx, &present, &sealed).await?;
                let version = version.ok_or_else(meanwhile)?;
                let old_until = sealed.old.map(|(_, until)| until);
                let host = present.host();
                let sentence = match old_until {
                    Some(until) => format!(
                        "the webhook {host} was given a new secret; the old one signs too until {until}"
                    ),
                    None => format!("the webhook {host} was given a new secret"),
                };
                let shown = shown(&mut tx, webhook, step.now()).await?;
                let fact = Fact::WebhookSecretRotated { old_until };
                let event = step.event(Entity::Webhook(webhook), version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(Webhook { secret: Some(secret.reveal().as_str().to_owned()), ..shown })
            })
        })
        .await
}

/// Lets a webhook go on at another position.
///
/// # Errors
/// `invalid_request`; `not_found`; `conflict`; or that the database does not answer.
pub async fn move_to(
    ctx: &Context,
    caller: AdminCaller,
    webhook: WebhookId,
    MoveWebhook { from }: MoveWebhook,
) -> Result<Webhook, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let shown = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let present = standing(&mut tx, webhook).await?;
                let from = position(&mut tx, Some(from)).await?;
                let version = webhooks::go_on_from(&mut tx, &present, from, step.now()).await?;
                let version = version.ok_or_else(meanwhile)?;
                let (host, was) = (present.host(), present.standing.next);
                let sentence = format!("the webhook {host} goes on from {from}, and was at {was}");
                let fact = Fact::WebhookMoved { was, from };
                let shown = shown(&mut tx, webhook, step.now()).await?;
                let event = step.event(Entity::Webhook(webhook), version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(shown)
            })
        })
        .await?;
    ctx.webhooks.look();
    Ok(shown)
}

/// Removes a webhook and its secrets; one that was removed stays so.
///
/// # Errors
/// `not_found`; `conflict` if others changed it at the same time; or that the database does not answer.
pub async fn remove(ctx: &Context, caller: AdminCaller, webhook: WebhookId) -> Result<(), Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let present = webhooks::one(&mut tx, webhook).await?;
                let present = present.ok_or_else(Refusal::not_found)?;
                if present.state == WebhookState::Removed {
                    return Ok(());
                }
                let version = webhooks::remove(&mut tx, &present, step.now()).await?;
                let version = version.ok_or_else(meanwhile)?;
                let sentence = format!("the webhook {} was removed", present.host());
                let entity = Entity::Webhook(webhook);
                let event = step.event(entity, version, sentence, Fact::WebhookRemoved);
                tx.commit(event, vec![]).await?;
                Ok(())
            })
        })
        .await
}

async fn shown(
    tx: &mut Tx,
    webhook: WebhookId,
    now: countersign_protocol::Instant,
) -> Result<Webhook, Failure> {
    let found: Option<StoredWebhook> = webhooks::one(tx, webhook).await?;
    Ok(found.ok_or_else(Refusal::not_found)?.shown(now))
}

/// Others were faster.
fn meanwhile() -> Refusal {
    Refusal::because(ProblemCode::Conflict, "somebody else changed it at the same time")
}
