//! An msp's server, which believes nothing that is not signed, and the house that sends to it.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use countersign::{audit::Delivery, config::Settings};
use countersign_protocol::wire::webhooks::{
    ChangeWebhook, CreateWebhook, Webhook, WebhookBody, WebhookFilter,
};
use countersign_testkit::vendors::{
    Deliveries,
    hook::{Hook, Sent},
};
use tempfile::TempDir;

use crate::house::{House, Place};

/// How far a request's timestamp may be from the present, in seconds: what the specification's libraries take.
const TOLERANCE_S: i64 = 300;

/// A house and a server that takes webhooks.
pub struct Receiver {
    pub house: House,
    pub hook: Hook,
    _folder: TempDir,
}

/// What `record_many` records, and nothing else does.
pub fn recorded_ones() -> WebhookFilter {
    WebhookFilter { kinds: vec!["delegation_ended".to_owned()], ..WebhookFilter::default() }
}

/// By the story alone, unless a story says otherwise.
pub fn by_itself(settings: &mut Settings) {
    settings.audit.webhooks.gather_ms = 10;
}

impl Receiver {
    pub async fn at(place: Place, change: impl Fn(&mut Settings) + Send + Sync + 'static) -> Self {
        let (hook, folder) = (Hook::start(), TempDir::new().unwrap());
        let roots = folder.path().join("roots.pem");
        hook.authority().write_pem(&roots).unwrap();
        let change = move |settings: &mut Settings| {
            settings.audit.calls.tls_roots = Some(roots.clone());
            settings.audit.webhooks.allowed_networks =
                ["127.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap()).to_vec();
            settings.audit.webhooks.gather_ms = 60_000;
            change(settings);
        };
        Self { house: House::at(place, change).await, hook, _folder: folder }
    }

    /// A webhook of the story's msp at this path, for what `record_many` records.
    pub async fn webhook(&self, path: &str) -> Webhook {
        self.webhook_for(path, recorded_ones()).await
    }

    pub async fn webhook_for(&self, path: &str, filter: WebhookFilter) -> Webhook {
        let url = format!("{}{path}", self.hook.url());
        let asked = CreateWebhook { url, filter, ..CreateWebhook::default() };
        self.house.admin.create_webhook(&asked).await.unwrap()
    }

    /// The webhook as it is, paused or not.
    pub fn paused(&self, webhook: &Webhook, paused: bool) -> ChangeWebhook {
        let Webhook { url, description, filter, .. } = webhook.clone();
        ChangeWebhook { url, description, filter, paused }
    }

    /// Delivers until nothing is due; what each delivery came to.
    pub async fn deliver(&self) -> Vec<Delivery> {
        let mut all = Vec::new();
        loop {
            let some = self.house.node.audit.webhooks.step().await.unwrap();
            if some.is_empty() {
                return all;
            }
            all.extend(some);
        }
    }

    /// What the server took at this path.
    pub fn took(&self, path: &str) -> Vec<Sent> {
        let taken: &Deliveries<Sent> = self.hook.sent();
        taken.all().into_iter().filter(|sent| sent.path == path).collect()
    }

    pub async fn shown(&self, webhook: &Webhook) -> Webhook {
        self.house.admin.webhook(webhook.id).await.unwrap()
    }

    /// Whether a request is believed by whoever has this secret.
    pub fn believes(&self, secret: &str, sent: &Sent) -> bool {
        let now = self.house.node.context.now().unix_millis() / 1000;
        verify(secret, sent, now)
    }
}

/// As Standard Webhooks says: the timestamp is near, and one of the signatures is right.
fn verify(secret: &str, sent: &Sent, now: i64) -> bool {
    let header = |name| sent.header(name).unwrap_or_default();
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    let near = at.parse::<i64>().is_ok_and(|at| (now - at).abs() <= TOLERANCE_S);
    let secret = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    let text = [id.as_bytes(), b".", at.as_bytes(), b".", &sent.body].concat();
    let right = |signature: &str| {
        let signature = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        signature.is_some_and(|signature| hmac::verify(&key, &text, &signature).is_ok())
    };
    near && header("webhook-signature").split(' ').any(right)
}

/// A request's body.
pub fn body(sent: &Sent) -> WebhookBody {
    serde_json::from_slice(&sent.body).unwrap()
}

/// The sentences of a request's events.
pub fn sentences(sent: &Sent) -> Vec<String> {
    body(sent).data.items.into_iter().map(|entry| entry.sentence).collect()
}

/// `event 3`, `event 4` ... as `record_many` numbers them.
pub fn numbered(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("event {number}")).collect()
}

/// The id of each request.
pub fn ids(sent: &[Sent]) -> Vec<String> {
    sent.iter().map(|sent| sent.header("webhook-id").unwrap().to_owned()).collect()
}

/// A change of settings that changes nothing.
pub fn nothing(_: &mut Settings) {}

/// Tells one story on both databases.
macro_rules! webhook_story {
    ($(#[$meta:meta])* async fn $name:ident($receiver:ident: Receiver) $body:block) => {
        webhook_story! { crate::audit::webhooks::receiver::nothing, $(#[$meta])* async fn $name($receiver: Receiver) $body }
    };
    ($change:expr, $(#[$meta:meta])* async fn $name:ident($receiver:ident: Receiver) $body:block) => {
        mod $name {
            #[allow(unused_imports, reason = "some need nothing of their neighbours")]
            use super::*;

            async fn tell($receiver: Receiver) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() {
                Box::pin(tell(Receiver::at(crate::house::Place::embedded(), $change).await)).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn large() {
                if let Some(place) = crate::house::Place::shared().await {
                    Box::pin(tell(Receiver::at(place, $change).await)).await;
                }
            }
        }
    };
}
pub(super) use webhook_story;
