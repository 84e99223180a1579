//! A log that goes on after a restored backup: a new origin and the entry that says so, in one transaction.

use countersign_protocol::{Instant, MspId, audit::Hash};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    NewEntry, NewOrigin, Recording,
    append::written,
    heads::{Head, lock},
    partitions,
    roots::root_at,
};
use crate::store::{
    Store, StoreError,
    conn::on,
    found_or_none,
    prepared::Prepared,
    schema::{audit_origins, msps},
    types::{at, id, raw},
};

/// A log whose head is locked: nobody adds to it meanwhile.
pub struct LockedLog {
    tx: Recording,
    /// Its head.
    pub head: Head,
    /// The number of its newest origin; 0 if nothing was ever signed.
    pub generation: i32,
}

/// Locks a log.
///
/// # Errors
/// If the database does not answer.
pub async fn lock_log(store: &Store, msp: MspId, now: Instant) -> Result<LockedLog, StoreError> {
    partitions::ensure(store, now).await?;
    let mut tx = store.recording().await?;
    let head = lock(&mut tx, &[msp], now).await?.pop();
    let head = head.ok_or_else(|| StoreError::Corrupt(format!("{msp} has no log")))?;
    let newest = on!(&mut tx, |c| audit_origins::table
        .filter(audit_origins::msp.eq(id(msp)))
        .order(audit_origins::generation.desc())
        .select(audit_origins::generation)
        .first::<i32>(c));
    let generation = found_or_none(newest)?.unwrap_or(0);
    Ok(LockedLog { tx, head, generation })
}

impl LockedLog {
    /// The root over the first `size` entries; `None` where the tree has fewer, or lacks nodes.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn root(&mut self, size: u64) -> Result<Option<Hash>, StoreError> {
        root_at(&mut self.tx, self.head.msp, size).await
    }

    /// Raises the msp's version, for the entry that is to come.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn raise_version(&mut self) -> Result<i64, StoreError> {
        let msp = self.head.msp;
        on!(&mut self.tx, |c| Prepared(
            diesel::update(msps::table.filter(msps::id.eq(id(msp))))
                .set(msps::version.eq(msps::version + 1))
                .returning(msps::version)
        )
        .get_result::<i64>(c))
    }

    /// Begins the new origin with its entry, and commits.
    ///
    /// # Errors
    /// If the database does not answer; then nothing was begun.
    pub async fn reopen(
        mut self,
        origin: &NewOrigin,
        entry: NewEntry,
        now: Instant,
    ) -> Result<(), StoreError> {
        let begun = self.begin(origin, entry, now).await;
        match begun {
            Ok(()) => self.tx.commit().await,
            Err(error) => {
                self.tx.roll_back().await;
                Err(error)
            }
        }
    }

    async fn begin(
        &mut self,
        new: &NewOrigin,
        entry: NewEntry,
        now: Instant,
    ) -> Result<(), StoreError> {
        let msp = self.head.msp;
        on!(&mut self.tx, |c| diesel::insert_into(audit_origins::table)
            .values((
                audit_origins::msp.eq(id(msp)),
                audit_origins::generation.eq(new.generation),
                audit_origins::name.eq(&new.name),
                audit_origins::public_key.eq(raw(new.public_key)),
                audit_origins::sealed.eq(&new.sealed),
                audit_origins::from_size.eq(new.from_size),
                audit_origins::opened_at.eq(at(now)),
            ))
            .execute(c))?;
        written(&mut self.tx, &[entry], now).await.map(drop)
    }

    /// Lets go of the log, unchanged.
    pub async fn let_go(self) {
        self.tx.roll_back().await;
    }
}
