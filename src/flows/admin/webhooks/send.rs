//! Requests that an admin asks for. Nobody waits for them but who asked, and no connection to the database is held.

use countersign_protocol::{BatchId, ProblemCode, WebhookId, wire::webhooks::WebhookAttempt};

use super::read::standing;
use crate::{
    audit::Observe,
    domain::{Entity, Fact, Failure, Refusal},
    flows::{AdminCaller, Context},
    store::audit::webhooks,
};

/// How many an msp's admins may ask for a minute.
const PER_MINUTE: u32 = 30;

/// Sends a webhook a test, also one that is paused.
///
/// # Errors
/// `not_found`; `conflict` for one that was removed; `too_many_requests`; or that the database does not answer.
pub async fn test(
    ctx: &Context,
    caller: AdminCaller,
    webhook: WebhookId,
) -> Result<WebhookAttempt, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let found = standing(&mut conn, webhook).await?;
    drop(conn);
    ctx.take(&format!("webhook-requests:{}", caller.scope.msp), PER_MINUTE).await?;
    let attempt = ctx.webhooks.test(&found).await?;
    let step = ctx.moment(caller.scope, caller.actor());
    let result = attempt.outcome.clone();
    let sentence = format!("the webhook {} was tested: {result}", found.host());
    let fact = Fact::WebhookTested { result };
    ctx.observer.observe(step.event(Entity::Webhook(webhook), 0, sentence, fact));
    Ok(attempt)
}

/// Sends a dead letter once more.
///
/// # Errors
/// `not_found`; `conflict` for a webhook that was removed, or a letter that was delivered; `too_many_requests`; or that
/// the database does not answer.
pub async fn redeliver(
    ctx: &Context,
    caller: AdminCaller,
    webhook: WebhookId,
    letter: BatchId,
) -> Result<WebhookAttempt, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    // First whether there is one: another's letter and another's webhook answer alike.
    let found = webhooks::letter(&mut conn, webhook, letter).await?;
    let (found, filter) = found.ok_or_else(Refusal::not_found)?;
    let webhook_found = standing(&mut conn, webhook).await?;
    drop(conn);
    if found.redelivered_at.is_some() {
        return Err(Refusal::in_state(ProblemCode::Conflict, "redelivered").into());
    }
    ctx.take(&format!("webhook-requests:{}", caller.scope.msp), PER_MINUTE).await?;
    let attempt = ctx.webhooks.redeliver(&webhook_found, &found, &filter).await?;
    if !attempt.delivered {
        return Ok(attempt);
    }
    let (step, host) = (ctx.moment(caller.scope, caller.actor()), webhook_found.host());
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let noted = webhooks::redelivered(&mut tx, webhook, letter, step.now()).await?;
                // Others have redelivered it meanwhile: it was sent twice, with one id.
                let Some((version, from, through)) = noted else { return Ok(attempt) };
                let sentence = format!(
                    "the entries {from} to {through} were delivered to the webhook {host} after all"
                );
                let fact = Fact::WebhookRedelivered { from, through };
                let event = step.event(Entity::Webhook(webhook), version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(attempt)
            })
        })
        .await
}
