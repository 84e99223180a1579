//! What can be wrong with a log.

use serde::Serialize;

/// The kinds of what can be wrong, the gravest first: of two that stand at one position, the first is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What was given to be verified is a selection of entries.
    Filtered,
    /// What was given to be verified ends before its end.
    Truncated,
    /// What was given to be verified can't be read.
    Malformed,
    /// An origin's key is another than the one that was known, or has signed before.
    LogKeyReplaced,
    /// A known checkpoint or key is of a log that is not there.
    LogMissing,
    /// An origin without the entry that opens it.
    OriginUnrecorded,
    /// Another event's text stands at a position.
    EntryMoved,
    /// The text is not the one that was hashed.
    EntryChanged,
    /// No entry has this position.
    EntryDeleted,
    /// The text is gone, and no pruning says so.
    BodyMissing,
    /// The text is right, and is not an event's.
    Unreadable,
    /// A column beside the text says something else.
    ColumnChanged,
    /// An entry was recorded before the one in front of it.
    TimeWentBack,
    /// The head or a checkpoint of this very database knows more entries than there are.
    TailCut,
    /// A checkpoint that somebody kept knows more entries than the log has.
    RolledBack,
    /// The log is not the one that a checkpoint was signed over.
    HistoryRewritten,
    /// An entry reopens the log because of a checkpoint over no more entries than the log had then, and over others. A
    /// backup was restored and grew again before that was noticed, or a rewriting passes for that.
    RewritingAcknowledged,
    /// A stored checkpoint is not what the log's key signed over this log.
    CheckpointChanged,
    /// The stored head is not the tree's.
    HeadChanged,
    /// A stored node is not the tree's.
    NodeChanged,
    /// An entity's version stands nowhere.
    VersionMissing,
    /// An entity has a version twice.
    VersionDoubled,
    /// An approval was not signed as it says.
    ApprovalForged,
}

impl Kind {
    /// The word, as it stands in `--json`.
    #[must_use]
    pub fn word(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|word| Some(word.as_str()?.to_owned()))
            .unwrap_or_default()
    }

    /// The program's exit code; 1 and 2 are for what could not be verified at all, 3 for acknowledged losses.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::EntryChanged => 10,
            Self::EntryDeleted => 11,
            Self::EntryMoved => 12,
            Self::BodyMissing => 13,
            Self::ColumnChanged => 14,
            Self::TimeWentBack => 15,
            Self::TailCut => 16,
            Self::RolledBack => 17,
            Self::HistoryRewritten => 18,
            Self::CheckpointChanged => 19,
            Self::LogKeyReplaced => 20,
            Self::HeadChanged => 21,
            Self::NodeChanged => 22,
            Self::VersionMissing => 23,
            Self::VersionDoubled => 24,
            Self::ApprovalForged => 25,
            Self::Unreadable => 26,
            Self::OriginUnrecorded => 27,
            Self::LogMissing => 28,
            Self::RewritingAcknowledged => 29,
            Self::Filtered => 40,
            Self::Truncated => 41,
            Self::Malformed => 42,
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where; absent for what has no position of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The last position where it can be, if it can't be told more closely.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<u64>,
    /// What kind.
    pub kind: Kind,
    /// What is wrong, for people.
    pub detail: String,
}

impl Finding {
    pub(super) fn at(position: u64, kind: Kind, detail: impl Into<String>) -> Self {
        Self { position: Some(position), through: None, kind, detail: detail.into() }
    }

    pub(super) fn between(from: u64, through: u64, kind: Kind, detail: impl Into<String>) -> Self {
        let through = (through > from).then_some(through);
        Self { position: Some(from), through, kind, detail: detail.into() }
    }

    pub(super) fn of(kind: Kind, detail: impl Into<String>) -> Self {
        Self { position: None, through: None, kind, detail: detail.into() }
    }

    /// What is of the whole comes first, then by position.
    pub(super) fn order(&self) -> (u64, Kind) {
        (self.position.map_or(0, |position| position + 1), self.kind)
    }
}

/// The first findings of each kind: a log where everything is wrong is told in a few lines.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    pub(super) all: u64,
}

/// How many of a kind are kept.
const OF_A_KIND: usize = 3;

impl Findings {
    pub(super) fn add(&mut self, finding: Finding) {
        self.all += 1;
        if self.kept.iter().filter(|kept| kept.kind == finding.kind).count() < OF_A_KIND {
            self.kept.push(finding);
        }
    }

    pub(super) fn in_order(mut self) -> Vec<Finding> {
        self.kept.sort_by_key(Finding::order);
        self.kept
    }
}
