//! A log that goes on after a restored backup: a new origin and the entry that says so, in one transaction.

use countersign_protocol::{Instant, MspId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    NewEntry, NewOrigin, Recording,
    append::written,
    heads::{Head, lock},
    partitions,
};
use crate::store::{
    Store, StoreError,
    conn::on,
    found_or_none,
    prepared::Prepared,
    schema::{audit_nodes, audit_origins, msps},
    types::{at, id},
};
use countersign_protocol::audit::{Hash, NodeRange, Nodes};

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
    /// The stored nodes of these ranges. Level 0 are the leaves.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn nodes(&mut self, ranges: &[NodeRange]) -> Result<Nodes, StoreError> {
        let msp = self.head.msp;
        let mut nodes = Nodes::default();
        for NodeRange { level, start, end } in ranges {
            let range = (super::heads::position(*start)?, super::heads::position(*end)?);
            let found = read(&mut self.tx, msp, *level, range).await?;
            nodes.extend(
                found.into_iter().map(|(index, hash)| (*level, index.unsigned_abs(), Hash(hash.0))),
            );
        }
        Ok(nodes)
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
                audit_origins::public_key.eq(crate::store::types::raw(new.public_key)),
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

async fn read(
    tx: &mut Recording,
    msp: MspId,
    level: u8,
    (from, until): (i64, i64),
) -> Result<Vec<(i64, countersign_protocol::Nonce)>, StoreError> {
    use crate::store::schema::audit_leaves;
    if level == 0 {
        return on!(&mut *tx, |c| audit_leaves::table
            .filter(audit_leaves::msp.eq(id(msp)))
            .filter(audit_leaves::position.ge(from))
            .filter(audit_leaves::position.lt(until))
            .select((audit_leaves::position, audit_leaves::hash))
            .load(c));
    }
    on!(&mut *tx, |c| audit_nodes::table
        .filter(audit_nodes::msp.eq(id(msp)))
        .filter(audit_nodes::level.eq(i16::from(level)))
        .filter(audit_nodes::position.ge(from))
        .filter(audit_nodes::position.lt(until))
        .select((audit_nodes::position, audit_nodes::hash))
        .load(c))
}
