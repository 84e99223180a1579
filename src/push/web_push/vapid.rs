//! Who pushes: voluntary application server identification (RFC 8292).

use std::time::Duration;

use countersign_protocol::{Instant, encoding::base64url};
use moka::sync::Cache;
use reqwest::{Url, header::HeaderValue};
use serde_json::json;

use crate::{
    auth::VendorKey,
    config,
    push::{Fault, Trouble, key_file},
};

/// How long a token is good; a push service takes at most 24 hours (RFC 8292 section 2).
const LIFE: Duration = Duration::from_secs(12 * 60 * 60);
/// How long one is used.
const USE: Duration = Duration::from_secs(6 * 60 * 60);
/// Push services that are remembered: subscribers name them, so that they could be any number.
const MOST_ORIGINS: u64 = 1_000;

/// The tokens of one key, one for each push service.
pub(super) struct Vapid {
    key: VendorKey,
    public_key: String,
    contact: String,
    tokens: Cache<String, Token>,
}

/// A token and when it was made; none if it could not be signed.
#[derive(Clone)]
struct Token(Option<HeaderValue>, Instant);

impl Vapid {
    pub(super) fn read(settings: &config::WebPush) -> Result<Self, Trouble> {
        let file = settings.key_file.as_deref();
        let key = key_file::read("push.web_push.key_file", file, |pem| {
            VendorKey::es256(pem, None).map_err(|error| error.to_string())
        })?;
        let public_key = base64url(key.public_key());
        let tokens = Cache::new(MOST_ORIGINS);
        Ok(Self { key, public_key, contact: settings.contact.clone(), tokens })
    }

    /// The public key, an uncompressed point in base64url.
    pub(super) fn public_key(&self) -> &str {
        &self.public_key
    }

    /// The `authorization` for the service of this endpoint.
    pub(super) fn authorization(&self, endpoint: &Url, now: Instant) -> Result<HeaderValue, Fault> {
        let origin = endpoint.origin().ascii_serialization();
        let is_used_up =
            |Token(header, made_at): &Token| header.is_none() || now.since(*made_at) >= USE;
        let token = match self.tokens.get(&origin) {
            Some(token) if !is_used_up(&token) => token,
            // One at a time for an origin.
            _ => {
                let entry = self.tokens.entry_by_ref(&origin);
                entry
                    .or_insert_with_if(|| Token(self.made(&origin, now), now), is_used_up)
                    .into_value()
            }
        };
        token.0.ok_or_else(|| Fault::ours("unsigned_token"))
    }

    fn made(&self, origin: &str, now: Instant) -> Option<HeaderValue> {
        let expires = (now + LIFE).unix_seconds();
        let claims = json!({"aud": origin, "exp": expires, "sub": self.contact});
        let token = self.key.sign(&claims).ok()?;
        HeaderValue::from_str(&format!("vapid t={token}, k={}", self.public_key)).ok()
    }
}
