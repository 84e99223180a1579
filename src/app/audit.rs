//! The audit path's parts.

use std::{collections::HashMap, sync::Arc};

use ipnet::IpNet;
use tokio::{runtime::Handle, sync::Mutex};
use uuid::Uuid;

use super::StartError;
use crate::{
    ambient::{Clock, Random},
    audit::{
        Audit, Backlog, Flusher, Notary, Nudge, Observer, ObserverParts, Producer, Retention,
        Stream, StreamSettings, WebhookParts, Webhooks,
        ship::{Shipped, ShippedFile, Shipper, Target},
    },
    auth::KeyRing,
    config::{SecretUrl, Settings},
    metrics::Metrics,
    outbound::{Bounds, Caller},
    redis_link::RedisLink,
    store::{Committed, Store},
    wake::Wake,
};

/// What the audit path of a service is made of.
pub(super) struct AuditParts<'a> {
    pub(super) settings: &'a Settings,
    pub(super) store: &'a Arc<Store>,
    pub(super) keys: &'a Arc<KeyRing>,
    pub(super) clock: &'a Arc<dyn Clock>,
    pub(super) random: &'a Arc<dyn Random>,
    pub(super) metrics: &'a Arc<Metrics>,
    pub(super) wake: &'a Arc<dyn Wake>,
    pub(super) redis: Option<&'a Arc<RedisLink>>,
}

impl AuditParts<'_> {
    /// Connects the parts; from now on the stream is told of every commit.
    ///
    /// # Errors
    /// If what was shipped can't be read, or calls can't be made.
    pub(super) fn start(self) -> Result<Audit, StartError> {
        let settings = &self.settings.audit;
        let shipper = self.shipper()?;
        let stream = self.redis.map(|link| self.stream(link));
        let nudge = Arc::new(Nudge::default());
        match &stream {
            Some(stream) => self.tell(Arc::clone(&stream.producer)),
            None => self.tell(Arc::clone(&nudge)),
        }
        let observer = Observer::start(
            ObserverParts {
                store: Arc::clone(self.store),
                stream: stream.as_ref().map(|stream| Arc::clone(&stream.producer)),
                clock: Arc::clone(self.clock),
                random: Arc::clone(self.random),
                metrics: Arc::clone(self.metrics),
            },
            &Handle::current(),
        );
        let observer = Arc::new(observer);
        let flusher = Flusher::new(
            Arc::clone(self.store),
            Arc::clone(self.clock),
            Arc::clone(self.wake),
            Arc::clone(self.metrics),
            settings.batch,
        );
        let webhooks = self.webhooks(&observer, flusher.grown())?;
        Ok(Audit {
            flusher,
            webhooks: Arc::new(webhooks),
            notary: Notary {
                store: Arc::clone(self.store),
                keys: Arc::clone(self.keys),
                clock: Arc::clone(self.clock),
                random: Arc::clone(self.random),
                prefix: settings.effective_origin(&self.settings.server),
                shipped: Arc::clone(&shipper.shipped),
                known: Mutex::new(HashMap::new()),
            },
            retention: Retention {
                store: Arc::clone(self.store),
                clock: Arc::clone(self.clock),
                random: Arc::clone(self.random),
            },
            shipper,
            shipping: settings.ship.every(),
            backlog: Arc::new(Backlog::default()),
            observer,
            stream,
            nudge,
            promise: settings.promise(),
            checkpoint: settings.checkpoint(),
        })
    }

    fn shipper(&self) -> Result<Shipper, StartError> {
        let ship = &self.settings.audit.ship;
        let file = ship.file.as_deref().map(ShippedFile::at);
        let shipped = match &file {
            Some(file) => file.read().map_err(|error| {
                StartError(format!(
                    "audit.ship.file: {error}: without it, a restored backup could be signed over anew"
                ))
            })?,
            None => Shipped::default(),
        };
        if file.is_none() && (ship.webhook.is_some() || ship.s3_put.is_some()) {
            tracing::warn!(
                "checkpoints are shipped, and audit.ship.file is not set: after a restored backup, nothing here knows what \
                 was shipped, and a second history may be signed"
            );
        }
        let address = |url: &SecretUrl| url.expose().to_owned();
        let targets = [
            file.map(Target::File),
            ship.webhook.as_ref().map(|url| Target::Webhook(address(url))),
            ship.s3_put.as_ref().map(|url| Target::Put(address(url))),
        ];
        Ok(Shipper {
            store: Arc::clone(self.store),
            clock: Arc::clone(self.clock),
            shipped: Arc::new(shipped),
            targets: targets.into_iter().flatten().collect(),
            caller: Some(self.caller(&self.settings.audit.calls.allowed_networks)?),
            bearer_file: ship.bearer_file.clone(),
            standing: std::sync::Mutex::default(),
        })
    }

    fn webhooks(
        &self,
        observer: &Arc<Observer>,
        grown: Arc<Nudge>,
    ) -> Result<Webhooks, StartError> {
        let settings = &self.settings.audit.webhooks;
        Ok(Webhooks::new(WebhookParts {
            store: Arc::clone(self.store),
            clock: Arc::clone(self.clock),
            random: Arc::clone(self.random),
            keys: Arc::clone(self.keys),
            observer: Arc::clone(observer),
            metrics: Arc::clone(self.metrics),
            grown,
            caller: self.caller(&settings.allowed_networks)?,
            timeout: self.settings.audit.calls.timeout(),
            gather: settings.gather(),
            give_up: settings.give_up(),
        }))
    }

    fn caller(&self, allowed: &[IpNet]) -> Result<Caller, StartError> {
        let calls = &self.settings.audit.calls;
        let bounds = Bounds {
            connect_timeout: calls.connect_timeout(),
            timeout: calls.timeout(),
            tls_roots: calls.tls_roots.as_deref(),
            tls_roots_key: "audit.calls.tls_roots",
        };
        Caller::new(bounds, allowed).map_err(|error| StartError(error.to_string()))
    }

    fn tell<W: Committed + 'static>(&self, witness: Arc<W>) {
        let witness: Arc<dyn Committed> = witness;
        self.store.tell(Arc::downgrade(&witness));
    }

    fn stream(&self, link: &Arc<RedisLink>) -> Stream {
        let settings = StreamSettings {
            shards: self.settings.audit.shards,
            longest: self.settings.audit.stream_longest,
        };
        let (link, keys) = (Arc::clone(link), Arc::clone(self.keys));
        let producer =
            Producer::start(Arc::clone(&link), Arc::clone(&keys), settings, &Handle::current());
        let consumer: Uuid = self.random.id(self.clock.now());
        Stream {
            producer: Arc::new(producer),
            link,
            keys,
            settings,
            consumer: format!("node-{consumer}"),
        }
    }
}
