//! A log in an export: one JSON document a line. The first says whose it is, with its origins and checkpoints; then
//! one an entry; the last says where the entries end.

use std::{
    io::{BufRead, Read},
    sync::mpsc::sync_channel,
};

use countersign_protocol::{MspId, audit::LogKey};
use serde::Deserialize;

use super::{
    End, Expected, Kind, RelyingParties, Report, Verifier,
    item::{Batch, Item, Log, Origin, StoredNote},
};

/// The only version that is known.
const VERSION: u32 = 1;
/// The longest line: an entry of 65,535 bytes of which each is written as six.
const LONGEST: u64 = 512 * 1024;
/// The longest first line, with all checkpoints in it.
const LONGEST_HEADER: u64 = 1 << 32;
/// Lines that are read at a time, and batches that wait to be looked at.
const AT_ONCE: usize = 4096;
const AHEAD: usize = 2;

/// Why an export can't be verified.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It can't be read.
    #[error("the export can't be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// It has another form.
    #[error("the export's {0}")]
    Malformed(String),
    /// Entries were left out.
    #[error(
        "the export holds a selection of entries: whether others were changed or left out can't be told from it"
    )]
    Filtered,
}

impl ExportError {
    /// The program's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unreadable(_) => 1,
            Self::Malformed(_) => Kind::Malformed.exit_code(),
            Self::Filtered => Kind::Filtered.exit_code(),
        }
    }
}

#[derive(Deserialize)]
struct Header {
    countersign_audit: u32,
    msp: MspId,
    origins: Vec<WrittenOrigin>,
    checkpoints: Vec<String>,
    #[serde(default)]
    filtered: bool,
}

#[derive(Deserialize)]
struct WrittenOrigin {
    generation: i32,
    name: String,
    vkey: LogKey,
    from_size: u64,
}

#[derive(Deserialize)]
struct Last {
    end: Span,
}

#[derive(Deserialize)]
struct Span {
    through: Option<u64>,
    entries: u64,
}

/// Verifies an export; `told` hears how many bytes were looked at.
///
/// # Errors
/// If it can't be read, or is not a whole export. What is wrong with the log stands in the report.
pub fn verify_export(
    mut export: impl BufRead + Send,
    expected: &Expected,
    relying_parties: RelyingParties,
    mut told: impl FnMut(u64),
) -> Result<Report, ExportError> {
    let first = line(&mut export, LONGEST_HEADER)?.unwrap_or_default();
    let header = header(&first)?;
    let mut bytes = first.len() as u64 + 1;
    let (log, notes) = log(header)?;
    let mut verifier = Verifier::new(log, expected, relying_parties);
    verifier.take(Batch { notes, ..Batch::default() });
    let (batches, read) = sync_channel(AHEAD);
    std::thread::scope(|scope| {
        let reading =
            scope.spawn(move || read_all(&mut export, |batch| batches.send(batch).is_ok()));
        for lines in read {
            bytes += lines.iter().map(|line| line.len() as u64 + 1).sum::<u64>();
            let items = lines.into_iter().map(Item::Line).collect();
            verifier.take(Batch { items, ..Batch::default() });
            told(bytes);
        }
        match reading.join() {
            Ok(end) => Ok(verifier.finish(end?)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn header(line: &str) -> Result<Header, ExportError> {
    let header: Header = serde_json::from_str(line)
        .map_err(|error| ExportError::Malformed(format!("first line is none: {error}")))?;
    if header.countersign_audit != VERSION {
        let version = header.countersign_audit;
        return Err(ExportError::Malformed(format!("version {version} needs a newer program")));
    }
    if header.filtered { Err(ExportError::Filtered) } else { Ok(header) }
}

fn log(header: Header) -> Result<(Log, Vec<StoredNote>), ExportError> {
    let mut origins = Vec::with_capacity(header.origins.len());
    for WrittenOrigin { generation, name, vkey, from_size } in header.origins {
        if vkey.name() != name {
            let why = format!("origin {name} has the key of {}", vkey.name());
            return Err(ExportError::Malformed(why));
        }
        origins.push(Origin { generation, key: vkey, from_size });
    }
    origins.sort_by_key(|origin| origin.generation);
    let notes = header.checkpoints.into_iter();
    let notes = notes.map(|note| StoredNote { filed: None, note }).collect();
    Ok((Log { msp: header.msp, origins, size: None }, notes))
}

/// Reads lines until the last one, or until nobody `takes` them any more.
fn read_all(
    export: &mut impl BufRead,
    mut takes: impl FnMut(Vec<String>) -> bool,
) -> Result<End, ExportError> {
    let mut lines = Vec::with_capacity(AT_ONCE);
    loop {
        let Some(next) = line(export, LONGEST)? else {
            takes(lines);
            return Ok(End::Missing);
        };
        if next.starts_with("{\"end\"") {
            takes(lines);
            let Last { end } = serde_json::from_str(&next)
                .map_err(|error| ExportError::Malformed(format!("last line: {error}")))?;
            if line(export, LONGEST)?.is_some() {
                return Err(ExportError::Malformed("last line has others behind it".into()));
            }
            return Ok(End::Line { through: end.through, entries: end.entries });
        }
        lines.push(next);
        if lines.len() == AT_ONCE && !takes(std::mem::take(&mut lines)) {
            return Ok(End::Missing);
        }
    }
}

/// The next line that is not empty.
fn line(export: &mut impl BufRead, longest: u64) -> Result<Option<String>, ExportError> {
    loop {
        let mut line = String::new();
        if export.by_ref().take(longest).read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if line.len() as u64 == longest {
            return Err(ExportError::Malformed(format!("lines have at most {longest} bytes")));
        }
        line.truncate(line.trim_end().len());
        if !line.is_empty() {
            return Ok(Some(line));
        }
    }
}
