//! The channel.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_protocol::{Instant, wire::mobile::PushAddress};
use reqwest::{
    Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};

use super::{
    access_tokens::{AccessToken, AccessTokens},
    message::message,
    refusal,
    service_account::ServiceAccount,
};
use crate::outbound::{Answer, Loss, Protocol, Transport};
use crate::{
    config,
    push::{
        Channel, Fault, Notice, Step, Trouble,
        checkup::{Checkup, test_notice},
        key_file,
        standing::Standing,
    },
};

/// Pushes over FCM.
pub(in crate::push) struct Fcm {
    settings: config::Push,
    standing: Standing<Ready>,
}

/// What was read.
struct Ready {
    transport: Transport,
    account: ServiceAccount,
    tokens: AccessTokens,
    messages: Url,
}

impl Fcm {
    pub(in crate::push) fn new(settings: &config::Push) -> Self {
        Self { settings: settings.clone(), standing: Standing::new(Ready::read(settings)) }
    }
}

impl Ready {
    fn read(settings: &config::Push) -> Result<Self, Trouble> {
        let fcm = &settings.fcm;
        let file = fcm.service_account_file.as_deref();
        let account = key_file::read("push.fcm.service_account_file", file, ServiceAccount::read)?;
        let messages =
            fcm.endpoint.join(&format!("/v1/projects/{}/messages:send", account.project));
        Ok(Self {
            transport: Transport::new(settings.into(), Protocol::Negotiated, None)?,
            messages: messages.map_err(|error| Trouble::setting("push.fcm.endpoint", error))?,
            account,
            tokens: AccessTokens::default(),
        })
    }

    /// One request; if its token is refused, one more with a new one.
    async fn post(&self, to: &PushAddress, notice: &Notice, now: Instant) -> Result<Answer, Fault> {
        let PushAddress::Fcm { token } = to else { return Err(Fault::never("wrong_channel")) };
        let body = message(token, notice, now)?;
        let post = async |token: Arc<AccessToken>| {
            notice.still_wanted()?;
            Ok::<_, Fault>(self.post_with(&token, body.clone(), now).await?)
        };
        let token = self.tokens.get(&self.transport, &self.account, now, None).await?;
        let answer = post(Arc::clone(&token)).await?;
        if !refusal::asks_for_a_new_token(&answer) {
            return Ok(answer);
        }
        post(self.tokens.get(&self.transport, &self.account, now, Some(&token)).await?).await
    }

    async fn post_with(
        &self,
        token: &AccessToken,
        body: Vec<u8>,
        now: Instant,
    ) -> Result<Answer, Loss> {
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, token.authorization.clone()),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]);
        self.transport.post(self.messages.clone(), headers, body, now).await
    }
}

#[async_trait]
impl Channel for Fcm {
    fn name(&self) -> &'static str {
        "fcm"
    }

    fn can_withdraw(&self) -> bool {
        true
    }

    async fn send(&self, to: &PushAddress, notice: &Notice, now: Instant) -> Result<(), Fault> {
        let ready = self.standing.ready_to_send()?;
        let answer = ready.post(to, notice, now).await;
        let fate = answer.and_then(|answer| refusal::judge(&answer));
        self.standing.learn(&fate);
        fate
    }

    fn trouble(&self) -> Option<Trouble> {
        self.standing.trouble()
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
        let ServiceAccount { email, project, token_uri, .. } = &ready.account;
        let checkup = checkup.passed("keys", format!("{email} of project {project}"));
        let token = ready.tokens.get(&ready.transport, &ready.account, now, None).await;
        let token_host = token_uri.authority();
        let checkup = match token {
            Ok(_) => checkup.passed("token", format!("granted by {token_host}")),
            Err(fault) => {
                return checkup.failed("token", format!("{token_host}: {}", fault.reason()));
            }
        };
        let sent = ready.post(to, &test_notice(now), now).await;
        checkup.told(ready.messages.authority(), sent, refusal::judge)
    }
}
