//! Where the master key is.

use std::path::PathBuf;

use serde::Deserialize;

use super::{DataFolder, from_text};

/// `[keys]`: the master key ring, whose safety `KeyRing::load` checks when it reads the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The file, if it is not `master.key` in the data folder.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub master_key_file: Option<PathBuf>,
}

impl Keys {
    /// The file of the master key ring.
    #[must_use]
    pub fn master_key_path(&self, data: &DataFolder) -> PathBuf {
        self.master_key_file.clone().unwrap_or_else(|| data.folder.join("master.key"))
    }
}
