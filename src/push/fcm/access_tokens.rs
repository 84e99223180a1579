//! Access tokens for a service account ("Using OAuth 2.0 for Server to Server Applications", RFC 7523 section
//! 2.1).

use std::{sync::Arc, time::Duration};

use countersign_protocol::Instant;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::service_account::ServiceAccount;
use crate::outbound::{Answer, Transport};
use crate::push::{Fault, made_once::MadeOnce};

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The longest that Google takes.
const ASSERTION_LIFE: i64 = 60 * 60;
/// How long before its end a token is renewed, while it can still be used.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// An access token.
#[derive(Debug)]
pub(super) struct AccessToken {
    /// Made once, so that HTTP/2 sends a reference to it with all requests but the first.
    pub(super) authorization: HeaderValue,
    ends_at: Instant,
}

/// The tokens of one account.
#[derive(Debug, Default)]
pub(super) struct AccessTokens(MadeOnce<AccessToken>);

#[derive(Deserialize)]
struct Granted {
    access_token: Zeroizing<String>,
    expires_in: u64,
}

/// RFC 6749 section 5.2.
#[derive(Deserialize)]
struct Refused {
    error: String,
}

impl AccessTokens {
    /// A token to use now.
    pub(super) async fn get(
        &self,
        transport: &Transport,
        account: &ServiceAccount,
        now: Instant,
    ) -> Result<Arc<AccessToken>, Fault> {
        let make = || exchange(transport, account, now);
        let token = self.0.get(|token| now < token.ends_at, make).await?;
        let is_fresh = |token: &AccessToken| now + EARLY < token.ends_at;
        if is_fresh(&token) { Ok(token) } else { Ok(self.0.renew(token, is_fresh, make).await) }
    }

    /// Google doesn't take this one.
    pub(super) fn drop_refused(&self, token: &Arc<AccessToken>) {
        self.0.drop_held(token);
    }
}

async fn exchange(
    transport: &Transport,
    account: &ServiceAccount,
    now: Instant,
) -> Result<AccessToken, Fault> {
    let issued = now.unix_seconds();
    let claims = json!({
        "iss": account.email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": issued,
        "exp": issued + ASSERTION_LIFE,
    });
    let assertion = account.key.sign(&claims).map_err(|_| Fault::ours("unsigned_assertion"))?;
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", GRANT_TYPE)
        .append_pair("assertion", &assertion)
        .finish();
    let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, form_type)]);
    let answer = transport.post(account.token_uri.clone(), headers, form.into_bytes(), now).await?;
    if !answer.is_success() {
        return Err(refusal(&answer));
    }
    let granted: Granted = serde_json::from_slice(&answer.body)
        .map_err(|_| Fault::later("unreadable_access_token", None))?;
    let authorization = format!("Bearer {}", *granted.access_token);
    Ok(AccessToken {
        authorization: HeaderValue::from_str(&authorization)
            .map_err(|_| Fault::later("unreadable_access_token", None))?,
        ends_at: now + Duration::from_secs(granted.expires_in),
    })
}

fn refusal(answer: &Answer) -> Fault {
    if answer.status == 429 || answer.status >= 500 {
        return Fault::Later { reason: answer.word(), after: answer.retry_after };
    }
    let is_word = |error: &str| {
        (1..=64).contains(&error.len())
            && error.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    let refused = serde_json::from_slice(&answer.body).ok();
    let error = refused.map(|refused: Refused| refused.error).filter(|error| is_word(error));
    Fault::Ours { reason: error.unwrap_or_else(|| answer.word()) }
}
