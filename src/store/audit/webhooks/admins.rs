//! What admins do to webhooks.

use countersign_protocol::{BatchId, Instant, WebhookId, wire::webhooks::WebhookState};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Sealed, StoredWebhook,
    rows::{Row, told},
};
use crate::{
    domain::{ListFrom, Listing},
    store::{
        Conn, StoreError, Tx,
        audit::heads::position,
        conn::on,
        found_or_none,
        prepared::{Prepared, word},
        schema::{audit_webhook_letters, audit_webhooks, msps},
        types::{at, id, to_json},
    },
};

/// A webhook that is to be written down.
pub struct NewWebhook {
    /// Its id.
    pub id: WebhookId,
    /// What it is.
    pub changed: Changed,
    /// Its first secret.
    pub sealed: Vec<u8>,
    /// The first position that it is sent.
    pub from: u64,
    /// Now.
    pub created_at: Instant,
}

/// What admins say of a webhook.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Where events are posted to.
    pub url: String,
    /// What it is for.
    pub description: Option<String>,
    /// Which events.
    pub filter: countersign_protocol::wire::webhooks::WebhookFilter,
    /// Whether it is sent anything.
    pub state: WebhookState,
}

/// Holds the msp until the transaction ends: of those who make webhooks at once, each counts the others'.
///
/// # Errors
/// If the database does not answer.
pub async fn hold_msp(tx: &mut Tx) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| diesel::update(msps::table.filter(msps::id.eq(id(msp))))
        .set(msps::version.eq(msps::version))
        .execute(c))?;
    Ok(())
}

/// How many webhooks the msp has that were not removed.
///
/// # Errors
/// If the database does not answer.
pub async fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| audit_webhooks::table
        .filter(audit_webhooks::msp.eq(id(msp)))
        .filter(audit_webhooks::state.ne(word(WebhookState::Removed)))
        .count()
        .get_result::<i64>(c))
}

/// Writes down a webhook, in version 1.
///
/// # Errors
/// If the database does not answer.
pub async fn insert(tx: &mut Tx, new: &NewWebhook) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let (filter, next) = (to_json(&new.changed.filter)?, position(new.from)?);
    on!(&mut *tx, |c| diesel::insert_into(audit_webhooks::table)
        .values((
            audit_webhooks::id.eq(id(new.id)),
            audit_webhooks::msp.eq(id(msp)),
            audit_webhooks::url.eq(&new.changed.url),
            audit_webhooks::description.eq(&new.changed.description),
            audit_webhooks::filter.eq(&filter),
            audit_webhooks::state.eq(word(new.changed.state)),
            audit_webhooks::sealed.eq(&new.sealed),
            audit_webhooks::secret_number.eq(1),
            audit_webhooks::created_at.eq(at(new.created_at)),
            audit_webhooks::next_position.eq(next),
            audit_webhooks::due_at.eq(at(new.created_at)),
            audit_webhooks::attempts.eq(0),
            audit_webhooks::version.eq(1_i64),
        ))
        .execute(c))?;
    Ok(())
}

/// A webhook of the msp, also one that was removed.
///
/// # Errors
/// If the database does not answer.
pub async fn one(conn: &mut Conn, webhook: WebhookId) -> Result<Option<StoredWebhook>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| audit_webhooks::table
        .filter(audit_webhooks::msp.eq(id(msp)))
        .filter(audit_webhooks::id.eq(id(webhook)))
        .first::<Row>(c));
    found_or_none(found)?.map(StoredWebhook::try_from).transpose()
}

/// A part of the msp's webhooks, the removed among them.
///
/// # Errors
/// If the database does not answer.
pub async fn list(conn: &mut Conn, from: ListFrom) -> Result<Listing<StoredWebhook>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| audit_webhooks::table
        .filter(audit_webhooks::msp.eq(id(msp)))
        .filter(audit_webhooks::id.gt(id(from.floor())))
        .order(audit_webhooks::id)
        .limit(from.rows())
        .load::<Row>(c))?;
    let rows = rows.into_iter().map(StoredWebhook::try_from);
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(from.listing(rows, |row| row.id.into()))
}

/// The webhook as it stands: not removed, in this version. Whoever comes second finds another.
macro_rules! present {
    ($tx:ident, $webhook:ident) => {
        audit_webhooks::table
            .filter(audit_webhooks::msp.eq(id($tx.scope().msp)))
            .filter(audit_webhooks::id.eq(id($webhook.id)))
            .filter(audit_webhooks::version.eq($webhook.version))
            .filter(audit_webhooks::state.ne(word(WebhookState::Removed)))
    };
}

/// What was under way begins anew, under another id: it may not be the same any more.
macro_rules! anew {
    ($now:expr) => {
        (
            audit_webhooks::due_at.eq(at($now)),
            audit_webhooks::claim.eq(None::<crate::store::types::WrittenId>),
            audit_webhooks::batch.eq(None::<crate::store::types::WrittenId>),
            audit_webhooks::through_position.eq(None::<i64>),
            audit_webhooks::first_tried_at.eq(None::<crate::store::types::WrittenInstant>),
            audit_webhooks::attempts.eq(0),
            audit_webhooks::version.eq(audit_webhooks::version + 1),
        )
    };
}

