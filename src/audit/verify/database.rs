//! A log in a database: read ahead by one task, looked at by another thread.

use std::collections::HashMap;

use countersign_protocol::{
    MspId,
    audit::{Hash, Level, LogKey},
};
use tokio::sync::mpsc::{Sender, channel};

use super::{
    End, Expected, RelyingParties, Report, Verifier,
    item::{Batch, Columns, Head, Item, Log, Origin, Row, StoredBody, StoredLeaf, StoredNote},
};
use crate::{
    domain::Failure,
    store::{
        Across, Store, StoreError,
        audit::walk::{self, BodyAt, CheckpointAt, LeafAt},
    },
};

/// Entries that are read at a time: whole tiles of the first level.
const AT_ONCE: i64 = 16 * 256;
/// Batches that wait to be looked at.
const AHEAD: usize = 2;
/// Checkpoints that are read at a time; at one in ten seconds there are far fewer between two batches.
const CHECKPOINTS: i64 = 100_000;
/// Checkpoints over more entries than there are: the first few tell all.
const BEYOND: i64 = 10;

/// The msps that have a log.
///
/// # Errors
/// If the database does not answer.
pub async fn logs(store: &Store) -> Result<Vec<MspId>, Failure> {
    Ok(walk::logs(&mut store.across().await?).await?)
}

/// Verifies the log of an msp; `told` hears how many entries were looked at, and of how many.
///
/// # Errors
/// If the database does not answer. What is wrong with the log stands in the report.
pub async fn verify_database(
    store: &Store,
    msp: MspId,
    expected: &Expected,
    relying_parties: RelyingParties,
    mut told: impl FnMut(u64, u64) + Send,
) -> Result<Report, Failure> {
    let mut across = store.across().await?;
    let origins = known_origins(&mut across, msp).await?;
    // Checkpoints are only signed over committed heads: read before the head, none is beyond it.
    let last_signed = walk::last_checkpoint_size(&mut across, msp).await?.unwrap_or(0);
    let head = walk::stored_head(&mut across, msp).await?;
    drop(across);
    let size = head.as_ref().map_or(0, |(size, ..)| *size);
    let entries = u64::try_from(size).unwrap_or(0);
    let log = Log { msp, origins, size: Some(entries) };
    let mut verifier = Verifier::new(log, expected, relying_parties);
    let (batches, mut read) = channel(AHEAD);
    let reading = read_all(store, msp, (size, last_signed), batches);
    let looking = async {
        while let Some(batch) = read.recv().await {
            // On a thread of its own; the reading goes on meanwhile.
            verifier = off_the_runtime(verifier, batch).await?;
            told(verifier.entries(), entries);
        }
        Ok::<_, Failure>(verifier)
    };
    let (read, looked) = tokio::join!(reading, looking);
    let mut verifier = looked?;
    if let Some(stray) = read? {
        verifier.stray(u64::try_from(stray).unwrap_or(0));
    }
    let head = head.map(|(_, frontier, recorded_at)| Head {
        size: entries,
        frontier,
        recorded_at: recorded_at.unix_millis(),
    });
    Ok(verifier.finish(End::Head(head)))
}

async fn off_the_runtime(mut verifier: Verifier, batch: Batch) -> Result<Verifier, Failure> {
    let looking = tokio::task::spawn_blocking(move || {
        verifier.take(batch);
        verifier
    });
    looking.await.map_err(|error| Failure::Fault(format!("the verifier ended early: {error}")))
}

/// Reads all entries up to `size`, then whether there is one behind the head.
async fn read_all(
    store: &Store,
    msp: MspId,
    (size, last_signed): (i64, i64),
    batches: Sender<Batch>,
) -> Result<Option<i64>, StoreError> {
    let mut from = 0;
    while from < size {
        let until = from.saturating_add(AT_ONCE).min(size);
        let batch = read(store, msp, (from, until)).await?;
        if batches.send(batch).await.is_err() {
            return Ok(None);
        }
        from = until;
    }
    let mut across = store.across().await?;
    let mut notes = Vec::new();
    if size == 0 {
        notes.extend(walk::checkpoints(&mut across, msp, (-1, 0), BEYOND).await?);
    }
    if last_signed > size {
        notes.extend(walk::checkpoints(&mut across, msp, (size, last_signed), BEYOND).await?);
    }
    let notes = notes.into_iter().map(stored_note).collect();
    let _ = batches.send(Batch { notes, ..Batch::default() }).await;
    // In this order: a head is never behind its entries.
    let last = walk::last_leaf(&mut across, msp).await?;
    let head = walk::stored_head(&mut across, msp).await?.map_or(0, |(size, ..)| size);
    Ok(last.filter(|last| *last >= head))
}

