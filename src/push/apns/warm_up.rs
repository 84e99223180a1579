//! One stream at first: Apple opens a connection to more only once it has accepted a token on it.

use std::{sync::Arc, time::Duration};

use countersign_protocol::Instant;
use reqwest::Url;
use tokio::time::sleep;

use super::{
    notification::Notification,
    provider_tokens::{ProviderToken, ProviderTokens},
    refusal,
};
use crate::outbound::{Answer, Loss, Transport};
use crate::push::{Fault, made_once::MadeOnce};

/// How often a request that was refused in company is sent again.
const ATTEMPTS: usize = 4;
/// Before each time that a request is sent again alone, since another may still be on its way on the fresh
/// connection: about the round trips that its answer takes.
const PAUSES_MS: [u64; 5] = [20, 40, 80, 160, 320];

/// One of Apple's environments, and whether its connection is past its first token.
pub(super) struct Environment {
    base: Url,
    warm: MadeOnce<Warm>,
}

/// A connection has carried an accepted token.
struct Warm;

impl Environment {
    pub(super) fn new(base: Url) -> Self {
        Self { base, warm: MadeOnce::default() }
    }

    /// Host and port.
    pub(super) fn host(&self) -> &str {
        self.base.authority()
    }

    /// Posts a notification: alone on a connection that is fresh, as far as can be known. A connection that
    /// was replaced unseen refuses all streams but one, and they come again one after the other.
    pub(super) async fn post(
        &self,
        transport: &Transport,
        tokens: &ProviderTokens,
        device: &str,
        notification: &Notification<'_>,
        now: Instant,
    ) -> Result<Answer, Fault> {
        let url = self.base.join(&format!("/3/device/{device}"));
        let url = url.map_err(|_| Fault::suspicious("malformed"))?;
        let once = || exchange(transport, tokens, &url, notification, now);
        for _ in 0..ATTEMPTS {
            let mut own = None;
            let warm = self.warm.get(
                |_| true,
                || async {
                    let sent = patiently(once).await?;
                    let warm = is_warming(&sent);
                    own = Some(sent);
                    warm
                },
            );
            let warm = warm.await;
            let sent = match own {
                Some(sent) => return sent.map_err(Fault::from),
                None => (warm?, once().await?),
            };
            match sent {
                (_, Ok(answer)) => return Ok(answer),
                (_, Err(loss @ Loss::Timeout)) => return Err(loss.into()),
                (warm, Err(Loss::Unprocessed)) => self.warm.drop_held(&warm),
                (warm, Err(loss @ Loss::Connection)) => {
                    self.warm.drop_held(&warm);
                    return Err(loss.into());
                }
            }
        }
        Err(Loss::Unprocessed.into())
    }
}

/// Whether the next may come together: those who waited have what kept this one from being accepted.
fn is_warming(sent: &Result<Answer, Loss>) -> Result<Warm, Fault> {
    match sent {
        Ok(answer) if answer.status == 403 || refusal::has_seen_too_many_tokens(answer) => {
            refusal::judge(answer).map(|()| Warm)
        }
        Ok(_) => Ok(Warm),
        Err(loss) => Err((*loss).into()),
    }
}

/// Again while it was not processed: whoever waits for this one must not be told so.
async fn patiently<Sent: Future<Output = Result<Result<Answer, Loss>, Fault>>>(
    once: impl Fn() -> Sent,
) -> Result<Result<Answer, Loss>, Fault> {
    let mut sent = once().await;
    for pause in PAUSES_MS {
        if !matches!(sent, Ok(Err(Loss::Unprocessed))) {
            break;
        }
        sleep(Duration::from_millis(pause)).await;
        sent = once().await;
    }
    sent
}

/// One request; if its token has expired, one more with a new one.
async fn exchange(
    transport: &Transport,
    tokens: &ProviderTokens,
    url: &Url,
    notification: &Notification<'_>,
    now: Instant,
) -> Result<Result<Answer, Loss>, Fault> {
    let post = async |token: Arc<ProviderToken>| {
        notification.notice.still_wanted()?;
        let headers = notification.headers(&token.authorization);
        Ok::<_, Fault>(
            transport.post(url.clone(), headers, notification.payload.clone(), now).await,
        )
    };
    let mut token = tokens.get(now, None).await?;
    let mut sent = post(Arc::clone(&token)).await?;
    if sent.as_ref().is_ok_and(refusal::asks_for_a_new_token) {
        token = tokens.get(now, Some(&token)).await?;
        sent = post(Arc::clone(&token)).await?;
    }
    if sent.as_ref().is_ok_and(refusal::has_seen_too_many_tokens) {
        tokens.settle(now, &token).await;
    }
    Ok(sent)
}