/// Replaces what a webhook is; its new version, or `None` if it is another by now.
///
/// # Errors
/// If the database does not answer.
pub async fn change(
    tx: &mut Tx,
    webhook: &StoredWebhook,
    changed: &Changed,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let filter = to_json(&changed.filter)?;
    let present = present!(tx, webhook);
    let changed = on!(&mut *tx, |c| Prepared(
        diesel::update(present)
            .set((
                audit_webhooks::url.eq(&changed.url),
                audit_webhooks::description.eq(&changed.description),
                audit_webhooks::filter.eq(&filter),
                audit_webhooks::state.eq(word(changed.state)),
                anew!(now),
            ))
            .returning(audit_webhooks::version)
    )
    .get_result::<i64>(c));
    found_or_none(changed)
}

/// Gives a webhook these secrets; its new version, or `None` if it is another by now.
///
/// # Errors
/// If the database does not answer.
pub async fn change_secret(
    tx: &mut Tx,
    webhook: &StoredWebhook,
    new: &Sealed,
) -> Result<Option<i64>, StoreError> {
    let present = present!(tx, webhook);
    let (old, until) = new.old.clone().unzip();
    let changed = on!(&mut *tx, |c| Prepared(
        diesel::update(present)
            .set((
                audit_webhooks::sealed.eq(&new.sealed),
                audit_webhooks::secret_number.eq(new.number),
                audit_webhooks::old_sealed.eq(&old),
                audit_webhooks::old_until.eq(until.map(at)),
                audit_webhooks::version.eq(audit_webhooks::version + 1),
            ))
            .returning(audit_webhooks::version)
    )
    .get_result::<i64>(c));
    found_or_none(changed)
}

/// Lets a webhook go on at another position; its new version, or `None` if it is another by now.
///
/// # Errors
/// If the database does not answer.
pub async fn go_on_from(
    tx: &mut Tx,
    webhook: &StoredWebhook,
    from: u64,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let (present, next) = (present!(tx, webhook), position(from)?);
    let moved = on!(&mut *tx, |c| Prepared(
        diesel::update(present)
            .set((audit_webhooks::next_position.eq(next), anew!(now)))
            .returning(audit_webhooks::version)
    )
    .get_result::<i64>(c));
    found_or_none(moved)
}

/// Removes a webhook and its secrets; its new version, or `None` if it is another by now.
///
/// # Errors
/// If the database does not answer.
pub async fn remove(
    tx: &mut Tx,
    webhook: &StoredWebhook,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let present = present!(tx, webhook);
    let removed = on!(&mut *tx, |c| Prepared(
        diesel::update(present)
            .set((
                audit_webhooks::state.eq(word(WebhookState::Removed)),
                audit_webhooks::sealed.eq(&[] as &[u8]),
                audit_webhooks::old_sealed.eq(None::<Vec<u8>>),
                anew!(now),
            ))
            .returning(audit_webhooks::version)
    )
    .get_result::<i64>(c));
    found_or_none(removed)
}

/// Notes that a dead letter was delivered after all; the webhook's new version and the letter's positions, or `None`
/// if others were faster.
///
/// # Errors
/// If the database does not answer.
pub async fn redelivered(
    tx: &mut Tx,
    webhook: WebhookId,
    letter: BatchId,
    now: Instant,
) -> Result<Option<(i64, u64, u64)>, StoreError> {
    let msp = tx.scope().msp;
    let noted = on!(&mut *tx, |c| Prepared(
        diesel::update(
            audit_webhook_letters::table
                .filter(audit_webhook_letters::msp.eq(id(msp)))
                .filter(audit_webhook_letters::webhook.eq(id(webhook)))
                .filter(audit_webhook_letters::id.eq(id(letter)))
                .filter(audit_webhook_letters::redelivered_at.is_null())
        )
        .set(audit_webhook_letters::redelivered_at.eq(at(now)))
        .returning((audit_webhook_letters::from_position, audit_webhook_letters::through_position))
    )
    .get_result::<(i64, i64)>(c));
    let Some((from, through)) = found_or_none(noted)? else { return Ok(None) };
    let raised = on!(&mut *tx, |c| Prepared(
        diesel::update(
            audit_webhooks::table
                .filter(audit_webhooks::msp.eq(id(msp)))
                .filter(audit_webhooks::id.eq(id(webhook)))
        )
        .set(audit_webhooks::version.eq(audit_webhooks::version + 1))
        .returning(audit_webhooks::version)
    )
    .get_result::<i64>(c));
    let raised = found_or_none(raised)?;
    raised.map(|version| Ok((version, told(from)?, told(through)?))).transpose()
}
