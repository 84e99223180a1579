//! Retention: an msp's texts go after the time that it keeps them. Leaves and hashes stay, so that the tree is the
//! same with and without them.
//!
//! In three steps, each of which may be cut off and taken again. A pruning is asked for in a transaction with its
//! event; once the event stands in the log, the texts go, a few at a time; then the pruning is done. Where the
//! database keeps bodies by month, the table of a month that is over goes once nothing is left in it.

use std::{sync::Arc, time::Duration};

use countersign_protocol::{Instant, MspId};

use crate::{
    ambient::{Clock, Random},
    domain::{Actor, Entity, Fact, Failure, Occasion},
    store::{
        Scope, Store, StoreError,
        audit::retention::{self, Pruning, Request},
    },
};

/// The days of a retention.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Positions that go in one transaction: SQLite's one writer is waited for by everybody else.
const AT_ONCE: i64 = 2000;
const AT_ONCE_ON_SQLITE: i64 = 200;
/// Prunings that one step looks at.
const PRUNINGS: i64 = 1000;

/// Takes texts away that nobody keeps.
pub struct Retention {
    /// The database.
    pub store: Arc<Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids of events.
    pub random: Arc<dyn Random>,
}

impl Retention {
    /// One step: asks for the prunings that are due, one an msp and day at most; how many.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn request(&self) -> Result<usize, Failure> {
        let mut across = self.store.across().await?;
        let forgetful = retention::forgetful(&mut across).await?;
        drop(across);
        let mut requested = 0;
        for (msp, days) in forgetful {
            requested += usize::from(self.request_of(msp, days).await?);
        }
        Ok(requested)
    }

    async fn request_of(&self, msp: MspId, days: i32) -> Result<bool, Failure> {
        let now = self.clock.now();
        let before = start_of_day(now - DAY * days.unsigned_abs());
        let mut across = self.store.across().await?;
        let last = retention::last_requested(&mut across, msp).await?;
        let through = retention::last_before(&mut across, msp, before).await?;
        drop(across);
        let from = last.map_or(0, |last| last + 1);
        let Some(through) = through.filter(|through| *through >= from) else { return Ok(false) };
        let occasion = Occasion { at: now, msp, tenant: None, actor: Actor::Service };
        let request =
            Request { retention_days: days, from, through, event: self.random.id(now), now };
        let work = move |mut tx| {
            Box::pin(async move {
                let Some(version) = retention::request(&mut tx, request).await? else {
                    return Ok(false);
                };
                let (from, through) = (from.unsigned_abs(), through.unsigned_abs());
                let sentence = format!(
                    "the entries {from} to {through} of the audit log, from before {before}, lose their texts: they are \
                     kept for {days} days"
                );
                let fact = Fact::AuditPruned { from, through, recorded_before: before };
                let entity = Entity::Msp(msp);
                let event = occasion.event(request.event, entity, version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(true)
            }) as futures_util::future::BoxFuture<'static, Result<bool, Failure>>
        };
        self.store.transact(Scope::msp(msp), work).await
    }

    /// One step: takes away what recorded prunings cover; how many texts. What it leaves when it is cut off, the
    /// next one takes.
    ///
    /// # Errors
    /// If the database does not answer, or refuses.
    pub async fn execute(&self) -> Result<usize, Failure> {
        let mut across = self.store.across().await?;
        let prunings = retention::recorded(&mut across, PRUNINGS).await?;
        drop(across);
        let mut gone = 0;
        for pruning in prunings {
            gone += self.take_away(&pruning).await?;
            let mut across = self.store.across().await?;
            retention::done(&mut across, &pruning, self.clock.now()).await?;
        }
        self.drop_empty_months().await;
        Ok(gone)
    }

    /// Drops the months of which nothing is left. No text depends on it: what can't be dropped is tried again with the
    /// next step.
    async fn drop_empty_months(&self) {
        let before = self.clock.now();
        let months = match retention::months_before(&self.store, before).await {
            Ok(months) => months,
            Err(error) => {
                tracing::warn!(%error, "the audit log's months could not be read");
                return;
            }
        };
        for month in months {
            if let Err(error) = retention::drop_month(&self.store, &month, before).await {
                tracing::warn!(%month, %error, "a month of the audit log could not be dropped");
            }
        }
    }

    async fn take_away(&self, pruning: &Pruning) -> Result<usize, StoreError> {
        let at_once = if self.store.is_postgres() { AT_ONCE } else { AT_ONCE_ON_SQLITE };
        let (mut gone, mut from) = (0, pruning.from);
        while from <= pruning.through {
            let until = from.saturating_add(at_once).min(pruning.through + 1);
            gone += retention::take_away(&self.store, pruning.msp, (from, until)).await?;
            from = until;
        }
        Ok(gone)
    }
}

/// Midnight in UTC: one pruning a day is enough.
fn start_of_day(instant: Instant) -> Instant {
    let day = i64::try_from(DAY.as_millis()).unwrap_or(1);
    Instant::from_unix_millis(instant.unix_millis().div_euclid(day) * day)
}
