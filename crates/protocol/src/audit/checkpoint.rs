//! What a log says of itself at a moment (C2SP tlog-checkpoint, "Note text").

use std::str::FromStr;

use super::tree::Hash;

/// The head of a log's tree. Only a signature makes it worth anything: see
/// [`LogKey::open`](super::LogKey::open).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log it is; our logs' keys have the same name.
    pub origin: String,
    /// How many leaves the tree has.
    pub size: u64,
    /// The tree's root.
    pub root: Hash,
    /// Lines that mean nothing to a verifier. Ours have none.
    pub extensions: Vec<String>,
}

/// Why a text is not a checkpoint's, or why a checkpoint can't be written as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not three or more lines, each with its newline.
    #[error("a checkpoint has three lines or more, each ended by a newline")]
    Lines,
    /// The origin or an extension line is empty, or has a control character.
    #[error("an origin or extension line is not empty and has no control characters")]
    Line,
    /// The size is not a decimal number below 2^64 without leading zeros.
    #[error("a checkpoint's size is a decimal number below 2^64 without leading zeros")]
    Size,
    /// The root is not a hash.
    #[error("a checkpoint's root is 32 bytes in standard base64 with padding")]
    Root,
}

impl Checkpoint {
    /// The text that is signed: origin, size, root and extension lines, each ended by a newline.
    ///
    /// # Errors
    /// If a line could not be read back.
    pub fn text(&self) -> Result<String, CheckpointError> {
        let Self { origin, size, root, extensions } = self;
        let mut text = format!("{}\n{size}\n{root}\n", line(origin)?);
        for extension in extensions {
            text.push_str(line(extension)?);
            text.push('\n');
        }
        Ok(text)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Reads what [`text`](Self::text) writes, and nothing else: what is read writes the same text again.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let text = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?;
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines);
        };
        Ok(Self {
            origin: line(origin)?.to_owned(),
            size: decimal(size).ok_or(CheckpointError::Size)?,
            root: root.parse().map_err(|_| CheckpointError::Root)?,
            extensions: lines
                .map(|extension| line(extension).map(str::to_owned))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// The line, if a signed note may have it and it is not empty.
fn line(text: &str) -> Result<&str, CheckpointError> {
    if text.is_empty() || text.contains(is_control) {
        return Err(CheckpointError::Line);
    }
    Ok(text)
}

/// What C2SP notes may not have, beside the newlines between lines.
pub(super) fn is_control(character: char) -> bool {
    character < ' '
}

/// The number, if it is written as it prints.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
