//! Entry bundles (C2SP tlog-tiles, "Log entries"): entries one after the other, each behind its length as an
//! unsigned 16-bit big-endian number.

use super::tiles::TILE_WIDTH;

/// Why bytes are not an entry bundle, or why none can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// No entry, or more than a tile has.
    #[error("an entry bundle has 1 to {TILE_WIDTH} entries")]
    Count,
    /// The bytes end within an entry.
    #[error("the entry bundle ends within an entry")]
    Truncated,
    /// An entry is longer than its length could say.
    #[error("an entry of {0} bytes does not fit into a bundle")]
    EntryTooLong(usize),
}

/// The bundle of these entries.
///
/// # Errors
/// If there are none or more than 256, or one is longer than [`ENTRY_MAX`](super::ENTRY_MAX).
pub fn entry_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, BundleError> {
    if entries.is_empty() || entries.len() > usize::from(TILE_WIDTH) {
        return Err(BundleError::Count);
    }
    let mut bundle = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let length =
            u16::try_from(entry.len()).map_err(|_| BundleError::EntryTooLong(entry.len()))?;
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// The entries of a bundle, 1 to 256.
///
/// # Errors
/// If the bytes are not a bundle.
pub fn parse_entry_bundle(bundle: &[u8]) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let (length, behind) = rest.split_first_chunk().ok_or(BundleError::Truncated)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, behind) = behind.split_at_checked(length).ok_or(BundleError::Truncated)?;
        if entries.len() == usize::from(TILE_WIDTH) {
            return Err(BundleError::Count);
        }
        entries.push(entry);
        rest = behind;
    }
    if entries.is_empty() { Err(BundleError::Count) } else { Ok(entries) }
}
