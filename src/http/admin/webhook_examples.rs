//! Examples of the bodies of webhooks' routes.

use countersign_protocol::{
    Instant,
    wire::webhooks::{
        ChangeWebhook, CreateWebhook, MoveWebhook, RotateWebhookSecret, Webhook, WebhookAttempt,
        WebhookDeadLetter, WebhookFilter, WebhookState,
    },
};
use uuid::Uuid;

use crate::http::openapi::Examples;

/// The examples of these routes' bodies.
pub fn examples(examples: &mut Examples) {
    let id = |last: u128| Uuid::from_u128(0x01a2_02a1_5fe0_7000_8000_0000_0000_0000 + last);
    let at = |minutes: i64| Instant::from_unix_millis(1_795_340_460_000 + minutes * 60_000);
    let (url, description) = ("https://siem.example.com/countersign", Some("The SIEM".to_owned()));
    let kinds = ["login_approved", "login_denied"].map(str::to_owned).to_vec();
    let filter = WebhookFilter { kinds, ..WebhookFilter::default() };
    let webhook = Webhook {
        id: id(50).into(),
        url: url.to_owned(),
        description: description.clone(),
        filter: filter.clone(),
        state: WebhookState::Active,
        secret: None,
        old_secret_until: None,
        delivered_through: Some(41),
        failing_since: Some(at(7)),
        attempts: 2,
        last_error: Some("http_503".to_owned()),
        next_attempt_at: Some(at(8)),
        created_at: at(0),
        version: 1,
    };
    let url = url.to_owned();
    examples.body(&CreateWebhook {
        url: url.clone(),
        description: description.clone(),
        filter: filter.clone(),
        from: Some(0),
    });
    examples.body(&ChangeWebhook { url, description, filter, paused: false });
    examples.page(&webhook);
    let secret = Some("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD...".to_owned());
    examples.body(&Webhook { secret, ..webhook });
    examples.body(&RotateWebhookSecret { keep_old_s: 86_400 });
    examples.body(&MoveWebhook { from: 0 });
    examples.body(&WebhookAttempt { delivered: true, outcome: "http_204".to_owned() });
    examples.page(&WebhookDeadLetter {
        id: id(51).into(),
        from: 42,
        through: 47,
        attempts: 80,
        reason: "http_503".to_owned(),
        first_tried_at: at(7),
        given_up_at: at(4327),
        redelivered_at: None,
    });
}
