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
use crate::{
    outbound::{Answer, Transport},
    push::{Fault, made_once::MadeOnce, pace::Pace},
};

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The longest that Google takes.
const ASSERTION_LIFE: i64 = 60 * 60;
/// How long before its end a token is renewed, while it can still be used.
const EARLY: Duration = Duration::from_secs(5 * 60);
/// Between two tries to renew one early.
const BETWEEN_RENEWALS: Duration = Duration::from_secs(20);
/// How long after one was made in the place of a refused one the next may be: where Google takes none, another would
/// do no better.
const BETWEEN_REPLACEMENTS: Duration = Duration::from_secs(60);

/// An access token.
#[derive(Debug)]
pub(super) struct AccessToken {
    /// Made once, so that HTTP/2 sends a reference to it with all requests but the first.
    pub(super) authorization: HeaderValue,
    ends_at: Instant,
}

/// The tokens of one account.
#[derive(Debug)]
pub(super) struct AccessTokens {
    held: MadeOnce<AccessToken>,
    renewals: Pace,
    replacements: Pace,
}

impl Default for AccessTokens {
    fn default() -> Self {
        Self {
            held: MadeOnce::default(),
            renewals: Pace::of(BETWEEN_RENEWALS),
            replacements: Pace::of(BETWEEN_REPLACEMENTS),
        }
    }
}

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
    /// A token to use now, that is not the one which Google refused.
    ///
    /// # Errors
    /// None can be had, or not so soon.
    pub(super) async fn get(
        &self,
        transport: &Transport,
        account: &ServiceAccount,
        now: Instant,
        refused: Option<&Arc<AccessToken>>,
    ) -> Result<Arc<AccessToken>, Fault> {
        let is_good = |token: &AccessToken| {
            now < token.ends_at && refused.is_none_or(|refused| !std::ptr::eq(&**refused, token))
        };
        let make = async || match refused {
            Some(_) if !self.replacements.begins(now) => Err(Fault::ours("http_401")),
            _ => exchange(transport, account, now).await,
        };
        let token = self.held.get(is_good, make).await?;
        let is_fresh = |token: &AccessToken| now + EARLY < token.ends_at;
        if is_fresh(&token) || !self.renewals.begins(now) {
            return Ok(token);
        }
        Ok(self.held.renew(token, is_fresh, || exchange(transport, account, now)).await)
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
