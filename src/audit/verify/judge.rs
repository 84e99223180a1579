//! One entry by itself: its hash, its text, the columns beside it.

use countersign_protocol::{
    Instant, MspId,
    audit::{Hash, entry, leaf_hash},
};
use serde::Deserialize;
use std::borrow::Cow;
use uuid::Uuid;

use super::{
    finding::Kind,
    item::{Item, Row, StoredBody, StoredLeaf},
    text::{self, Said},
};

/// What one entry told.
pub(super) struct Judged {
    pub(super) position: u64,
    /// The leaf's hash, as it counts in the tree.
    pub(super) leaf: Hash,
    /// When it was recorded, where the text is there.
    pub(super) recorded_at: Option<i64>,
    /// What the text says; `None` where it is gone, or is not an event's.
    pub(super) said: Option<Said>,
    pub(super) pruned: bool,
    pub(super) faults: Vec<(Kind, String)>,
}

/// An entry as exports write it.
#[derive(Deserialize)]
struct Exported<'a> {
    position: u64,
    #[serde(default)]
    recorded_at: Option<i64>,
    event_id: Uuid,
    #[serde(borrow, default)]
    body: Option<Cow<'a, str>>,
    hash: Hash,
}

/// Judges an entry of this msp's log.
///
/// # Errors
/// Why a line is not an entry.
pub(super) fn judge(item: &Item, msp: MspId) -> Result<Judged, String> {
    match item {
        Item::Row(row) => Ok(judge_row(row, msp)),
        Item::Line(line) => {
            let read: Exported<'_> =
                serde_json::from_str(line).map_err(|error| error.to_string())?;
            let leaf = StoredLeaf { event: read.event_id, hash: read.hash };
            let mut judged = Judged::of(read.position, leaf.hash);
            match (&read.body, read.recorded_at) {
                (Some(body), Some(at)) => judged.body(msp, Some(leaf), at, body, None),
                (Some(_), None) => return Err("an entry with a body and no recorded_at".into()),
                (None, _) => judged.pruned = true,
            }
            Ok(judged)
        }
    }
}

fn judge_row(row: &Row, msp: MspId) -> Judged {
    let missing = || row.bodies.first().and_then(hash_of).unwrap_or_else(Hash::of_empty_tree);
    let mut judged = Judged::of(row.position, row.leaf.map_or_else(missing, |leaf| leaf.hash));
    if row.leaf.is_none() {
        judged.fault(Kind::EntryDeleted, "the leaf is gone");
    }
    match &row.bodies[..] {
        [] => judged.pruned = true,
        [body, more @ ..] => {
            let columns = Some(&body.columns);
            judged.body(msp, row.leaf, body.recorded_at, &body.text, columns);
            if !more.is_empty() {
                judged.fault(Kind::EntryChanged, "there are several texts for one entry");
            }
        }
    }
    judged
}

fn hash_of(body: &StoredBody) -> Option<Hash> {
    hash(body.recorded_at, &body.text)
}

fn hash(recorded_at: i64, text: &str) -> Option<Hash> {
    let at = Instant::from_unix_millis(recorded_at);
    entry(at, text).ok().map(|bytes| leaf_hash(&bytes))
}

impl Judged {
    fn of(position: u64, leaf: Hash) -> Self {
        Self { position, leaf, recorded_at: None, said: None, pruned: false, faults: Vec::new() }
    }

    fn fault(&mut self, kind: Kind, why: impl Into<String>) {
        self.faults.push((kind, why.into()));
    }

    fn body(
        &mut self,
        msp: MspId,
        leaf: Option<StoredLeaf>,
        recorded_at: i64,
        text: &str,
        columns: Option<&super::item::Columns>,
    ) {
        self.recorded_at = Some(recorded_at);
        let hashed = hash(recorded_at, text) == Some(self.leaf);
        let (said, other) = match text::read(text, columns) {
            Ok(read) => read,
            Err(why) if hashed => return self.fault(Kind::Unreadable, why),
            Err(why) => {
                let detail = format!("its hash is not the leaf's, and it is no event: {why}");
                return self.fault(Kind::EntryChanged, detail);
            }
        };
        match leaf.filter(|leaf| leaf.event != said.event) {
            Some(leaf) => {
                let detail =
                    format!("the leaf is of event {}, the text of {}", leaf.event, said.event);
                self.fault(Kind::EntryMoved, detail);
            }
            None if !hashed => self.fault(Kind::EntryChanged, "the text's hash is not the leaf's"),
            None if said.msp != msp => {
                self.fault(Kind::EntryMoved, format!("an event of the msp {}", said.msp));
            }
            None => {}
        }
        if let Some(columns) = other {
            self.fault(Kind::ColumnChanged, format!("beside the text: {columns}"));
        }
        // What was not recorded proves nothing.
        if hashed {
            self.said = Some(said);
        }
    }
}
