//! A new webhook.

use countersign_protocol::{
    ProblemCode, WebhookId,
    wire::webhooks::{CreateWebhook, Webhook, WebhookFilter, WebhookState},
};

use crate::{
    auth::WebhookSecret,
    domain::{Entity, Fact, Failure, Refusal, names::shown_name, webhook_filter},
    flows::{AdminCaller, Context},
    outbound::NotAdmitted,
    store::{
        Tx,
        audit::{
            self,
            webhooks::{self, Changed, NewWebhook},
        },
        tenants,
    },
};

/// The longest address.
const LONGEST: usize = 2048;

/// Makes a webhook. The answer shows its secret, once.
///
/// # Errors
/// `invalid_request`; `conflict` for more than an msp may have; or that the database does not answer.
pub async fn create(
    ctx: &Context,
    caller: AdminCaller,
    asked: CreateWebhook,
) -> Result<Webhook, Failure> {
    let CreateWebhook { url, description, filter, from } = asked;
    let (host, changed) = checked(ctx, url, description, &filter, WebhookState::Active)?;
    let (step, keys) = (ctx.moment(caller.scope, caller.actor()), ctx.keys.clone());
    let most = ctx.settings.audit.webhooks.most;
    let made = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                webhooks::hold_msp(&mut tx).await?;
                if webhooks::count(&mut tx).await? >= i64::from(most) {
                    let detail = format!("an msp has {most} webhooks at most");
                    return Err(Refusal::because(ProblemCode::Conflict, detail).into());
                }
                of_a_tenant(&mut tx, &changed.filter).await?;
                let from = position(&mut tx, from).await?;
                let (id, secret): (WebhookId, _) = (step.id(), WebhookSecret::new(step.random()));
                let sealed = secret.seal(&keys, id, 1, step.random());
                let filter = changed.filter.clone();
                let new = NewWebhook { id, changed, sealed, from, created_at: step.now() };
                webhooks::insert(&mut tx, &new).await?;
                let made = webhooks::one(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
                let sentence =
                    format!("the webhook {host} was made: it is sent the audit log from {from} on");
                let fact = Fact::WebhookCreated { host, filter, from };
                tx.commit(step.event(Entity::Webhook(id), 1, sentence, fact), vec![]).await?;
                let secret = Some(secret.reveal().as_str().to_owned());
                Ok(Webhook { secret, ..made.shown(step.now()) })
            })
        })
        .await?;
    ctx.webhooks.look();
    Ok(made)
}

/// What an admin says of a webhook, and its host.
pub(super) fn checked(
    ctx: &Context,
    url: String,
    description: Option<String>,
    filter: &WebhookFilter,
    state: WebhookState,
) -> Result<(String, Changed), Refusal> {
    let description = description.map(|text| shown_name("description", &text, 200)).transpose()?;
    let filter = webhook_filter(filter)?;
    let invalid = |detail: &str| Refusal::because(ProblemCode::InvalidRequest, detail);
    if url.len() > LONGEST {
        return Err(invalid("url: 2048 bytes at most"));
    }
    // A name is judged when it is looked up, at each connection.
    let host = ctx.webhooks.host(&url).map_err(|why| match why {
        NotAdmitted::Malformed => {
            invalid("url: https, with a host and without a name and password")
        }
        NotAdmitted::Forbidden => invalid("url: not a public address"),
    })?;
    Ok((host, Changed { url, description, filter, state }))
}

/// The tenant of the filter is one of the msp.
pub(super) async fn of_a_tenant(tx: &mut Tx, filter: &WebhookFilter) -> Result<(), Failure> {
    let Some(tenant) = filter.tenant_id else { return Ok(()) };
    let found = tenants::one(tx, tenant).await?;
    found.map(drop).ok_or_else(|| {
        let detail = "filter.tenant_id: not a tenant of this msp";
        Refusal::because(ProblemCode::InvalidRequest, detail).into()
    })
}

/// The position, if the log has it or will have it next; without one, that is the one.
pub(super) async fn position(tx: &mut Tx, from: Option<u64>) -> Result<u64, Failure> {
    let size = audit::size(tx).await?;
    match from {
        Some(from) if from > size => {
            let detail = format!("from: {size} at most, which is the log's size");
            Err(Refusal::because(ProblemCode::InvalidRequest, detail).into())
        }
        from => Ok(from.unwrap_or(size)),
    }
}
