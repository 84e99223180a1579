//! What the worker asks and notes of webhooks.

use countersign_protocol::{Instant, MspId, WebhookId, wire::webhooks::WebhookState};
use diesel::{dsl::max, prelude::*};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Letter, StoredWebhook, letters::bury, rows::Row, rows::told};
use crate::{
    domain::Standing,
    store::{
        Across, Conn, Store, StoreError, Tx,
        audit::heads::position,
        conn::on,
        found_or_none,
        prepared::{Prepared, word},
        schema::{audit_events, audit_logs, audit_prunings, audit_webhooks},
        types::{at, id},
    },
};

/// How far webhooks are behind their logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    /// How many are.
    pub webhooks: u64,
    /// How many events the one lacks that is furthest behind.
    pub events: u64,
}

/// The active webhooks whose logs have grown and that nobody has in hand, whoever waits longest first, but for those of
/// some msps.
///
/// # Errors
/// If the database does not answer.
pub async fn due(
    across: &mut Across,
    now: Instant,
    but_for: &[MspId],
    limit: usize,
) -> Result<Vec<(WebhookId, MspId)>, StoreError> {
    let but_for: Vec<_> = but_for.iter().map(|msp| id(*msp)).collect();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    on!(&mut across.0, |c| audit_webhooks::table
        .inner_join(audit_logs::table.on(audit_logs::msp.eq(audit_webhooks::msp)))
        .filter(audit_webhooks::state.eq(word(WebhookState::Active)))
        .filter(audit_webhooks::due_at.le(at(now)))
        .filter(audit_webhooks::next_position.lt(audit_logs::size))
        .filter(audit_webhooks::msp.ne_all(&but_for))
        .order(audit_webhooks::due_at)
        .limit(limit)
        .select((audit_webhooks::id, audit_webhooks::msp))
        .load::<(WebhookId, MspId)>(c))
}

/// How far the active webhooks are behind their logs.
///
/// # Errors
/// If the database does not answer.
pub async fn behind(across: &mut Across) -> Result<Behind, StoreError> {
    let (webhooks, events) = on!(&mut across.0, |c| audit_webhooks::table
        .inner_join(audit_logs::table.on(audit_logs::msp.eq(audit_webhooks::msp)))
        .filter(audit_webhooks::state.eq(word(WebhookState::Active)))
        .filter(audit_webhooks::next_position.lt(audit_logs::size))
        .select((
            diesel::dsl::count(audit_webhooks::id),
            max(audit_logs::size - audit_webhooks::next_position),
        ))
        .first::<(i64, Option<i64>)>(c))?;
    Ok(Behind { webhooks: told(webhooks)?, events: told(events.unwrap_or(0))? })
}

/// Takes a webhook in hand until an instant; `None` if others have, or there is nothing to do.
///
/// # Errors
/// If the database does not answer.
pub async fn claim(
    across: &mut Across,
    webhook: WebhookId,
    claim: Uuid,
    (now, until): (Instant, Instant),
) -> Result<Option<StoredWebhook>, StoreError> {
    let claimed = on!(&mut across.0, |c| Prepared(
        diesel::update(
            audit_webhooks::table
                .filter(audit_webhooks::id.eq(id(webhook)))
                .filter(audit_webhooks::state.eq(word(WebhookState::Active)))
                .filter(audit_webhooks::due_at.le(at(now)))
        )
        .set((audit_webhooks::claim.eq(id(claim)), audit_webhooks::due_at.eq(at(until))))
        .returning(audit_webhooks::all_columns)
    )
    .get_result::<Row>(c));
    found_or_none(claimed)?.map(StoredWebhook::try_from).transpose()
}

/// Notes how a webhook stands that was taken in hand, and gives it up unless it is to be kept; `false` if somebody has
/// changed it meanwhile, or has it in hand by now.
///
/// # Errors
/// If the database does not answer.
pub async fn settle(
    across: &mut Across,
    key: (WebhookId, Uuid),
    standing: &Standing,
    keep: bool,
) -> Result<bool, StoreError> {
    settle_on(&mut across.0, key, standing, keep).await
}

