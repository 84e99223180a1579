//! What could not become an entry.

use countersign_protocol::{EventId, Instant, encoding::sha256};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::store::{
    Across, Store, StoreError,
    conn::on,
    schema::{audit_dead_letters, outbox},
    types::{at, id},
};

/// How much of what was found is kept, in bytes.
const KEPT: usize = 128 * 1024;

/// Something that could not become an entry.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// Where it was found: `stream`, `outbox`.
    pub source: &'static str,
    /// Why it is none.
    pub reason: String,
    /// What was found.
    pub entry: String,
    /// The event that it certainly was: its row leaves the outbox.
    pub event: Option<EventId>,
}

impl DeadLetter {
    /// Its id: the same one for what is found again, after an acknowledgement that was lost.
    fn id(&self) -> Uuid {
        let event = self.event.map(|event| event.0.into_bytes()).unwrap_or_default();
        let hash = sha256(&[self.source.as_bytes(), &[0], &event, self.entry.as_bytes()]);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        uuid::Builder::from_custom_bytes(id).into_uuid()
    }
}

/// Writes a dead letter down and takes its event out of the outbox, in one transaction.
///
/// # Errors
/// If the database does not answer.
pub async fn bury(store: &Store, letter: &DeadLetter, now: Instant) -> Result<(), StoreError> {
    // PostgreSQL's text holds no NUL.
    let kept = |text: &str| text.replace('\0', "\u{fffd}");
    let end =
        (0..=KEPT.min(letter.entry.len())).rev().find(|end| letter.entry.is_char_boundary(*end));
    let mut tx = store.recording().await?;
    on!(&mut tx, |c| diesel::insert_into(audit_dead_letters::table)
        .values((
            audit_dead_letters::id.eq(id(letter.id())),
            audit_dead_letters::source.eq(letter.source),
            audit_dead_letters::reason.eq(kept(&letter.reason)),
            audit_dead_letters::entry.eq(kept(&letter.entry[..end.unwrap_or(0)])),
            audit_dead_letters::found_at.eq(at(now)),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    if let Some(event) = letter.event {
        on!(&mut tx, |c| diesel::delete(outbox::table.filter(outbox::id.eq(id(event))))
            .execute(c))?;
    }
    tx.commit().await
}

/// How many were buried since `since`.
///
/// # Errors
/// If the database does not answer.
pub async fn buried_since(across: &mut Across, since: Instant) -> Result<i64, StoreError> {
    on!(&mut across.0, |c| audit_dead_letters::table
        .filter(audit_dead_letters::found_at.ge(at(since)))
        .count()
        .get_result::<i64>(c))
}
