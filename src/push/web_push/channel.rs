//! The channel.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_protocol::{Instant, wire::mobile::PushAddress};
use reqwest::{
    Url,
    header::{AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue},
};

use super::{encryption::Subscriber, message::message, refusal, vapid::Vapid};
use crate::outbound::{Answer, Guard, Protocol, Transport};
use crate::{
    ambient::Random,
    config,
    push::{
        Channel, Fault, Notice, Step, Trouble,
        checkup::{Checkup, test_notice},
        standing::Standing,
    },
};

/// Pushes over Web Push.
pub(in crate::push) struct WebPush {
    settings: config::Push,
    public_url: Url,
    random: Arc<dyn Random>,
    standing: Standing<Ready>,
}

/// What was read.
struct Ready {
    transport: Transport,
    guard: Guard,
    vapid: Vapid,
}

/// A subscription that may be called.
struct Subscription {
    endpoint: Url,
    subscriber: Subscriber,
}

impl WebPush {
    pub(in crate::push) fn new(
        settings: &config::Push,
        public_url: &Url,
        random: Arc<dyn Random>,
    ) -> Self {
        let standing = Standing::new(Ready::read(settings));
        Self { settings: settings.clone(), public_url: public_url.clone(), random, standing }
    }

    async fn post(
        &self,
        ready: &Ready,
        to: &Subscription,
        notice: &Notice,
        now: Instant,
    ) -> Result<Answer, Fault> {
        let plaintext = message(notice, &self.public_url);
        let plaintext = plaintext.ok_or_else(|| Fault::never("cannot_withdraw"))?;
        let ttl = notice.worth_for(now)?;
        let authorization = ready.vapid.authorization(&to.endpoint, now)?;
        let body = to.subscriber.encrypt(&plaintext, &*self.random);
        let body = body.map_err(|_| Fault::suspicious("bad_keys"))?;
        // At most 32 characters of base64url (RFC 8030 section 5.4), which the id's digits just are.
        let topic = HeaderValue::from_str(&notice.login.0.simple().to_string());
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (CONTENT_ENCODING, HeaderValue::from_static("aes128gcm")),
            (HeaderName::from_static("ttl"), ttl.into()),
            (HeaderName::from_static("urgency"), HeaderValue::from_static("high")),
            (HeaderName::from_static("topic"), topic.map_err(|_| Fault::never("bad_topic"))?),
        ]);
        notice.still_wanted()?;
        Ok(ready.transport.post(to.endpoint.clone(), headers, body, now).await?)
    }
}

impl Ready {
    fn read(settings: &config::Push) -> Result<Self, Trouble> {
        let guard = Guard::new(&settings.web_push.allowed_networks);
        Ok(Self {
            transport: Transport::new(
                settings.into(),
                Protocol::Negotiated,
                Some(Arc::new(guard.clone())),
            )?,
            vapid: Vapid::read(&settings.web_push)?,
            guard,
        })
    }

    fn admit(&self, to: &PushAddress) -> Result<Subscription, Fault> {
        let PushAddress::WebPush { endpoint, p256dh, auth } = to else {
            return Err(Fault::never("wrong_channel"));
        };
        let endpoint = self.guard.admit(endpoint)?;
        let subscriber = Subscriber::new(p256dh, auth);
        let subscriber = subscriber.ok_or_else(|| Fault::suspicious("bad_keys"))?;
        Ok(Subscription { endpoint, subscriber })
    }
}

#[async_trait]
impl Channel for WebPush {
    fn name(&self) -> &'static str {
        "web_push"
    }

    /// A push service can be told to drop a message that it still has; one that was shown it can't take
    /// back, and another push would have to show something itself.
    fn can_withdraw(&self) -> bool {
        false
    }

    async fn send(&self, to: &PushAddress, notice: &Notice, now: Instant) -> Result<(), Fault> {
        let ready = self.standing.ready_to_send()?;
        let to = ready.admit(to)?;
        let answer = self.post(&ready, &to, notice, now).await;
        answer.and_then(|answer| refusal::judge(&answer))
    }

    fn trouble(&self) -> Option<Trouble> {
        self.standing.trouble()
    }

    fn application_server_key(&self) -> Option<String> {
        self.standing.ready().ok().map(|ready| ready.vapid.public_key().to_owned())
    }

    fn reload(&self) -> Result<(), Trouble> {
        self.standing.replace(Ready::read(&self.settings))
    }

    async fn check(&self, to: &PushAddress, now: Instant) -> Vec<Step> {
        let checkup = Checkup::default();
        let ready = match self.standing.ready() {
            Ok(ready) => ready,
            Err(why) => return checkup.failed("keys", why.to_string()),
        };
        let checkup = checkup.passed("keys", format!("public key {}", ready.vapid.public_key()));
        let to = match ready.admit(to) {
            Ok(to) => to,
            Err(fault) => return checkup.failed("address", fault.reason()),
        };
        if let Err(fault) = ready.vapid.authorization(&to.endpoint, now) {
            return checkup.failed("token", fault.reason());
        }
        let checkup = checkup.passed("token", "signed");
        let sent = self.post(&ready, &to, &test_notice(now), now).await;
        checkup.told(to.endpoint.authority(), sent, refusal::judge)
    }
}
