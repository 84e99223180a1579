//! Provider tokens ("Establishing a token-based connection to APNs"): refused when older than an hour, and when
//! they change more often than every 20 minutes.

use std::{sync::Arc, time::Duration};

use countersign_protocol::{
    Instant,
    encoding::{base64url, sha256},
};
use reqwest::header::HeaderValue;
use serde_json::json;

use crate::{
    auth::VendorKey,
    push::{Fault, TokenStore, made_once::MadeOnce, pace::Pace},
};

/// How long a token is used.
const LIFE: Duration = Duration::from_secs(45 * 60);
/// How long after one was made in the place of an expired one the next may be: to a clock that is wrong every token
/// is expired.
const BETWEEN_REPLACEMENTS: Duration = Duration::from_secs(20 * 60);

/// A provider token.
#[derive(Debug)]
pub(super) struct ProviderToken {
    text: String,
    made_at: Instant,
    /// Made once, so that HTTP/2 sends a reference to it with all requests but the first.
    pub(super) authorization: HeaderValue,
}

/// The tokens of one key, shared with the other nodes and the next start.
pub(super) struct ProviderTokens {
    key: VendorKey,
    team_id: String,
    store: Arc<dyn TokenStore>,
    /// What the store knows the tokens of this key by.
    name: String,
    held: MadeOnce<ProviderToken>,
    replacements: Pace,
}

impl ProviderTokens {
    pub(super) fn new(key: VendorKey, team_id: &str, store: Arc<dyn TokenStore>) -> Self {
        // With the key's id: a token that names a wrong one must not outlive its correction.
        let thumbprint = base64url(&sha256(&[key.public_key()]));
        let name = format!("apns/{team_id}/{}/{thumbprint}", key.key_id());
        let (held, replacements) = (MadeOnce::default(), Pace::of(BETWEEN_REPLACEMENTS));
        Self { key, team_id: team_id.to_owned(), store, name, held, replacements }
    }

    /// A token to use now, that is not the one which Apple called expired.
    ///
    /// # Errors
    /// None can be made, or not so soon.
    pub(super) async fn get(
        &self,
        now: Instant,
        expired: Option<&ProviderToken>,
    ) -> Result<Arc<ProviderToken>, Fault> {
        let is_good = |token: &ProviderToken| token.is_usable(now) && !token.is(expired);
        // An older one that is kept has expired too.
        let is_next = |token: &ProviderToken| {
            is_good(token) && expired.is_none_or(|expired| token.made_at > expired.made_at)
        };
        self.held
            .get(is_good, || async {
                if let Some(kept) = self.kept().await.filter(is_next) {
                    return Ok(kept);
                }
                if expired.is_some() && !self.replacements.begins(now) {
                    return Err(Fault::ours("ExpiredProviderToken"));
                }
                let claims = json!({"iss": self.team_id, "iat": now.unix_seconds()});
                let text = self.key.sign(&claims).map_err(|_| Fault::ours("unsigned_token"))?;
                self.store.keep(&self.name, &text, now).await;
                // Another node's, where that came first.
                match self.kept().await.filter(is_next) {
                    Some(kept) => Ok(kept),
                    None => ProviderToken::new(text, now).ok_or(Fault::ours("unsigned_token")),
                }
            })
            .await
    }

    /// Apple has seen too many tokens: the one that it takes is another node's, if there is one.
    pub(super) async fn settle(&self, now: Instant, refused: &ProviderToken) {
        let others =
            self.kept().await.filter(|kept| kept.is_usable(now) && !kept.is(Some(refused)));
        if let Some(others) = others {
            self.held.hold(others);
        }
    }

    async fn kept(&self) -> Option<ProviderToken> {
        let (text, made_at) = self.store.load(&self.name).await?;
        ProviderToken::new(text, made_at)
    }
}

impl ProviderToken {
    fn new(text: String, made_at: Instant) -> Option<Self> {
        let authorization = HeaderValue::from_str(&format!("bearer {text}")).ok()?;
        Some(Self { text, made_at, authorization })
    }

    fn is_usable(&self, now: Instant) -> bool {
        now.since(self.made_at) < LIFE
    }

    fn is(&self, other: Option<&Self>) -> bool {
        other.is_some_and(|other| other.text == self.text)
    }
}
