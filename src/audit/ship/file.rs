//! A file of checkpoints, which is only added to.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
};

use super::Shipped;

/// The file. Notes stand in it one after the other, each with an empty line behind it.
#[derive(Clone, Debug)]
pub struct ShippedFile(PathBuf);

impl ShippedFile {
    /// The file at a path.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// What stands in it; nothing if it is not there yet.
    ///
    /// # Errors
    /// It can't be read.
    pub fn read(&self) -> io::Result<Shipped> {
        match File::open(&self.0) {
            Ok(file) => Shipped::read(BufReader::new(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Shipped::default()),
            Err(error) => Err(error),
        }
    }

    /// Adds notes, and returns once they are on the disk.
    ///
    /// # Errors
    /// They are perhaps not there, or not whole.
    pub fn add(&self, notes: &[String]) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.0)?;
        // The empty line in front ends whatever was cut off before.
        let text: String = notes.iter().flat_map(|note| ["\n", note, "\n"]).collect();
        file.write_all(text.as_bytes())?;
        file.sync_data()
    }
}
