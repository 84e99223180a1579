//! Webhooks of the audit log.

use countersign_protocol::{
    BatchId, WebhookId,
    wire::{
        Page,
        webhooks::{
            ChangeWebhook, CreateWebhook, MoveWebhook, RotateWebhookSecret, Webhook,
            WebhookAttempt, WebhookDeadLetter,
        },
    },
};
use reqwest::Method;

use super::{Admin, Paging};
use crate::{Request, Result};

const WEBHOOKS: &str = "/admin/v1/audit/webhooks";

impl Admin {
    /// Makes a webhook; the answer alone holds its secret.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn create_webhook(&self, webhook: &CreateWebhook) -> Result<Webhook> {
        self.create(WEBHOOKS, webhook).await
    }

    /// The msp's webhooks.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn webhooks(&self, paging: &Paging) -> Result<Page<Webhook>> {
        self.list(WEBHOOKS, paging).await
    }

    /// A webhook.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn webhook(&self, id: WebhookId) -> Result<Webhook> {
        self.get(&format!("{WEBHOOKS}/{id}")).await
    }

    /// Replaces what a webhook is.
    ///
    /// # Errors
    /// `conflict`; see [`crate::Error`].
    pub async fn change_webhook(&self, id: WebhookId, change: &ChangeWebhook) -> Result<Webhook> {
        let request = Request::new(Method::PATCH, format!("{WEBHOOKS}/{id}")).json(change);
        self.send(request).await?.json()
    }

    /// Removes a webhook, for good.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn remove_webhook(&self, id: WebhookId) -> Result<()> {
        self.delete(&format!("{WEBHOOKS}/{id}")).await
    }

    /// Gives a webhook a new secret; the answer alone holds it. The old one signs on for `keep_old_s` seconds.
    ///
    /// # Errors
    /// `conflict`; see [`crate::Error`].
    pub async fn rotate_webhook_secret(&self, id: WebhookId, keep_old_s: u32) -> Result<Webhook> {
        let asked = RotateWebhookSecret { keep_old_s };
        self.create(&format!("{WEBHOOKS}/{id}/rotate-secret"), &asked).await
    }

    /// Lets a webhook go on at another position.
    ///
    /// # Errors
    /// `conflict`; see [`crate::Error`].
    pub async fn move_webhook(&self, id: WebhookId, from: u64) -> Result<Webhook> {
        self.create(&format!("{WEBHOOKS}/{id}/move"), &MoveWebhook { from }).await
    }

    /// Sends a webhook a test.
    ///
    /// # Errors
    /// `conflict`; see [`crate::Error`].
    pub async fn test_webhook(&self, id: WebhookId) -> Result<WebhookAttempt> {
        self.act(&format!("{WEBHOOKS}/{id}/test")).await
    }

    /// What could not be delivered to a webhook.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn webhook_dead_letters(
        &self,
        id: WebhookId,
        paging: &Paging,
    ) -> Result<Page<WebhookDeadLetter>> {
        self.list(&format!("{WEBHOOKS}/{id}/dead-letters"), paging).await
    }

    /// Sends a dead letter once more.
    ///
    /// # Errors
    /// `conflict`; see [`crate::Error`].
    pub async fn redeliver(&self, id: WebhookId, letter: BatchId) -> Result<WebhookAttempt> {
        self.act(&format!("{WEBHOOKS}/{id}/dead-letters/{letter}/redeliver")).await
    }
}
