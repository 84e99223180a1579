//! A log goes on after a backup was restored. What came after the backup is lost, also from the tree: signing again
//! over the same sizes would be a second history under the same name. So the log gets a new name and key, and its
//! next entry says what is known to be lost.
//!
//! Workstations are told apart from their copies by counters, which the backup took back in time. Each one's next
//! assertion is taken whatever counter it shows, once; a copy that is made use of before its original is not
//! found out by that one. Their state documents get versions that none of them was told before: the backup took those
//! back too. Phones whose refresh token is newer than the restored one sign in again, by themselves.

use std::sync::Arc;

use countersign_protocol::{MspId, WorkstationId, audit::Checkpoint};

use super::{
    Notary,
    verify::{checkpoint_of, generation_of},
};
use crate::{
    domain::{Actor, Entity, Event, Fact, Failure, Occasion},
    store::{
        Scope, Store, StoreError, Tx,
        audit::{
            NewEntry,
            reopen::{LockedLog, lock_log},
            walk,
        },
        states::leap,
        workstations::{Resynchronised, counting, resynchronise},
    },
};

/// Workstations that one transaction resynchronises.
const AT_ONCE: i64 = 200;

/// Why a log is to be reopened.
#[derive(Clone, Debug, Default)]
pub struct Because {
    /// The newest checkpoint that is known from before.
    pub checkpoint: Option<String>,
    /// Why, in words; needed where there is no checkpoint.
    pub reason: Option<String>,
}

/// A log that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reopened {
    /// The new origin's number.
    pub generation: i32,
    /// Where the entry stands that says so.
    pub at: u64,
    /// How many entries the checkpoint knew.
    pub old_size: Option<u64>,
    /// How many workstations resynchronise their counters.
    pub workstations: usize,
}

/// Why a log is not reopened.
#[derive(Debug, thiserror::Error)]
pub enum NotReopened {
    /// Neither checkpoint nor words.
    #[error("give the newest checkpoint that you have, or say why there is none")]
    NoReason,
    /// The text is no checkpoint of this log.
    #[error("this is no checkpoint of this log: {0}")]
    NotOurs(String),
    /// The log has what the checkpoint knows.
    #[error(
        "the log has all {0} entries of this checkpoint, and its root: there is nothing to reopen"
    )]
    Whole(u64),
    /// No such msp, or the database doesn't answer.
    #[error("{0:?}")]
    Failed(Failure),
}

