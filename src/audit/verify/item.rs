//! What is verified, as whoever reads it hands it over.

use countersign_protocol::{
    MspId,
    audit::{Hash, Level, LogKey},
};
use uuid::Uuid;

/// A log.
#[derive(Clone, Debug)]
pub struct Log {
    /// Whose.
    pub msp: MspId,
    /// Its origins, oldest first.
    pub origins: Vec<Origin>,
    /// How many entries are to come, if that is known.
    pub size: Option<u64>,
}

/// A name and key under which the log was signed.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Its number; the first is 1.
    pub generation: i32,
    /// Name and public key.
    pub key: LogKey,
    /// How many entries the log had when it began.
    pub from_size: u64,
}

/// The head of a log's tree, as it is stored.
#[derive(Clone, Debug)]
pub struct Head {
    /// How many entries.
    pub size: u64,
    /// The right edge.
    pub frontier: Vec<u8>,
    /// When the last entry was recorded, in Unix milliseconds.
    pub recorded_at: i64,
}

/// Entries one after the other, with what is stored about them.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The entries.
    pub items: Vec<Item>,
    /// Checkpoints over sizes up to the last entry of this batch, and above the last of the batch before.
    pub notes: Vec<StoredNote>,
    /// The nodes that these entries complete, by level and index; `None` where no nodes are stored.
    pub nodes: Option<Vec<(Level, u64, Hash)>>,
}

/// An entry.
#[derive(Clone, Debug)]
pub enum Item {
    /// Of a database.
    Row(Row),
    /// A line of an export.
    Line(String),
}

/// An entry as a database has it.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its position.
    pub position: u64,
    /// The leaf, if it is there.
    pub leaf: Option<StoredLeaf>,
    /// The bodies at this position: one, or none where it was pruned.
    pub bodies: Vec<StoredBody>,
}

/// A leaf.
#[derive(Clone, Copy, Debug)]
pub struct StoredLeaf {
    /// The event.
    pub event: Uuid,
    /// The hash.
    pub hash: Hash,
}

/// A body.
#[derive(Clone, Debug)]
pub struct StoredBody {
    /// When it was recorded, in Unix milliseconds.
    pub recorded_at: i64,
    /// The event's text.
    pub text: String,
    /// The columns beside it.
    pub columns: Columns,
}

/// What stands beside a body, to find it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The event.
    pub event: Uuid,
    /// The fact's word.
    pub kind: String,
    /// How it went.
    pub outcome: Option<String>,
    /// The tenant.
    pub tenant: Option<Uuid>,
    /// The technician.
    pub technician: Option<Uuid>,
    /// The workstation.
    pub workstation: Option<Uuid>,
    /// The account.
    pub account: Option<String>,
    /// The sentence.
    pub sentence: String,
}

/// A checkpoint that is stored with the log.
#[derive(Clone, Debug)]
pub struct StoredNote {
    /// The origin's number and the size, where they are stored beside the note.
    pub filed: Option<(i32, u64)>,
    /// The note.
    pub note: String,
}
