//! Channels' tokens in the database, sealed: they serve every node and outlive a restart.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use countersign_protocol::Instant;

use super::TokenStore;
use crate::{
    ambient::Random,
    auth::{KeyRing, Place},
    domain::SealedTable,
    store::{Scope, Store, StoreError, vendor_tokens},
};

/// Nodes that begin together agree on the token of the first.
const AGREEMENT: Duration = Duration::from_secs(60);

/// Tokens in the database.
pub struct SealedTokens {
    /// The database.
    pub store: Arc<Store>,
    /// Seals.
    pub keys: Arc<KeyRing>,
    /// Nonces.
    pub random: Arc<dyn Random>,
}

/// Where the token of this name, made then, may be opened.
fn place(name: &str, made_at: Instant) -> Place<'_> {
    Place { table: SealedTable::VendorTokens, row: name.as_bytes(), version: made_at.unix_millis() }
}

impl SealedTokens {
    async fn try_load(&self, name: &str) -> Result<Option<(String, Instant)>, StoreError> {
        let mut conn = self.store.within(Scope::installation()).await?;
        let Some((sealed, made_at)) = vendor_tokens::one(&mut conn, name).await? else {
            return Ok(None);
        };
        // One that doesn't open (another master key) is as good as none: it is made anew.
        let opened = self.keys.open(&place(name, made_at), &sealed).ok();
        let token = opened.and_then(|token| String::from_utf8(token.to_vec()).ok());
        Ok(token.map(|token| (token, made_at)))
    }

    async fn try_keep(&self, name: &str, token: &str, made_at: Instant) -> Result<(), StoreError> {
        let sealed = self.keys.seal(&place(name, made_at), token.as_bytes(), &*self.random);
        let mut conn = self.store.within(Scope::installation()).await?;
        vendor_tokens::keep(&mut conn, name, &sealed, made_at, made_at - AGREEMENT).await
    }
}

#[async_trait]
impl TokenStore for SealedTokens {
    async fn load(&self, name: &str) -> Option<(String, Instant)> {
        self.try_load(name).await.unwrap_or_else(|error| {
            tracing::warn!(name, %error, "a vendor token can't be read");
            None
        })
    }

    async fn keep(&self, name: &str, token: &str, made_at: Instant) {
        if let Err(error) = self.try_keep(name, token, made_at).await {
            tracing::warn!(name, %error, "a vendor token can't be kept");
        }
    }
}
