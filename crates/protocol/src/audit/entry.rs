//! The canonical bytes of an event in the log, whose hash is the event's leaf.

use crate::Instant;

/// The most bytes that an entry may have: what the 16-bit lengths of C2SP entry bundles can say.
pub const ENTRY_MAX: usize = 65_535;

/// The version of this form, an entry's first byte.
const VERSION: u8 = 1;
/// The version and the instant.
pub const ENTRY_HEAD: usize = 9;

/// An entry would be longer than [`ENTRY_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an audit entry of {0} bytes, at most {ENTRY_MAX} fit")]
pub struct EntryTooLong(pub usize);

/// Why bytes are not an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Fewer bytes than version and instant take.
    #[error("an audit entry has at least {ENTRY_HEAD} bytes")]
    Short,
    /// More than [`ENTRY_MAX`] bytes.
    #[error("an audit entry has at most {ENTRY_MAX} bytes")]
    TooLong,
    /// Another version's; who reads this needs a newer program.
    #[error("audit entries of version {0} are not known here")]
    UnknownVersion(u8),
    /// The instant lies behind the year 9999.
    #[error("an audit entry's instant lies behind the year 9999")]
    Instant,
    /// The event's text is not UTF-8.
    #[error("an audit entry's text is UTF-8")]
    NotUtf8,
}

/// The entry of an event: `01`, then `recorded_at` in Unix milliseconds as an unsigned 64-bit big-endian
/// number, then the event's JSON text, exactly as it is stored and exported.
///
/// # Errors
/// If it would be longer than [`ENTRY_MAX`].
pub fn entry(recorded_at: Instant, body: &str) -> Result<Vec<u8>, EntryTooLong> {
    let length = ENTRY_HEAD.saturating_add(body.len());
    if length > ENTRY_MAX {
        return Err(EntryTooLong(length));
    }
    let mut bytes = Vec::with_capacity(length);
    bytes.push(VERSION);
    // An instant is never before 1970: its bits are those of the unsigned number.
    bytes.extend_from_slice(&recorded_at.unix_millis().to_be_bytes());
    bytes.extend_from_slice(body.as_bytes());
    Ok(bytes)
}

/// When an entry's event was recorded, and its JSON text (which is not parsed here). What this returns
/// makes the same bytes again.
///
/// # Errors
/// If the bytes are not an entry.
pub fn parse_entry(bytes: &[u8]) -> Result<(Instant, &str), EntryError> {
    if bytes.len() > ENTRY_MAX {
        return Err(EntryError::TooLong);
    }
    let (version, rest) = bytes.split_first().ok_or(EntryError::Short)?;
    if *version != VERSION {
        return Err(EntryError::UnknownVersion(*version));
    }
    let (millis, body) = rest.split_first_chunk().ok_or(EntryError::Short)?;
    let millis = i64::from_be_bytes(*millis);
    let recorded_at = Instant::from_unix_millis(millis);
    if recorded_at.unix_millis() != millis {
        return Err(EntryError::Instant);
    }
    let body = std::str::from_utf8(body).map_err(|_| EntryError::NotUtf8)?;
    Ok((recorded_at, body))
}
