//! What is sent together.

use countersign_protocol::{
    Instant,
    wire::webhooks::{WebhookBody, WebhookBodyType, WebhookEvents, WebhookFilter},
};

use super::Webhooks;
use crate::{
    domain::{AuditFilter, Failure, Order},
    store::{
        Scope,
        audit::{
            AuditRow, Bounds, Stretch, search,
            webhooks::{self, StoredWebhook},
        },
    },
};

/// How many events are sent together at most, and how many are scanned for them where no index serves.
const BOUNDS: Bounds = Bounds { rows: 100, scanned: 20_000 };
/// How many bytes of events are sent together; a single one may have more.
const LONGEST: usize = 256 * 1024;

/// Events that may be sent together.
pub(super) struct Events {
    /// What is sent.
    pub(super) told: WebhookEvents,
    /// Whether the log has more behind them.
    pub(super) more: bool,
}

impl Events {
    /// True if there is nothing to be told.
    pub(super) fn is_empty(&self) -> bool {
        self.told.items.is_empty() && self.told.pruned.is_none()
    }

    /// The body, the same each time for the same events.
    pub(super) fn body(told: WebhookEvents, made_at: Instant) -> Result<Vec<u8>, Failure> {
        body(WebhookBodyType::Events, told, made_at)
    }
}

/// The body of a request.
pub(super) fn body(
    kind: WebhookBodyType,
    data: WebhookEvents,
    timestamp: Instant,
) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(&WebhookBody { kind, timestamp, data })
        .map_err(|error| Failure::Fault(format!("a webhook's body: {error}")))
}

impl Webhooks {
    /// The events from a position on that meet the filter, as far as they fit, or through the end of a batch that was
    /// made before; `None` if there is no such position yet.
    pub(super) async fn events(
        &self,
        webhook: &StoredWebhook,
        filter: &WebhookFilter,
        (from, through): (u64, Option<u64>),
    ) -> Result<Option<Events>, Failure> {
        let mut conn = self.0.store.within(Scope::msp(webhook.msp)).await?;
        let (size, pruned) = webhooks::stretch(&mut conn).await?;
        let last = through.map_or(size, |through| size.min(through + 1)).checked_sub(1);
        let Some(last) = last.filter(|last| *last >= from) else { return Ok(None) };
        let stretch = Stretch { positions: from..=last, order: Order::Oldest };
        let found = search(&mut conn, &AuditFilter::from(filter), &stretch, BOUNDS).await?;
        let (rows, cut) = fitting(found.rows);
        let through = cut.or(found.stopped_at).unwrap_or(last);
        let pruned = match pruned.map(|pruned| pruned.min(through)).filter(|end| *end >= from) {
            Some(end) => Some(webhooks::missing(&mut conn, from, end).await?),
            None => None,
        };
        drop(conn);
        let items = rows.into_iter().map(AuditRow::entry).collect::<Result<Vec<_>, _>>()?;
        let told = WebhookEvents {
            msp_id: webhook.msp,
            webhook_id: webhook.id,
            from,
            through,
            items,
            pruned: pruned.filter(|missing| *missing > 0),
        };
        Ok(Some(Events { told, more: through + 1 < size }))
    }
}

/// The rows that fit, and the last one's position if there are others.
fn fitting(mut rows: Vec<AuditRow>) -> (Vec<AuditRow>, Option<u64>) {
    let mut length = 0;
    let fit = rows.iter().take_while(|row| {
        length += row.body.len() + row.sentence.len();
        length <= LONGEST
    });
    let fit = fit.count().max(1);
    if fit >= rows.len() {
        return (rows, None);
    }
    rows.truncate(fit);
    let last = rows.last().and_then(|row| u64::try_from(row.position).ok());
    (rows, last)
}
