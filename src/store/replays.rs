//! Proofs that were used while Redis was down.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use countersign_protocol::Instant;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Across, Scope, Store, StoreError, conn::on, schema::replays, types::at};
use crate::guards::{ReplayTable, Unavailable};

/// The table, as the replay cache's fallback.
pub struct SqlReplays(Arc<Store>);

impl SqlReplays {
    /// The table of this store.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self(store)
    }

    async fn try_insert(&self, key: [u8; 32], expires_at: Instant) -> Result<bool, StoreError> {
        // Among the requests' connections: the few of the sweeps must stay free to read revocations.
        let mut conn = self.0.within(Scope::installation()).await?;
        let inserted = on!(&mut conn, |c| diesel::insert_into(replays::table)
            .values((replays::key.eq(key.as_slice()), replays::expires_at.eq(at(expires_at))))
            .on_conflict_do_nothing()
            .execute(c))?;
        Ok(inserted == 1)
    }
}

#[async_trait]
impl ReplayTable for SqlReplays {
    async fn insert(&self, key: [u8; 32], expires_at: Instant) -> Result<bool, Unavailable> {
        self.try_insert(key, expires_at).await.map_err(|_| Unavailable)
    }
}

/// Forgets proofs whose window has closed.
///
/// # Errors
/// If the database does not answer.
pub async fn forget_expired(across: &mut Across, now: Instant) -> Result<usize, StoreError> {
    let margin = Duration::from_secs(60);
    on!(&mut across.0, |c| diesel::delete(
        replays::table.filter(replays::expires_at.lt(at(now - margin)))
    )
    .execute(c))
}
