//! The forms in which events leave the log. In each, one event is one line, whatever stands in its names.

mod cef;
mod classes;
mod csv;
mod ndjson;
mod ocsf;
mod told;

use countersign_protocol::{MspId, wire::audit::LogOrigin};

use crate::store::audit::{AuditRow, Body, Leaf};

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Evidence: what is needed to check the log without the service.
    Ndjson,
    /// RFC 4180, for people and their spreadsheets.
    Csv,
    /// Open Cybersecurity Schema Framework, a JSON object a line.
    Ocsf,
    /// `ArcSight`'s Common Event Format, for older collectors.
    Cef,
}

/// What an export tells before its events.
#[derive(Clone, Debug)]
pub struct ExportHead {
    /// Whose log.
    pub msp: MspId,
    /// True if not every event is in it.
    pub filtered: bool,
    /// The log's keys, oldest first.
    pub origins: Vec<LogOrigin>,
    /// Signed checkpoints, oldest first.
    pub checkpoints: Vec<String>,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ndjson, Self::Csv, Self::Ocsf, Self::Cef];

    /// The form of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Ocsf => "ocsf",
            Self::Cef => "cef",
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson | Self::Ocsf => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Cef => "text/plain; charset=utf-8",
        }
    }

    /// The lines before the events.
    #[must_use]
    pub fn head(self, head: &ExportHead) -> String {
        match self {
            Self::Ndjson => ndjson::head(head),
            Self::Csv => csv::head(),
            Self::Ocsf | Self::Cef => String::new(),
        }
    }

    /// An event's line.
    #[must_use]
    pub fn line(self, msp: MspId, row: &AuditRow) -> String {
        match self {
            Self::Ndjson => ndjson::line(row),
            Self::Csv => csv::line(row),
            Self::Ocsf => ocsf::line(msp, row),
            Self::Cef => cef::line(msp, row),
        }
    }

    /// The line of a leaf in whole evidence; without a body where it was pruned.
    #[must_use]
    pub fn evidence(leaf: &Leaf, body: Option<&Body>) -> String {
        ndjson::evidence(leaf, body)
    }

    /// The lines behind the events: the last position that was looked at, and how many events there were.
    #[must_use]
    pub fn end(self, through: Option<u64>, entries: u64) -> String {
        match self {
            Self::Ndjson => ndjson::end(through, entries),
            Self::Csv | Self::Ocsf | Self::Cef => String::new(),
        }
    }
}
