//! What could not be delivered to webhooks.

use countersign_protocol::{
    BatchId, Instant, MspId, WebhookId,
    wire::webhooks::{WebhookDeadLetter, WebhookFilter},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::{
    domain::{ListFrom, Listing},
    store::{
        Conn, StoreError,
        audit::heads::position,
        conn::on,
        found_or_none,
        schema::audit_webhook_letters,
        types::{at, id, json, to_json},
    },
};

/// A batch that was given up.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The batch.
    pub id: BatchId,
    /// The webhook.
    pub webhook: WebhookId,
    /// Whose.
    pub msp: MspId,
    /// The first position.
    pub from: u64,
    /// The last position.
    pub through: u64,
    /// By which filter it was made.
    pub filter: WebhookFilter,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed last.
    pub reason: String,
    /// When it was tried first.
    pub first_tried_at: Instant,
    /// When it was given up.
    pub given_up_at: Instant,
}

/// Keeps a dead letter; one that is kept already stays as it is.
pub(super) async fn bury(conn: &mut Conn, letter: &Letter) -> Result<(), StoreError> {
    let (from, through) = (position(letter.from)?, position(letter.through)?);
    let (filter, attempts) = (to_json(&letter.filter)?, i32::try_from(letter.attempts));
    on!(&mut *conn, |c| diesel::insert_into(audit_webhook_letters::table)
        .values((
            audit_webhook_letters::id.eq(id(letter.id)),
            audit_webhook_letters::webhook.eq(id(letter.webhook)),
            audit_webhook_letters::msp.eq(id(letter.msp)),
            audit_webhook_letters::from_position.eq(from),
            audit_webhook_letters::through_position.eq(through),
            audit_webhook_letters::filter.eq(&filter),
            audit_webhook_letters::attempts.eq(attempts.unwrap_or(i32::MAX)),
            audit_webhook_letters::reason.eq(&letter.reason),
            audit_webhook_letters::first_tried_at.eq(at(letter.first_tried_at)),
            audit_webhook_letters::given_up_at.eq(at(letter.given_up_at)),
        ))
        .on_conflict(audit_webhook_letters::id)
        .do_nothing()
        .execute(c))?;
    Ok(())
}

#[derive(Queryable)]
struct Row {
    id: BatchId,
    from: i64,
    through: i64,
    attempts: i32,
    reason: String,
    first_tried_at: Instant,
    given_up_at: Instant,
    redelivered_at: Option<Instant>,
}

impl From<Row> for WebhookDeadLetter {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            // Positions are written from unsigned numbers.
            from: row.from.unsigned_abs(),
            through: row.through.unsigned_abs(),
            attempts: row.attempts.unsigned_abs(),
            reason: row.reason,
            first_tried_at: row.first_tried_at,
            given_up_at: row.given_up_at,
            redelivered_at: row.redelivered_at,
        }
    }
}

const SHOWN: (
    audit_webhook_letters::id,
    audit_webhook_letters::from_position,
    audit_webhook_letters::through_position,
    audit_webhook_letters::attempts,
    audit_webhook_letters::reason,
    audit_webhook_letters::first_tried_at,
    audit_webhook_letters::given_up_at,
    audit_webhook_letters::redelivered_at,
) = (
    audit_webhook_letters::id,
    audit_webhook_letters::from_position,
    audit_webhook_letters::through_position,
    audit_webhook_letters::attempts,
    audit_webhook_letters::reason,
    audit_webhook_letters::first_tried_at,
    audit_webhook_letters::given_up_at,
    audit_webhook_letters::redelivered_at,
);

/// A part of a webhook's dead letters, those that were delivered after all among them.
///
/// # Errors
/// If the database does not answer.
pub async fn letters(
    conn: &mut Conn,
    webhook: WebhookId,
    from: ListFrom,
) -> Result<Listing<WebhookDeadLetter>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| audit_webhook_letters::table
        .filter(audit_webhook_letters::msp.eq(id(msp)))
        .filter(audit_webhook_letters::webhook.eq(id(webhook)))
        .filter(audit_webhook_letters::id.gt(id(from.floor())))
        .order(audit_webhook_letters::id)
        .limit(from.rows())
        .select(SHOWN)
        .load::<Row>(c))?;
    Ok(from.listing(rows, |row| row.id.into()))
}

/// One of a webhook's dead letters, and the filter by which it was made.
///
/// # Errors
/// If the database does not answer.
pub async fn letter(
    conn: &mut Conn,
    webhook: WebhookId,
    letter: BatchId,
) -> Result<Option<(WebhookDeadLetter, WebhookFilter)>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| audit_webhook_letters::table
        .filter(audit_webhook_letters::msp.eq(id(msp)))
        .filter(audit_webhook_letters::webhook.eq(id(webhook)))
        .filter(audit_webhook_letters::id.eq(id(letter)))
        .select((SHOWN, audit_webhook_letters::filter))
        .first::<(Row, String)>(c));
    let found = found_or_none(found)?;
    found.map(|(row, filter)| Ok((row.into(), json(&filter)?))).transpose()
}
