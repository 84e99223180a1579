//! A webhook's row.

use countersign_protocol::{
    BatchId, Instant, MspId, WebhookId,
    wire::webhooks::{Webhook, WebhookFilter, WebhookState},
};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    domain::{Batch, Standing},
    store::{StoreError, types::json},
};

/// A webhook's secrets, sealed.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The present one.
    pub sealed: Vec<u8>,
    /// Its number.
    pub number: i32,
    /// The one before it, and until when it signs too.
    pub old: Option<(Vec<u8>, Instant)>,
}

/// A webhook as it is stored.
#[derive(Clone, Debug)]
pub struct StoredWebhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose.
    pub msp: MspId,
    /// Where events are posted to.
    pub url: String,
    /// What it is for.
    pub description: Option<String>,
    /// Which events.
    pub filter: WebhookFilter,
    /// Whether it is sent anything.
    pub state: WebhookState,
    /// Its secrets.
    pub sealed: Sealed,
    /// When it was made.
    pub created_at: Instant,
    /// How it stands.
    pub standing: Standing,
    /// Its version.
    pub version: i64,
}

/// The columns, in the order of the table.
#[derive(Queryable)]
pub(super) struct Row {
    id: WebhookId,
    msp: MspId,
    url: String,
    description: Option<String>,
    filter: String,
    state: WebhookState,
    sealed: Vec<u8>,
    secret_number: i32,
    old_sealed: Option<Vec<u8>>,
    old_until: Option<Instant>,
    created_at: Instant,
    next_position: i64,
    due_at: Instant,
    _claim: Option<Uuid>,
    batch: Option<BatchId>,
    through_position: Option<i64>,
    first_tried_at: Option<Instant>,
    attempts: i32,
    last_error: Option<String>,
    failing_since: Option<Instant>,
    told_at: Option<Instant>,
    version: i64,
}

/// A position as it is told.
pub(super) fn told(position: i64) -> Result<u64, StoreError> {
    let corrupt = |_| StoreError::Corrupt(format!("a webhook at the position {position}"));
    u64::try_from(position).map_err(corrupt)
}

impl TryFrom<Row> for StoredWebhook {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let batch = match (row.batch, row.through_position, row.first_tried_at) {
            (Some(id), Some(through), Some(first_tried_at)) => {
                Some(Batch { id, through: told(through)?, first_tried_at })
            }
            _ => None,
        };
        Ok(Self {
            id: row.id,
            msp: row.msp,
            url: row.url,
            description: row.description,
            filter: json(&row.filter)?,
            state: row.state,
            sealed: Sealed {
                sealed: row.sealed,
                number: row.secret_number,
                old: row.old_sealed.zip(row.old_until),
            },
            created_at: row.created_at,
            standing: Standing {
                next: told(row.next_position)?,
                due_at: row.due_at,
                batch,
                attempts: row.attempts.unsigned_abs(),
                last_error: row.last_error,
                failing_since: row.failing_since,
                told_at: row.told_at,
            },
            version: row.version,
        })
    }
}

impl StoredWebhook {
    /// What it is known by to people: the host, of which no path and no query can be read.
    #[must_use]
    pub fn host(&self) -> String {
        let url: Option<url::Url> = self.url.parse().ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// As it is shown at this instant: without its secret.
    #[must_use]
    pub fn shown(self, now: Instant) -> Webhook {
        let Standing { next, due_at, attempts, last_error, failing_since, .. } = self.standing;
        let waits = attempts > 0 && self.state == WebhookState::Active;
        Webhook {
            id: self.id,
            url: self.url,
            description: self.description,
            filter: self.filter,
            state: self.state,
            secret: None,
            old_secret_until: self.sealed.old.map(|(_, until)| until).filter(|until| *until > now),
            delivered_through: next.checked_sub(1),
            failing_since,
            attempts,
            last_error,
            next_attempt_at: waits.then_some(due_at),
            created_at: self.created_at,
            version: self.version,
        }
    }
}
