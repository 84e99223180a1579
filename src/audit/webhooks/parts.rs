//! What webhooks are delivered to with.

use std::{sync::Arc, time::Duration};

use countersign_protocol::{Instant, MspId, WebhookId};
use futures_util::future::join_all;

use super::{Delivery, round::Round};
use crate::{
    ambient::{Clock, Random},
    audit::{Nudge, Observe, Observer},
    auth::KeyRing,
    domain::{Actor, Entity, Fact, Failure, Occasion},
    metrics::Metrics,
    outbound::{Caller, NotAdmitted},
    store::{
        Store,
        audit::webhooks::{self, StoredWebhook},
    },
};

/// How long a node has a webhook in hand beyond the longest call: the statements around it are bounded too.
const SLACK: Duration = Duration::from_secs(30);

/// What webhooks are delivered to with.
pub struct WebhookParts {
    /// The database.
    pub store: Arc<Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids, and what spreads retries apart.
    pub random: Arc<dyn Random>,
    /// Opens secrets.
    pub keys: Arc<KeyRing>,
    /// Records that a webhook fails.
    pub observer: Arc<Observer>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Says that a log of this node has grown.
    pub grown: Arc<Nudge>,
    /// Calls out.
    pub caller: Caller,
    /// The longest that a call takes.
    pub timeout: Duration,
    /// How long events gather.
    pub gather: Duration,
    /// How long a batch is tried.
    pub give_up: Duration,
}

/// Delivers to webhooks.
pub struct Webhooks(pub(super) WebhookParts);

impl Webhooks {
    /// How many are delivered to at once.
    pub const AT_ONCE: usize = 16;
    /// How many of those are one msp's.
    pub const AT_ONCE_OF_ONE: usize = 4;

    /// A deliverer of these parts.
    #[must_use]
    pub fn new(parts: WebhookParts) -> Self {
        Self(parts)
    }

    /// The host of an address, if it has the form of one that may be called. Where a name leads is judged at each
    /// connection.
    ///
    /// # Errors
    /// It is never called.
    pub fn host(&self, address: &str) -> Result<String, NotAdmitted> {
        self.0.caller.host(address)
    }

    /// Says that there may be something to deliver.
    pub fn look(&self) {
        self.0.grown.give();
    }

    /// Returns once there may be something to deliver and it had time to gather; after `longest` in any case.
    pub async fn wanted(&self, longest: Duration) {
        self.0.grown.given(longest).await;
        tokio::time::sleep(self.0.gather).await;
    }

    /// Those whose logs have more than they were sent, and that are not in anybody's hands: as many as this node may
    /// have in hand beside those of these msps that it has.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn due(&self, in_hand: &[MspId]) -> Result<Vec<(WebhookId, MspId)>, Failure> {
        let mut round = Round::beside(in_hand);
        let mut across = self.0.store.across().await?;
        while !round.is_full() {
            let sated = round.sated();
            let due = webhooks::due(&mut across, self.0.clock.now(), &sated, Self::AT_ONCE).await?;
            let all = due.len() < Self::AT_ONCE;
            if !round.pick(due) || all {
                break;
            }
        }
        Ok(round.picked())
    }

    /// One step: a batch for each that is due and that there is room for, at once.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn step(&self) -> Result<Vec<Delivery>, Failure> {
        let due = self.due(&[]).await?;
        join_all(due.into_iter().map(|(webhook, _)| self.deliver(webhook)))
            .await
            .into_iter()
            .collect()
    }

    /// One step: measures how far webhooks are behind.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn measure(&self) -> Result<(), Failure> {
        let mut across = self.0.store.across().await?;
        let behind = webhooks::behind(&mut across).await?;
        self.0.metrics.audit.webhooks_behind(behind.webhooks, behind.events);
        Ok(())
    }

    pub(super) fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// How long a node has a webhook in hand.
    pub(super) fn lease(&self) -> Duration {
        self.0.timeout + SLACK
    }

    /// What all events of the service about a webhook share.
    pub(super) fn occasion(&self, webhook: &StoredWebhook) -> Occasion {
        Occasion { at: self.now(), msp: webhook.msp, tenant: None, actor: Actor::Service }
    }

    pub(super) fn observe(&self, webhook: &StoredWebhook, sentence: String, fact: Fact) {
        let (occasion, entity) = (self.occasion(webhook), Entity::Webhook(webhook.id));
        let event = occasion.event(self.0.random.id(occasion.at), entity, 0, sentence, fact);
        self.0.observer.observe(event);
    }
}
