//! Events on their way to the audit log.

use std::time::Duration;

use countersign_protocol::{
    EventId, Instant, MspId,
    audit::{ENTRY_HEAD, ENTRY_MAX},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Across, Conn, StoreError,
    conn::{insert_rows, on},
    schema::outbox,
    types::{at, id, to_json},
};
use crate::domain::Event;

/// How far nodes' clocks may differ.
const AHEAD: Duration = Duration::from_secs(5);

/// Rows of one statement. A statement for many is planned anew each time: fewer go one by one.
const MANY: usize = 200;
const FEW: usize = 8;

/// Adds events.
pub(super) async fn append(conn: &mut Conn, events: &[Event]) -> Result<(), StoreError> {
    for events in events.chunks(MANY) {
        if events.len() < FEW {
            for event in events {
                append_one(conn, event).await?;
            }
            continue;
        }
        let bodies: Vec<String> = events.iter().map(body_of).collect::<Result<_, _>>()?;
        let rows: Vec<_> = events
            .iter()
            .zip(&bodies)
            .map(|(event, body)| {
                (
                    outbox::id.eq(id(event.id)),
                    outbox::msp.eq(id(event.msp)),
                    outbox::created_at.eq(at(event.at)),
                    outbox::body.eq(body),
                )
            })
            .collect();
        insert_rows!(&mut *conn, outbox::table, &rows)?;
    }
    Ok(())
}

fn body_of(event: &Event) -> Result<String, StoreError> {
    let body = to_json(event)?;
    if body.len() > ENTRY_MAX - ENTRY_HEAD {
        return Err(StoreError::Corrupt(format!("an event of {} bytes is too long", body.len())));
    }
    Ok(body)
}

async fn append_one(conn: &mut Conn, event: &Event) -> Result<(), StoreError> {
    let body = body_of(event)?;
    on!(conn, |c| diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(id(event.id)),
            outbox::msp.eq(id(event.msp)),
            outbox::created_at.eq(at(event.at)),
            outbox::body.eq(&body),
        ))
        .execute(c))?;
    Ok(())
}

/// An event that waits.
#[derive(Clone, Debug, Queryable)]
pub struct Waiting {
    /// The event.
    pub id: EventId,
    /// Its text.
    pub body: String,
}

/// The oldest events that have waited for `wait`, but those of the logs of `stuck`. What they are ordered by is
/// nothing to page by: a transaction with an earlier instant can commit later. What a clock that went ahead has dated
/// into the future waits for no clock to catch up.
///
/// # Errors
/// If the database does not answer.
pub async fn waiting(
    across: &mut Across,
    (now, wait): (Instant, Duration),
    stuck: &[MspId],
    limit: i64,
) -> Result<Vec<Waiting>, StoreError> {
    let stuck: Vec<_> = stuck.iter().map(|msp| id(*msp)).collect();
    on!(&mut across.0, |c| outbox::table
        .filter(outbox::created_at.le(at(now - wait)).or(outbox::created_at.gt(at(now + AHEAD))))
        .filter(outbox::msp.ne_all(&stuck))
        .order(outbox::created_at)
        .limit(limit)
        .select((outbox::id, outbox::body))
        .load::<Waiting>(c))
}

/// Since when the oldest event waits.
///
/// # Errors
/// If the database does not answer.
pub async fn oldest(across: &mut Across) -> Result<Option<Instant>, StoreError> {
    let oldest = on!(&mut across.0, |c| outbox::table
        .order(outbox::created_at)
        .select(outbox::created_at)
        .first::<Instant>(c));
    super::found_or_none(oldest)
}

/// The msps of which an event has waited since before `before`.
///
/// # Errors
/// If the database does not answer.
pub async fn behind(across: &mut Across, before: Instant) -> Result<Vec<MspId>, StoreError> {
    on!(&mut across.0, |c| outbox::table
        .filter(outbox::created_at.lt(at(before)))
        .select(outbox::msp)
        .distinct()
        .load::<MspId>(c))
}
