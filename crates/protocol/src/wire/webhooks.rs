//! Webhooks: servers of an msp's own that are sent its audit log. Requests are signed as Standard Webhooks says
//! (<https://www.standardwebhooks.com>): any of its verifiers takes them.

use serde::{Deserialize, Serialize};

use super::audit::AuditEntry;
use crate::{BatchId, Instant, MspId, TenantId, WebhookId};

/// Which events are sent: conditions that stand are all to be met, and none is every event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct WebhookFilter {
    /// The facts' words, any of them; empty: all facts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub kinds: Vec<String>,
    /// The tenant that they concern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// How it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// A webhook that is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateWebhook {
    /// Where events are posted to: https, at a public address. It is stored and shown as it is: put no secret in it.
    #[cfg_attr(feature = "openapi", schema(max_length = 2048))]
    pub url: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub description: Option<String>,
    /// Which events are sent.
    #[serde(default)]
    pub filter: WebhookFilter,
    /// The first position that is sent; absent: what is recorded from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
}

/// A webhook as it is to be from now on, as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeWebhook {
    /// Where events are posted to.
    #[cfg_attr(feature = "openapi", schema(max_length = 2048))]
    pub url: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub description: Option<String>,
    /// Which events are sent.
    #[serde(default)]
    pub filter: WebhookFilter,
    /// Whether nothing is sent for now; nothing is skipped either.
    pub paused: bool,
}

/// Whether a webhook is sent anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// It is.
    Active,
    /// An admin has paused it.
    Paused,
    /// Its server answered 410 Gone. A change that does not pause it sets it going again.
    Gone,
    /// An admin has removed it, for good.
    Removed,
}

impl WebhookState {
    /// The state's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Gone => "gone",
            Self::Removed => "removed",
        }
    }
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where events are posted to.
    pub url: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Which events are sent.
    pub filter: WebhookFilter,
    /// Whether it is sent anything.
    pub state: WebhookState,
    /// Its secret, `whsec_` and base64: in the answer that made it, and nowhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Until when the secret before the present one signs too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<Instant>,
    /// The last position that is done with: delivered, not asked for, or a dead letter. Null before the first.
    pub delivered_through: Option<u64>,
    /// Since when nothing could be delivered; absent while all goes well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Instant>,
    /// How often the present batch was tried in vain.
    pub attempts: u32,
    /// Why it failed last: `http_503`, `timeout`, `connection`, `endpoint_forbidden`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it is tried again, if it was tried in vain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// Its version.
    pub version: i64,
}

/// A new secret for a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateWebhookSecret {
    /// How long the old secret signs too, in seconds, at most a week; 0 where it leaked.
    #[cfg_attr(feature = "openapi", schema(maximum = 604_800))]
    pub keep_old_s: u32,
}

/// Where a webhook goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MoveWebhook {
    /// The next position that is sent; at most the log's size.
    pub from: u64,
}

/// What became of one request to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookAttempt {
    /// Whether its server took it: any status of 200 to 299.
    pub delivered: bool,
    /// How it went: `http_204`, `timeout`, `connection`, `endpoint_forbidden`.
    pub outcome: String,
}

/// Events that could not be delivered in time. They stand in the log all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookDeadLetter {
    /// The batch: its `webhook-id`.
    pub id: BatchId,
    /// The first position.
    pub from: u64,
    /// The last position.
    pub through: u64,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed last.
    pub reason: String,
    /// When it was tried first.
    pub first_tried_at: Instant,
    /// When it was given up.
    pub given_up_at: Instant,
    /// When it was delivered after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redelivered_at: Option<Instant>,
}

/// What a request to a webhook is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookBodyType {
    /// Events of the log, oldest first.
    #[serde(rename = "audit.events")]
    Events,
    /// An admin tries whether requests arrive: it has no events.
    #[serde(rename = "audit.test")]
    Test,
}

/// The body of a request to a webhook. Its headers are `webhook-id`, the same for the same batch however often it is
/// sent; `webhook-timestamp`; and `webhook-signature`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookBody {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: WebhookBodyType,
    /// When it was made; sent again, it is the same.
    pub timestamp: Instant,
    /// The events.
    pub data: WebhookEvents,
}

/// Events of the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookEvents {
    /// Whose log.
    pub msp_id: MspId,
    /// The webhook.
    pub webhook_id: WebhookId,
    /// The first position that was looked at.
    pub from: u64,
    /// The last one. All that meets the webhook's filter between the two is here, but for what was pruned.
    pub through: u64,
    /// The events, each with its position and its leaf's hash.
    pub items: Vec<AuditEntry>,
    /// How many of the positions had lost their text to retention before they could be sent: nobody can tell any more
    /// whether they met the filter. Absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pruned: Option<u64>,
}
