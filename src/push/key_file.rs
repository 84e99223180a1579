//! The files that the vendors' keys stand in.

use std::path::Path;

use zeroize::Zeroizing;

use super::Trouble;

/// What `parse` reads in the file that the setting `key` names.
///
/// # Errors
/// With the setting and the file, and nothing of what stands in it.
pub(super) fn read<T>(
    key: &'static str,
    path: Option<&Path>,
    parse: impl FnOnce(&[u8]) -> Result<T, String>,
) -> Result<T, Trouble> {
    let path = path.ok_or_else(|| Trouble::setting(key, "names no file"))?;
    let read = std::fs::read(path).map(Zeroizing::new).map_err(|error| error.to_string());
    read.and_then(|bytes| parse(&bytes))
        .map_err(|why| Trouble::setting(key, format_args!("{}: {why}", path.display())))
}