impl From<Failure> for NotReopened {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<StoreError> for NotReopened {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// Reopens the log of an msp and resynchronises its workstations. Cut off between the two, or called again with the
/// same checkpoint, it does what is left.
///
/// # Errors
/// Why not; then nothing was changed.
pub async fn reopen(
    notary: &Notary,
    msp: MspId,
    because: Because,
) -> Result<Reopened, NotReopened> {
    if because.checkpoint.is_none() && because.reason.is_none() {
        return Err(NotReopened::NoReason);
    }
    let old = match &because.checkpoint {
        Some(note) => Some(opened(notary, msp, note).await?),
        None => None,
    };
    let mut reopened = match acknowledged(notary, msp, old.as_ref()).await? {
        Some(before) => before,
        None => begin(notary, msp, because, old).await?,
    };
    reopened.workstations = resynchronise_all(notary, msp).await?;
    Ok(reopened)
}

/// The checkpoint of a note that this log's key has signed; of an origin that was lost too, nobody knows the key.
async fn opened(notary: &Notary, msp: MspId, note: &str) -> Result<Checkpoint, NotReopened> {
    let not_ours = |why: &str| NotReopened::NotOurs(why.to_owned());
    let checkpoint = checkpoint_of(note).ok_or_else(|| not_ours("it can't be read"))?;
    if generation_of(msp, &checkpoint.origin).is_none() {
        return Err(not_ours("it bears another name"));
    }
    let mut across = notary.store.across().await?;
    let origins = super::verify::known_origins(&mut across, msp).await?;
    drop(across);
    match origins.iter().find(|origin| origin.key.name() == checkpoint.origin) {
        Some(origin) => {
            origin.key.open(note).map_err(|error| NotReopened::NotOurs(error.to_string()))
        }
        None => Ok(checkpoint),
    }
}

/// What the newest reopening did, if it was for this checkpoint.
async fn acknowledged(
    notary: &Notary,
    msp: MspId,
    old: Option<&Checkpoint>,
) -> Result<Option<Reopened>, NotReopened> {
    let Some(old) = old else { return Ok(None) };
    let mut across = notary.store.across().await?;
    let Some(&(generation, _, _, from_size)) =
        walk::origins(&mut across, msp).await?.last().filter(|(generation, ..)| *generation > 1)
    else {
        return Ok(None);
    };
    let entries = walk::bodies(&mut across, msp, (from_size, from_size + 1)).await?;
    let event = entries.first().and_then(|entry| serde_json::from_str::<Event>(&entry.body).ok());
    let Some(Fact::LogReopened { old_checkpoint: Some(said), .. }) = event.map(|event| event.fact)
    else {
        return Ok(None);
    };
    let same = checkpoint_of(&said).as_ref() == Some(old);
    let (at, old_size) = (from_size.unsigned_abs(), Some(old.size));
    Ok(same.then_some(Reopened { generation, at, old_size, workstations: 0 }))
}

async fn begin(
    notary: &Notary,
    msp: MspId,
    because: Because,
    old: Option<Checkpoint>,
) -> Result<Reopened, NotReopened> {
    let now = notary.clock.now();
    let mut log = lock_log(&notary.store, msp, now).await?;
    if let Some(old) = &old
        && has(&mut log, old).await?
    {
        log.let_go().await;
        return Err(NotReopened::Whole(old.size));
    }
    let version = match log.raise_version().await {
        Ok(version) => version,
        Err(error) => {
            log.let_go().await;
            return Err(error.into());
        }
    };
    let lost = old.as_ref().and_then(|old| generation_of(msp, &old.origin)).unwrap_or(0);
    let generation = log.generation.max(lost) + 1;
    let restored_size = log.head.frontier.size();
    let from_size = i64::try_from(restored_size).unwrap_or(i64::MAX);
    let origin = notary.new_origin(msp, generation, from_size)?;
    let old_size = old.map(|old| old.size);
    let known = match old_size {
        Some(size) => format!("a checkpoint knew {size}"),
        None => "no checkpoint is known".to_owned(),
    };
    let because_of = because.reason.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
    let sentence = format!(
        "the audit log went on after a restored backup of {restored_size} entries; {known}{because_of}"
    );
    let fact = Fact::LogReopened {
        generation,
        old_checkpoint: because.checkpoint,
        old_size,
        restored_size,
        reason: because.reason,
    };
    let occasion = Occasion { at: now, msp, tenant: None, actor: Actor::Operator };
    let event = occasion.event(notary.random.id(now), Entity::Msp(msp), version, sentence, fact);
    let text = serde_json::to_string(&event)
        .map_err(|error| Failure::Fault(format!("an event does not become JSON: {error}")))?;
    let entry = NewEntry::parse(text, event.id)
        .map_err(|(why, _)| Failure::Fault(format!("an event can't be filed: {why}")))?;
    log.reopen(&origin, entry, now).await?;
    Ok(Reopened { generation, at: restored_size, old_size, workstations: 0 })
}

/// Whether the log has all that the checkpoint knows.
async fn has(log: &mut LockedLog, old: &Checkpoint) -> Result<bool, StoreError> {
    if old.size > log.head.frontier.size() {
        return Ok(false);
    }
    // A tree that lacks its nodes is not whole.
    Ok(log.root(old.size).await? == Some(old.root))
}

async fn resynchronise_all(notary: &Notary, msp: MspId) -> Result<usize, Failure> {
    let (store, scope) = (&notary.store, Scope::msp(msp));
    let (mut after, mut done) = (WorkstationId(uuid::Uuid::nil()), 0);
    loop {
        let mut conn = store.within(scope).await?;
        let next = counting(&mut conn, after, AT_ONCE).await?;
        drop(conn);
        let Some(last) = next.last().copied() else { return Ok(done) };
        after = last;
        let now = notary.clock.now();
        let occasion = Occasion { at: now, msp, tenant: None, actor: Actor::Operator };
        let random = Arc::clone(&notary.random);
        done += transacted(store, scope, move |mut tx| {
            Box::pin(async move {
                let changed = resynchronise(&mut tx, &next).await?;
                leap(&mut tx, &next).await?;
                let count = changed.len();
                let mut events = changed.into_iter().map(|changed| {
                    let Resynchronised { id, version, host_name, tenant } = changed;
                    let sentence =
                        format!("{host_name} resynchronises its counter after a restored backup");
                    let fact = Fact::WorkstationResynchronised;
                    let entity = Entity::Workstation(id);
                    let event = occasion.event(random.id(now), entity, version, sentence, fact);
                    Event { tenant: Some(tenant), ..event }
                });
                if let Some(first) = events.next() {
                    let more = events.collect();
                    tx.commit(first, more).await?;
                }
                Ok(count)
            })
        })
        .await?;
    }
}

async fn transacted(
    store: &Store,
    scope: Scope,
    work: impl FnOnce(Tx) -> futures_util::future::BoxFuture<'static, Result<usize, Failure>>
    + Send
    + 'static,
) -> Result<usize, Failure> {
    store.transact(scope, work).await
}
