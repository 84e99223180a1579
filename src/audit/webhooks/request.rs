//! One request to a webhook's server, as Standard Webhooks 1.0 says.

use std::time::Duration;

use countersign_protocol::{
    BatchId, WebhookId,
    wire::webhooks::{
        WebhookAttempt, WebhookBodyType, WebhookDeadLetter, WebhookEvents, WebhookFilter,
    },
};

use super::{
    Webhooks,
    batch::{Events, body},
};
use crate::{
    auth::{SealError, WebhookSecret, webhook_secret::timestamp},
    domain::Failure,
    outbound::{Call, Verb},
    store::audit::webhooks::StoredWebhook,
};

/// How a request went.
pub(super) struct Answered {
    /// `http_204`, `timeout`.
    pub(super) word: String,
    /// The status, if there was an answer.
    pub(super) status: Option<u16>,
    /// When the server wants to hear again.
    pub(super) retry_after: Option<Duration>,
}

impl Answered {
    /// There was no answer, for this reason.
    fn none(word: &str) -> Self {
        Self { word: word.to_owned(), status: None, retry_after: None }
    }

    pub(super) fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// The server will never take anything again (RFC 9110 section 15.5.11).
    pub(super) fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

impl From<Answered> for WebhookAttempt {
    fn from(answered: Answered) -> Self {
        Self { delivered: answered.is_success(), outcome: answered.word }
    }
}

impl Webhooks {
    /// Sends a body, signed with each secret that is valid. Without them nothing is sent, and it has failed.
    pub(super) async fn send(
        &self,
        webhook: &StoredWebhook,
        id: BatchId,
        body: Vec<u8>,
    ) -> Answered {
        let (id, now) = (format!("msg_{}", id.0.simple()), self.now());
        let secrets = match self.secrets(webhook) {
            Ok(secrets) => secrets,
            Err(error) => {
                tracing::error!(webhook = %webhook.id, %error, "a webhook's secret can't be opened");
                return Answered::none("secret");
            }
        };
        let signatures = secrets.into_iter();
        let signatures: Vec<_> = signatures.map(|secret| secret.sign(&id, now, &body)).collect();
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", timestamp(now).to_string()),
            ("webhook-signature", signatures.join(" ")),
        ];
        let call = Call { verb: Verb::Post, address: &webhook.url, headers, body };
        match self.0.caller.call(call, now).await {
            Ok(answer) => Answered {
                word: answer.word(),
                status: Some(answer.status),
                retry_after: answer.retry_after,
            },
            Err(word) => Answered::none(word),
        }
    }

    /// What was to be sent can't be read: the log lacks a leaf, or a text is no event's.
    pub(super) fn unread(&self, webhook: &StoredWebhook, why: &str) -> Answered {
        tracing::error!(webhook = %webhook.id, %why, "events of a webhook can't be read");
        Answered::none("unreadable_log")
    }

    /// The present secret, and the one before it while it is valid.
    fn secrets(&self, webhook: &StoredWebhook) -> Result<Vec<WebhookSecret>, SealError> {
        let open = |number: i32, sealed: &[u8]| {
            WebhookSecret::open(&self.0.keys, webhook.id, number, sealed)
        };
        let sealed = &webhook.sealed;
        let mut secrets = vec![open(sealed.number, &sealed.sealed)?];
        if let Some((old, until)) = &sealed.old
            && self.now() < *until
        {
            secrets.push(open(sealed.number - 1, old)?);
        }
        Ok(secrets)
    }

    /// Sends a test: a request like every other, without events.
    ///
    /// # Errors
    /// Never in practice: the body becomes JSON.
    pub async fn test(&self, webhook: &StoredWebhook) -> Result<WebhookAttempt, Failure> {
        let (id, now, position) = (self.0.random.id(self.now()), self.now(), webhook.standing.next);
        let told = nothing(webhook.id, webhook, position);
        let body = body(WebhookBodyType::Test, told, now)?;
        Ok(self.send(webhook, id, body).await.into())
    }

    /// Sends a dead letter once more, with its own id.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn redeliver(
        &self,
        webhook: &StoredWebhook,
        letter: &WebhookDeadLetter,
        filter: &WebhookFilter,
    ) -> Result<WebhookAttempt, Failure> {
        let range = (letter.from, Some(letter.through));
        let events = match self.events(webhook, filter, range).await {
            Err(Failure::Fault(why)) => return Ok(self.unread(webhook, &why).into()),
            read => read?,
        };
        let told = events.map(|events| events.told);
        let told = told.unwrap_or_else(|| nothing(webhook.id, webhook, letter.from));
        let body = Events::body(told, letter.first_tried_at)?;
        Ok(self.send(webhook, letter.id, body).await.into())
    }
}

fn nothing(webhook_id: WebhookId, webhook: &StoredWebhook, position: u64) -> WebhookEvents {
    WebhookEvents {
        msp_id: webhook.msp,
        webhook_id,
        from: position,
        through: position,
        items: Vec::new(),
        pruned: None,
    }
}