async fn read(store: &Store, msp: MspId, (from, until): (i64, i64)) -> Result<Batch, StoreError> {
    let mut across = store.across().await?;
    let leaves = walk::leaves(&mut across, msp, (from, until)).await?;
    let bodies = walk::bodies(&mut across, msp, (from, until)).await?;
    // A checkpoint over nothing is read with the first entries.
    let above = if from == 0 { -1 } else { from };
    let notes = walk::checkpoints(&mut across, msp, (above, until), CHECKPOINTS).await?;
    let mut nodes = Vec::new();
    for level in 1..8_u8 {
        let completed = (from >> (level * 8), until >> (level * 8));
        if completed.0 == completed.1 {
            break;
        }
        let stored = walk::nodes(&mut across, msp, i16::from(level), completed).await?;
        nodes.extend(stored.into_iter().map(|(index, hash)| node(level, index, hash.0)));
    }
    Ok(Batch {
        items: rows(leaves, bodies).into_iter().map(Item::Row).collect(),
        notes: notes.into_iter().map(stored_note).collect(),
        nodes: Some(nodes),
    })
}

fn node(level: Level, index: i64, hash: [u8; 32]) -> (Level, u64, Hash) {
    (level, index.unsigned_abs(), Hash(hash))
}

fn stored_note((generation, size, note): CheckpointAt) -> StoredNote {
    StoredNote { filed: Some((generation, size.unsigned_abs())), note }
}

/// Leaves and bodies by their positions; either may be missing.
fn rows(leaves: Vec<LeafAt>, bodies: Vec<BodyAt>) -> Vec<Row> {
    let mut rows: Vec<Row> = leaves
        .into_iter()
        .map(|(position, event, hash)| Row {
            position: position.unsigned_abs(),
            leaf: Some(StoredLeaf { event: event.0, hash: Hash(hash.0) }),
            bodies: Vec::new(),
        })
        .collect();
    let mut without: HashMap<u64, Row> = HashMap::new();
    for body in bodies {
        let position = body.position.unsigned_abs();
        let row = match rows.binary_search_by_key(&position, |row| row.position) {
            Ok(at) => &mut rows[at],
            Err(_) => {
                without.entry(position).or_insert(Row { position, leaf: None, bodies: Vec::new() })
            }
        };
        row.bodies.push(stored_body(body));
    }
    if !without.is_empty() {
        rows.extend(without.into_values());
        rows.sort_by_key(|row| row.position);
    }
    rows
}

fn stored_body(body: BodyAt) -> StoredBody {
    StoredBody {
        recorded_at: body.recorded_at.unix_millis(),
        text: body.body,
        columns: Columns {
            event: body.event_id.0,
            kind: body.kind,
            outcome: body.outcome,
            tenant: body.tenant,
            technician: body.technician,
            workstation: body.workstation,
            account: body.account,
            sentence: body.sentence,
        },
    }
}

/// The origins of a log, oldest first.
///
/// # Errors
/// If the database does not answer, or an origin's name can't be one.
pub async fn known_origins(across: &mut Across, msp: MspId) -> Result<Vec<Origin>, Failure> {
    let stored = walk::origins(across, msp).await?;
    let origin = |(generation, name, key, from_size): walk::KnownOrigin| {
        let key = LogKey::new(&name, key.0)
            .map_err(|error| Failure::Fault(format!("the origin {name:?}: {error}")))?;
        Ok(Origin { generation, key, from_size: from_size.unsigned_abs() })
    };
    stored.into_iter().map(origin).collect()
}
