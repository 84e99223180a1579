//! What the service says about itself.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_protocol::wire::service::{Dependency, Discovery, Readiness, SignedKeySet};

use crate::{
    domain::Failure,
    flows::{Context, keys},
    http::{AndroidApp, ServiceFacts},
    push::Trouble,
    redis_link::RedisLink,
};

/// Told from the context, and the link to Redis where there is one.
pub(super) struct Facts {
    context: Arc<Context>,
    redis: Option<Arc<RedisLink>>,
    android_apps: Vec<AndroidApp>,
}

impl Facts {
    pub(super) fn new(context: Arc<Context>, redis: Option<Arc<RedisLink>>) -> Self {
        let mut android_apps: Vec<AndroidApp> = Vec::new();
        for (package, fingerprint) in context.settings.relying_party.android_packages() {
            let fingerprint = fingerprint.to_owned();
            match android_apps.iter_mut().find(|app| app.package == package) {
                Some(app) => app.fingerprints.push(fingerprint),
                None => android_apps.push(AndroidApp {
                    package: package.to_owned(),
                    fingerprints: vec![fingerprint],
                }),
            }
        }
        Self { context, redis, android_apps }
    }
}

#[async_trait]
impl ServiceFacts for Facts {
    fn discovery(&self) -> Discovery {
        let settings = &self.context.settings;
        let channels = self.context.pushes.troubles().into_iter();
        Discovery {
            issuer: self.context.public_url(),
            relying_party: settings.relying_party.effective_id(&settings.server),
            features: [
                "login.push",
                "login.qr",
                "login.elevate",
                "account.named",
                "account.shared",
                "sessions",
                "state",
                "offline.named",
                "offline.shared",
                "offline.derived",
                "recovery",
            ]
            .map(str::to_owned)
            .into_iter()
            .chain(channels.map(|(channel, _)| format!("push.{channel}")))
            .collect(),
            web_push_key: self.context.pushes.web_push_key(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    async fn signed_key_set(&self) -> Result<SignedKeySet, Failure> {
        keys::published(&self.context)
    }

    async fn readiness(&self) -> Readiness {
        let told = |name: &str, ok: bool, why: &str| Dependency {
            name: name.to_owned(),
            ok,
            detail: (!ok).then(|| why.to_owned()),
        };
        let database = self.context.store.answers().await.is_ok();
        let revocations = self.context.revoked.fresh(self.context.now());
        let audited = self.context.backlog.oldest() <= self.context.settings.audit.behind();
        let mut dependencies = vec![
            told("database", database, "the database does not answer"),
            told("revocations", revocations, "revocations were not read for five seconds"),
            told(
                "audit log",
                audited,
                "what was decided waits too long for its place in the audit log",
            ),
        ];
        if let Some(link) = &self.redis {
            // Slower, never looser: the node works without Redis, so this alone does not turn it away.
            let why = "Redis does not answer; the node reads SQL instead";
            dependencies.push(told("redis", link.state().is_up(), why));
        }
        for (channel, trouble) in self.context.pushes.troubles() {
            // A phone that is not told still sees its logins, so this alone does not turn the node away.
            // Anybody may ask, so no files are named.
            let why = trouble.as_ref().map(Trouble::told).unwrap_or_default();
            dependencies.push(told(channel, trouble.is_none(), &why));
        }
        Readiness { ready: database && revocations && audited, dependencies }
    }

    fn ios_app_ids(&self) -> &[String] {
        &self.context.settings.relying_party.ios_app_ids
    }

    fn android_apps(&self) -> &[AndroidApp] {
        &self.android_apps
    }
}
