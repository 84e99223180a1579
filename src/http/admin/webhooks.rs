//! Webhooks of the audit log.

use actix_web::{delete, get, patch, post, web};
use countersign_protocol::{
    BatchId, WebhookId,
    wire::{
        Page,
        webhooks::{
            ChangeWebhook, CreateWebhook, MoveWebhook, RotateWebhookSecret, Webhook,
            WebhookAttempt, WebhookDeadLetter,
        },
    },
};

use crate::{
    flows::{Context, admin::webhooks},
    http::{Answer, Created, Done, Ids, Json, PageQuery, authenticate::Admin},
};

crate::refusals! {
    /// What a change of a webhook is refused with.
    Changing: Conflict
}

/// Make a webhook
///
/// A server of the msp's own that is sent the audit log: `POST`, JSON, in order, at least once, signed as Standard
/// Webhooks says. The answer shows the secret, once. `conflict` for more than the installation lets an msp have.
#[utoipa::path(responses((status = 201, description = "The webhook", body = Webhook), Changing))]
#[post("/admin/v1/audit/webhooks")]
pub async fn create_webhook(
    Admin(caller): Admin,
    Json(asked): Json<CreateWebhook>,
    ctx: web::Data<Context>,
) -> Answer<Created<Webhook>> {
    Ok(Created(webhooks::create(&ctx, caller, asked).await?))
}

/// Webhooks
///
/// Those that were removed stay on the list.
#[utoipa::path(
    params(PageQuery),
    responses((status = 200, description = "A page of webhooks", body = Page<Webhook>)),
)]
#[get("/admin/v1/audit/webhooks")]
pub async fn list_webhooks(
    Admin(caller): Admin,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<Webhook>>> {
    Ok(webhooks::list(&ctx, caller, page.into()).await?.into())
}

/// One webhook
#[utoipa::path(responses((status = 200, description = "The webhook", body = Webhook)))]
#[get("/admin/v1/audit/webhooks/{webhook}")]
pub async fn read_webhook(
    Admin(caller): Admin,
    Ids(webhook): Ids<WebhookId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Webhook>> {
    Ok(Json(webhooks::read(&ctx, caller, webhook).await?))
}

/// Change a webhook
///
/// It is replaced as a whole. What could not be delivered so far is tried again at once, under another `webhook-id`. One
/// that is paused is sent nothing, and skips nothing.
#[utoipa::path(responses((status = 200, description = "The webhook now", body = Webhook), Changing))]
#[patch("/admin/v1/audit/webhooks/{webhook}")]
pub async fn change_webhook(
    Admin(caller): Admin,
    Ids(webhook): Ids<WebhookId>,
    Json(asked): Json<ChangeWebhook>,
    ctx: web::Data<Context>,
) -> Answer<Json<Webhook>> {
    Ok(Json(webhooks::change(&ctx, caller, webhook, asked).await?))
}

/// Remove a webhook
///
/// It is sent nothing more, for good, and its secrets are gone. One that was removed stays so.
#[utoipa::path(responses((status = 204, description = "It is removed"), Changing))]
#[delete("/admin/v1/audit/webhooks/{webhook}")]
pub async fn remove_webhook(
    Admin(caller): Admin,
    Ids(webhook): Ids<WebhookId>,
    ctx: web::Data<Context>,
) -> Answer<Done> {
    webhooks::remove(&ctx, caller, webhook).await?;
    Ok(Done)
}

/// Give a webhook a new secret
///
/// The answer shows it, once. For `keep_old_s` seconds requests have two signatures, the old secret's too.
#[utoipa::path(responses((status = 200, description = "The webhook and its secret", body = Webhook), Changing))]
#[post("/admin/v1/audit/webhooks/{webhook}/rotate-secret")]
pub async fn rotate_webhook_secret(
    Admin(caller): Admin,
    Ids(webhook): Ids<WebhookId>,
    Json(asked): Json<RotateWebhookSecret>,
    ctx: web::Data<Context>,
) -> Answer<Json<Webhook>> {
    Ok(Json(webhooks::rotate(&ctx, caller, webhook, asked).await?))
}

/// Let a webhook go on at another position
///
/// Back, to be sent again what it was sent, under other `webhook-id`s; or ahead.
#[utoipa::path(responses((status = 200, description = "The webhook now", body = Webhook), Changing))]
#[post("/admin/v1/audit/webhooks/{webhook}/move")]
pub async fn move_webhook(
    Admin(caller): Admin,
    Ids(webhook): Ids<WebhookId>,
    Json(asked): Json<MoveWebhook>,
    ctx: web::Data<Context>,
) -> Answer<Json<Webhook>> {
    Ok(Json(webhooks::move_to(&ctx, caller, webhook, asked).await?))
}

/// Send a webhook a test
///
/// A request like every other, of the type `audit.test` and without events, also to one that is paused. The answer tells
/// what became of it, and nothing of what the server said.
#[utoipa::path(responses((status = 200, description = "What became of it", body = WebhookAttempt), Changing))]
#[post("/admin/v1/audit/webhooks/{webhook}/test")]
pub async fn test_webhook(
    Admin(caller): Admin,
    Ids(webhook): Ids<WebhookId>,
    ctx: web::Data<Context>,
) -> Answer<Json<WebhookAttempt>> {
    Ok(Json(webhooks::test(&ctx, caller, webhook).await?))
}

/// A webhook's dead letters
///
/// Batches that were tried for as long as the installation tries. Their events stand in the log all the same.
#[utoipa::path(
    params(PageQuery),
    responses((status = 200, description = "A page of dead letters", body = Page<WebhookDeadLetter>)),
)]
#[get("/admin/v1/audit/webhooks/{webhook}/dead-letters")]
pub async fn list_webhook_dead_letters(
    Admin(caller): Admin,
    Ids(webhook): Ids<WebhookId>,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<WebhookDeadLetter>>> {
    Ok(webhooks::dead_letters(&ctx, caller, webhook, page.into()).await?.into())
}

/// Send a dead letter once more
///
/// Now, once, with the `webhook-id` that it had. `conflict` for one that was delivered.
#[utoipa::path(responses((status = 200, description = "What became of it", body = WebhookAttempt), Changing))]
#[post("/admin/v1/audit/webhooks/{webhook}/dead-letters/{letter}/redeliver")]
pub async fn redeliver_webhook_dead_letter(
    Admin(caller): Admin,
    Ids((webhook, letter)): Ids<(WebhookId, BatchId)>,
    ctx: web::Data<Context>,
) -> Answer<Json<WebhookAttempt>> {
    Ok(Json(webhooks::redeliver(&ctx, caller, webhook, letter).await?))
}
