//! Where the embedded default keeps its files.

use std::path::PathBuf;

use serde::Deserialize;

use super::Unsafe;

/// `[data]`: the folder of the SQLite file and the master key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFolder {
    /// The folder; relative to the working folder.
    pub folder: PathBuf,
}

impl DataFolder {
    /// The folder must be named.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        if self.folder.as_os_str().is_empty() {
            return vec![Unsafe::new("data.folder", "is empty; name a folder, such as \"data\"")];
        }
        Vec::new()
    }
}
