//! One batch to one webhook: taken in hand, read, sent, noted. Whoever dies in between leaves it as it was, for
//! somebody else once its time is over; then it is sent again, with the same id and the same end.

use countersign_protocol::{Instant, WebhookId};
use uuid::Uuid;

use super::{Webhooks, batch::Events, request::Answered};
use crate::{
    domain::{Batch, Entity, Fact, Failure, News, Standing},
    store::{
        Scope,
        audit::webhooks::{self, Letter, StoredWebhook},
    },
};

/// What one delivery came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Somebody else has it in hand, or has changed it, or there is nothing to do.
    Left,
    /// It was sent what there was, or there was nothing for it in it.
    Done {
        /// Whether the log has more for it.
        more: bool,
    },
    /// It is tried again then.
    Failed(Instant),
    /// The batch is a dead letter, and it goes on without it.
    GivenUp,
    /// Its server is gone.
    Gone,
}

/// A webhook that this node has in hand.
struct InHand {
    webhook: StoredWebhook,
    claim: Uuid,
}

impl Webhooks {
    /// Delivers the next batch to a webhook. What can't be read or signed has failed, as what is not taken.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn deliver(&self, webhook: WebhookId) -> Result<Delivery, Failure> {
        let now = self.now();
        let claim: Uuid = self.0.random.id(now);
        let mut across = self.0.store.across().await?;
        let times = (now, now + self.lease());
        let claimed = webhooks::claim(&mut across, webhook, claim, times).await?;
        drop(across);
        let Some(webhook) = claimed else { return Ok(Delivery::Left) };
        let in_hand = InHand { webhook, claim };
        let (webhook, standing) = (&in_hand.webhook, &in_hand.webhook.standing);
        let read = match self.next_events(webhook).await {
            Err(Failure::Fault(why)) => return self.unreadable(&in_hand, &why).await,
            read => read?,
        };
        let Some(events) = read else {
            let idle = Standing { due_at: now, ..standing.clone() };
            self.settle(&in_hand, &idle).await?;
            return Ok(Delivery::Left);
        };
        let (through, more) = (events.told.through, events.more);
        if events.is_empty() {
            let passed = standing.clone().passed(through, self.now());
            let settled = self.settle(&in_hand, &passed).await?;
            return Ok(if settled { Delivery::Done { more } } else { Delivery::Left });
        }
        self.send_batch(in_hand, events).await
    }

    /// The batch that was begun, or the events of the next one. Where one of those can't be read, it is the next one
    /// alone: what can be read in front of it is not held up.
    async fn next_events(&self, webhook: &StoredWebhook) -> Result<Option<Events>, Failure> {
        let Standing { next, batch, .. } = &webhook.standing;
        let end = batch.map(|batch| batch.through);
        match self.events(webhook, &webhook.filter, (*next, end)).await {
            Err(Failure::Fault(_)) if end.is_none() => {
                self.events(webhook, &webhook.filter, (*next, Some(*next))).await
            }
            read => read,
        }
    }

    /// The batch that was begun, or else the next event, can't be read: it is tried again, as what is not taken.
    async fn unreadable(&self, in_hand: &InHand, why: &str) -> Result<Delivery, Failure> {
        let (webhook, mut standing) = (&in_hand.webhook, in_hand.webhook.standing.clone());
        let batch = standing.batch.unwrap_or_else(|| self.fresh_batch(standing.next));
        standing.batch = Some(batch);
        self.failed(in_hand, standing, batch, &self.unread(webhook, why)).await
    }

    fn fresh_batch(&self, through: u64) -> Batch {
        let now = self.now();
        Batch { id: self.0.random.id(now), through, first_tried_at: now }
    }

    async fn send_batch(&self, in_hand: InHand, events: Events) -> Result<Delivery, Failure> {
        let (webhook, mut standing) = (&in_hand.webhook, in_hand.webhook.standing.clone());
        let (through, more) = (events.told.through, events.more);
        let batch = standing.batch.unwrap_or_else(|| self.fresh_batch(through));
        if standing.batch.replace(batch).is_none() {
            // Known before anybody has seen it: whoever sends it again sends the same.
            let mut across = self.0.store.across().await?;
            let key = (webhook.id, in_hand.claim);
            if !webhooks::settle(&mut across, key, &standing, true).await? {
                return Ok(Delivery::Left);
            }
        }
        let body = Events::body(events.told, batch.first_tried_at)?;
        let answered = self.send(webhook, batch.id, body).await;
        if answered.is_gone() {
            return self.end(in_hand).await;
        }
        if !answered.is_success() {
            return self.failed(&in_hand, standing, batch, &answered).await;
        }
        let (delivered, news) = standing.delivered(through, self.now());
        // Also where others had it in hand meanwhile: it was delivered.
        self.0.metrics.audit.webhook_request("delivered");
        if !self.settle(&in_hand, &delivered).await? {
            return Ok(Delivery::Left);
        }
        self.tell(webhook, news, "");
        Ok(Delivery::Done { more })
    }

    async fn failed(
        &self,
        in_hand: &InHand,
        standing: Standing,
        batch: Batch,
        answered: &Answered,
    ) -> Result<Delivery, Failure> {
        let (webhook, now, reason) = (&in_hand.webhook, self.now(), answered.word.as_str());
        let [chance] = self.0.random.bytes();
        let from = standing.next;
        let (failed, news) = standing.failed(reason, now, answered.retry_after, chance);
        if !failed.is_to_be_given_up(self.0.give_up, now) {
            self.0.metrics.audit.webhook_request("failed");
            if !self.settle(in_hand, &failed).await? {
                return Ok(Delivery::Left);
            }
            self.tell(webhook, news, reason);
            return Ok(Delivery::Failed(failed.due_at));
        }
        let letter = Letter {
            id: batch.id,
            webhook: webhook.id,
            msp: webhook.msp,
            from,
            through: batch.through,
            filter: webhook.filter.clone(),
            attempts: failed.attempts,
            reason: reason.to_owned(),
            first_tried_at: batch.first_tried_at,
            given_up_at: now,
        };
        let Batch { through, .. } = batch;
        let due_at = failed.due_at;
        let passed = Standing { due_at, ..failed.passed(through, now) };
        let key = (webhook.id, in_hand.claim);
        if !webhooks::give_up(&self.0.store, key, &passed, &letter).await? {
            return Ok(Delivery::Left);
        }
        self.0.metrics.audit.webhook_request("given_up");
        self.tell(webhook, news, reason);
        let to = webhook.host();
        let sentence = format!(
            "the entries {from} to {through} could not be delivered to the webhook {to}: {reason}"
        );
        let reason = reason.to_owned();
        self.observe(webhook, sentence, Fact::WebhookGivenUp { from, through, reason });
        Ok(Delivery::GivenUp)
    }

    /// Its server said that it is gone.
    async fn end(&self, in_hand: InHand) -> Result<Delivery, Failure> {
        self.0.metrics.audit.webhook_request("gone");
        let InHand { webhook, claim } = in_hand;
        let (occasion, entity) = (self.occasion(&webhook), Entity::Webhook(webhook.id));
        let sentence = format!("the webhook {} is gone: its server said so", webhook.host());
        let event =
            occasion.event(self.0.random.id(occasion.at), entity, 0, sentence, Fact::WebhookGone);
        let ending = self.0.store.transact(Scope::msp(webhook.msp), move |mut tx| {
            Box::pin(async move {
                let version = webhooks::gone(&mut tx, webhook.id, claim).await?;
                let Some(version) = version else { return Ok(Delivery::Left) };
                tx.commit(crate::domain::Event { version, ..event }, vec![]).await?;
                Ok(Delivery::Gone)
            })
        });
        ending.await
    }

    async fn settle(&self, in_hand: &InHand, standing: &Standing) -> Result<bool, Failure> {
        let mut across = self.0.store.across().await?;
        let key = (in_hand.webhook.id, in_hand.claim);
        Ok(webhooks::settle(&mut across, key, standing, false).await?)
    }

    fn tell(&self, webhook: &StoredWebhook, news: Option<News>, reason: &str) {
        let to = webhook.host();
        let (sentence, fact) = match news {
            None => return,
            Some(News::Failing) => (
                format!("deliveries to the webhook {to} fail: {reason}"),
                Fact::WebhookFailing { reason: reason.to_owned() },
            ),
            Some(News::Recovered) => {
                (format!("deliveries to the webhook {to} succeed again"), Fact::WebhookRecovered)
            }
        };
        self.observe(webhook, sentence, fact);
    }
}