/// Keeps a dead letter, and notes that its webhook goes on behind it, both or neither; `false` if somebody has changed
/// the webhook meanwhile, or has it in hand by now: then the letter is theirs to write.
///
/// # Errors
/// If the database does not answer.
pub async fn give_up(
    store: &Store,
    key: (WebhookId, Uuid),
    standing: &Standing,
    letter: &Letter,
) -> Result<bool, StoreError> {
    let mut tx = store.recording().await?;
    let given_up = match settle_on(&mut tx, key, standing, false).await {
        Ok(true) => bury(&mut tx, letter).await.map(|()| true),
        settled => settled,
    };
    if matches!(given_up, Ok(true)) {
        tx.commit().await?;
    } else {
        tx.roll_back().await;
    }
    given_up
}

async fn settle_on(
    conn: &mut Conn,
    (webhook, claim): (WebhookId, Uuid),
    standing: &Standing,
    keep: bool,
) -> Result<bool, StoreError> {
    let batch = standing.batch;
    let through = batch.map(|batch| position(batch.through)).transpose()?;
    let (next, attempts) = (position(standing.next)?, i32::try_from(standing.attempts));
    let settled = on!(&mut *conn, |c| Prepared(
        diesel::update(
            audit_webhooks::table
                .filter(audit_webhooks::id.eq(id(webhook)))
                .filter(audit_webhooks::claim.eq(id(claim)))
        )
        .set((
            audit_webhooks::next_position.eq(next),
            audit_webhooks::due_at.eq(at(standing.due_at)),
            audit_webhooks::claim.eq(keep.then(|| id(claim))),
            audit_webhooks::batch.eq(batch.map(|batch| id(batch.id))),
            audit_webhooks::through_position.eq(through),
            audit_webhooks::first_tried_at.eq(batch.map(|batch| at(batch.first_tried_at))),
            audit_webhooks::attempts.eq(attempts.unwrap_or(i32::MAX)),
            audit_webhooks::last_error.eq(&standing.last_error),
            audit_webhooks::failing_since.eq(standing.failing_since.map(at)),
            audit_webhooks::told_at.eq(standing.told_at.map(at)),
        ))
    )
    .execute(c))?;
    Ok(settled == 1)
}

/// Its server is gone: it is sent nothing more. Its new version, or `None` if somebody has changed it meanwhile, or has
/// it in hand by now.
///
/// # Errors
/// If the database does not answer.
pub async fn gone(tx: &mut Tx, webhook: WebhookId, claim: Uuid) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let gone = on!(&mut *tx, |c| Prepared(
        diesel::update(
            audit_webhooks::table
                .filter(audit_webhooks::msp.eq(id(msp)))
                .filter(audit_webhooks::id.eq(id(webhook)))
                .filter(audit_webhooks::claim.eq(id(claim)))
                .filter(audit_webhooks::state.eq(word(WebhookState::Active)))
        )
        .set((
            audit_webhooks::state.eq(word(WebhookState::Gone)),
            audit_webhooks::claim.eq(None::<crate::store::types::WrittenId>),
            audit_webhooks::last_error.eq("http_410"),
            audit_webhooks::version.eq(audit_webhooks::version + 1),
        ))
        .returning(audit_webhooks::version)
    )
    .get_result::<i64>(c));
    found_or_none(gone)
}

/// The size of the scope's log, and the last position of which it was asked that its text goes.
///
/// # Errors
/// If the database does not answer.
pub async fn stretch(conn: &mut Conn) -> Result<(u64, Option<u64>), StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| audit_logs::table
        .left_join(audit_prunings::table.on(audit_prunings::msp.eq(audit_logs::msp)))
        .filter(audit_logs::msp.eq(id(msp)))
        .order(audit_prunings::through_position.desc())
        .select((audit_logs::size, audit_prunings::through_position.nullable()))
        .first::<(i64, Option<i64>)>(c));
    let (size, pruned) = found_or_none(found)?.unwrap_or((0, None));
    Ok((told(size)?, pruned.map(told).transpose()?))
}

/// How many of these positions have lost their text.
///
/// # Errors
/// If the database does not answer.
pub async fn missing(conn: &mut Conn, from: u64, through: u64) -> Result<u64, StoreError> {
    let msp = conn.scope().msp;
    let (first, last) = (position(from)?, position(through)?);
    let there = on!(conn, |c| audit_events::table
        .filter(audit_events::msp.eq(id(msp)))
        .filter(audit_events::position.ge(first))
        .filter(audit_events::position.le(last))
        .count()
        .get_result::<i64>(c))?;
    Ok((through + 1 - from).saturating_sub(told(there)?))
}
