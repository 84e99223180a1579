//! The channel.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_protocol::{Instant, wire::mobile::PushAddress};

use super::{
    notification::Notification, provider_tokens::ProviderTokens, refusal, warm_up::Environment,
};
use crate::outbound::{Answer, Protocol, Transport};
use crate::{
    auth::VendorKey,
    config,
    push::{
        Channel, Fault, Notice, Step, TokenStore, Trouble,
        checkup::{Checkup, test_notice},
        key_file,
        standing::Standing,
    },
};

/// Pushes over APNs.
pub(in crate::push) struct Apns {
    settings: config::Push,
    store: Arc<dyn TokenStore>,
    standing: Standing<Ready>,
}

/// What was read.
struct Ready {
    transport: Transport,
    tokens: ProviderTokens,
    production: Environment,
    sandbox: Environment,
}

impl Apns {
    pub(in crate::push) fn new(settings: &config::Push, store: Arc<dyn TokenStore>) -> Self {
        let standing = Standing::new(Ready::read(settings, &store));
        Self { settings: settings.clone(), store, standing }
    }

    async fn post(
        &self,
        ready: &Ready,
        to: &PushAddress,
        notice: &Notice,
        now: Instant,
    ) -> Result<Answer, Fault> {
        let (device, environment) = ready.addressed(to)?;
        let notification = Notification::new(notice, &self.settings.apns.topic, now)?;
        environment.post(&ready.transport, &ready.tokens, device, &notification, now).await
    }
}

impl Ready {
    fn read(settings: &config::Push, store: &Arc<dyn TokenStore>) -> Result<Self, Trouble> {
        let apns = &settings.apns;
        let key = key_file::read("push.apns.key_file", apns.key_file.as_deref(), |pem| {
            VendorKey::es256(pem, Some(&apns.key_id)).map_err(|error| error.to_string())
        })?;
        Ok(Self {
            transport: Transport::new(settings.into(), Protocol::Http2, None)?,
            tokens: ProviderTokens::new(key, &apns.team_id, Arc::clone(store)),
            production: Environment::new(apns.endpoint.clone()),
            sandbox: Environment::new(apns.sandbox_endpoint.clone()),
        })
    }

    /// The device token, and where it is known.
    fn addressed<'a>(&self, to: &'a PushAddress) -> Result<(&'a str, &Environment), Fault> {
        match to {
            // It becomes a part of the path.
            PushAddress::Apns { token, .. } if !token.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Err(Fault::suspicious("malformed"))
            }
            PushAddress::Apns { token, sandbox: true } => Ok((token, &self.sandbox)),
            PushAddress::Apns { token, sandbox: false } => Ok((token, &self.production)),
            _ => Err(Fault::never("wrong_channel")),
        }
    }
}

#[async_trait]
impl Channel for Apns {
    fn name(&self) -> &'static str {
        "apns"
    }

    fn can_withdraw(&self) -> bool {
        true
    }

    async fn send(&self, to: &PushAddress, notice: &Notice, now: Instant) -> Result<(), Fault> {
        let ready = self.standing.ready_to_send()?;
        let answer = self.post(&ready, to, notice, now).await;
        let fate = answer.and_then(|answer| refusal::judge(&answer));
        self.standing.learn(&fate);
        fate
    }

    fn trouble(&self) -> Option<Trouble> {
        self.standing.trouble()
    }

    fn reload(&self) -> Result<(), Trouble> {
        self.standing.replace(Ready::read(&self.settings, &self.store))
    }

    async fn check(&self, to: &PushAddress, now: Instant) -> Vec<Step> {
        let checkup = Checkup::default();
        let ready = match self.standing.ready() {
            Ok(ready) => ready,
            Err(why) => return checkup.failed("keys", why.to_string()),
        };
        let config::Apns { key_id, team_id, .. } = &self.settings.apns;
        let checkup = checkup.passed("keys", format!("key {key_id} of team {team_id}"));
        if let Err(fault) = ready.tokens.get(now, None).await {
            return checkup.failed("token", fault.reason());
        }
        let checkup = checkup.passed("token", "signed");
        let host = match ready.addressed(to) {
            Ok((_, environment)) => environment.host(),
            Err(fault) => return checkup.failed("address", fault.reason()),
        };
        let sent = self.post(&ready, to, &test_notice(now), now).await;
        checkup.told(host, sent, refusal::judge)
    }
}
