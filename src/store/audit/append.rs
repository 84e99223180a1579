//! Entries into the log: numbered without gaps under the heads' locks, each once, together with what was said of
//! them in the outbox.

use std::collections::{BTreeMap, HashSet};

use countersign_protocol::{
    EventId, Instant, MspId,
    audit::{entry, leaf_hash},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Recording,
    heads::{self, Head, position},
    partitions,
    rows::{self, EventRow, LeafRow, NodeRow},
};
use crate::{
    domain::Index,
    store::{
        Store, StoreError,
        conn::on,
        schema::{audit_leaves, outbox},
        types::{WrittenId, id},
    },
};

/// An event on its way into the log.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// What it tells of itself.
    pub index: Index,
    /// Its text, which is kept as it is.
    pub body: String,
}

impl NewEntry {
    /// Reads an event's text.
    ///
    /// # Errors
    /// Where it is no event's text, or another event's; with the text again.
    pub fn parse(body: String, event: EventId) -> Result<Self, (String, String)> {
        match serde_json::from_str::<Index>(&body) {
            Ok(index) if index.id == event => Ok(Self { index: index.to_be_filed(), body }),
            Ok(_) => Err(("the id in the text is another".to_owned(), body)),
            Err(error) => Err((error.to_string(), body)),
        }
    }
}

/// What became of a batch.
#[derive(Clone, Debug, Default)]
pub struct Appended {
    /// How many entries were added.
    pub added: usize,
    /// How many stood in the log already, or came twice.
    pub known: usize,
    /// Whose logs have grown.
    pub grown: Vec<MspId>,
}

/// Adds a batch in one transaction, in the order given: locks the heads in the msps' order, drops what is known,
/// numbers the rest, inserts leaves, nodes and bodies, moves the heads, and takes all of it out of the outbox.
/// `recorded_at` of an entry is `now`, or that of the entry before it if the clock went back.
///
/// # Errors
/// If the database does not answer, or refuses a value; then nothing was added.
pub async fn append(
    store: &Store,
    entries: &[NewEntry],
    now: Instant,
) -> Result<Appended, StoreError> {
    if entries.is_empty() {
        return Ok(Appended::default());
    }
    partitions::ensure(store, now).await?;
    let mut tx = store.recording().await?;
    match written(&mut tx, entries, now).await {
        Ok(appended) => {
            tx.commit().await?;
            Ok(appended)
        }
        Err(error) => {
            store.months().forget();
            tx.roll_back().await;
            Err(error)
        }
    }
}

pub(super) async fn written(
    tx: &mut Recording,
    entries: &[NewEntry],
    now: Instant,
) -> Result<Appended, StoreError> {
    let mut by_msp: BTreeMap<MspId, Vec<&NewEntry>> = BTreeMap::new();
    let mut seen = HashSet::with_capacity(entries.len());
    for entry in entries.iter().filter(|entry| seen.insert(entry.index.id)) {
        by_msp.entry(entry.index.msp).or_default().push(entry);
    }
    let msps: Vec<MspId> = by_msp.keys().copied().collect();
    let heads = heads::lock(tx, &msps, now).await?;
    let ids: Vec<WrittenId> = seen.iter().map(|event| id(*event)).collect();
    let known: HashSet<EventId> = on!(&mut *tx, |c| audit_leaves::table
        .filter(audit_leaves::event_id.eq_any(&ids))
        .select(audit_leaves::event_id)
        .load::<EventId>(c))?
    .into_iter()
    .collect();
    let mut batch = Numbered::default();
    let mut grown = Vec::new();
    for mut head in heads {
        let before = head.frontier.size();
        head.recorded_at = head.recorded_at.max(now);
        for entry in by_msp.remove(&head.msp).unwrap_or_default() {
            if !known.contains(&entry.index.id) {
                batch.number(&mut head, entry)?;
            }
        }
        if head.frontier.size() > before {
            grown.push(head);
        }
    }
    let added = batch.leaves.len();
    rows::insert(tx, batch.leaves, batch.nodes, batch.events).await?;
    for head in &grown {
        heads::advance(tx, head).await?;
    }
    on!(&mut *tx, |c| diesel::delete(outbox::table.filter(outbox::id.eq_any(&ids))).execute(c))?;
    let grown = grown.into_iter().map(|head| head.msp).collect();
    Ok(Appended { added, known: entries.len() - added, grown })
}

/// Entries that have their positions.
#[derive(Default)]
struct Numbered<'a> {
    leaves: Vec<LeafRow>,
    nodes: Vec<NodeRow>,
    events: Vec<EventRow<'a>>,
}

impl<'a> Numbered<'a> {
    fn number(&mut self, head: &mut Head, new: &'a NewEntry) -> Result<(), StoreError> {
        let at = position(head.frontier.size())?;
        let bytes = entry(head.recorded_at, &new.body)
            .map_err(|error| StoreError::Refused(error.to_string()))?;
        let hash = leaf_hash(&bytes);
        let (msp, nodes) = (head.msp, &mut self.nodes);
        head.frontier.push(hash, |level, index, hash| {
            nodes.push(NodeRow { msp, level, index, hash });
        });
        self.leaves.push(LeafRow { msp, position: at, event: new.index.id, hash });
        self.events.push(EventRow {
            msp,
            position: at,
            recorded_at: head.recorded_at,
            index: &new.index,
            body: &new.body,
        });
        Ok(())
    }
}
