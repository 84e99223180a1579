//! Webhooks as they are shown.

use countersign_protocol::{
    ProblemCode, WebhookId,
    wire::webhooks::{Webhook, WebhookDeadLetter, WebhookState},
};

use crate::{
    domain::{Failure, ListFrom, Listing, Refusal},
    flows::{AdminCaller, Context},
    store::{
        Conn,
        audit::webhooks::{self, StoredWebhook},
    },
};

/// A part of the msp's webhooks, without their secrets.
///
/// # Errors
/// That the database does not answer.
pub async fn list(
    ctx: &Context,
    caller: AdminCaller,
    from: ListFrom,
) -> Result<Listing<Webhook>, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let Listing { items, next } = webhooks::list(&mut conn, from).await?;
    let now = ctx.now();
    Ok(Listing { items: items.into_iter().map(|webhook| webhook.shown(now)).collect(), next })
}

/// A webhook, without its secret.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn read(
    ctx: &Context,
    caller: AdminCaller,
    webhook: WebhookId,
) -> Result<Webhook, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let found = webhooks::one(&mut conn, webhook).await?;
    Ok(found.ok_or_else(Refusal::not_found)?.shown(ctx.now()))
}

/// A part of a webhook's dead letters.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn dead_letters(
    ctx: &Context,
    caller: AdminCaller,
    webhook: WebhookId,
    from: ListFrom,
) -> Result<Listing<WebhookDeadLetter>, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    webhooks::one(&mut conn, webhook).await?.ok_or_else(Refusal::not_found)?;
    Ok(webhooks::letters(&mut conn, webhook, from).await?)
}

/// A webhook that was not removed.
pub(super) async fn standing(
    conn: &mut Conn,
    webhook: WebhookId,
) -> Result<StoredWebhook, Failure> {
    let found = webhooks::one(conn, webhook).await?.ok_or_else(Refusal::not_found)?;
    if found.state == WebhookState::Removed {
        let word = found.state.as_str();
        return Err(Refusal::in_state(ProblemCode::Conflict, word).into());
    }
    Ok(found)
}
