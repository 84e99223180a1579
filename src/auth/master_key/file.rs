//! The file of the master key ring: read only when it is closed to others, made only when it is new.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{KeyRing, RingKey};
use crate::ambient::Random;

/// Longest file that is read, in bytes: 255 keys with comments.
const LONGEST: u64 = 64 * 1024;

/// A ring that can't be used, or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    /// There is no such file.
    #[error(
        "the master key {0} is missing: put back the one that this database was made with, without \
         which nothing in it can be opened; for a new installation make one with \
         countersign keys master {0}"
    )]
    Missing(PathBuf),
    /// Others than its owner can read or write the file.
    #[error(
        "the master key {path} is open to others (mode {mode:o}): run chmod 600 {path}, and \
         rotate it if somebody may have read it"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file exists already, and a master key is never overwritten.
    #[error("{0} exists already; a master key is never overwritten: move it away if you mean it")]
    Exists(PathBuf),
    /// The file can't be read or written.
    #[error("the master key {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not a key ring.
    #[error("the master key {path}, line {line}: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1; 0 is the whole file.
        line: usize,
        /// What is wrong; never the key.
        problem: &'static str,
    },
}

impl KeyRing {
    /// Reads the ring from its file.
    ///
    /// # Errors
    /// If the file is missing, open to others, or not a key ring.
    pub fn load(path: &Path) -> Result<Self, KeyRingError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => KeyRingError::Missing(path.to_owned()),
            _ => KeyRingError::Io { path: path.to_owned(), source },
        };
        let file = File::open(path).map_err(failed)?;
        refuse_exposed(path, &file)?;
        // Room for all of it at once: a buffer that grows leaves copies behind.
        let mut text =
            Zeroizing::new(String::with_capacity(usize::try_from(LONGEST).unwrap_or(0) + 1));
        file.take(LONGEST + 1).read_to_string(&mut text).map_err(failed)?;
        if text.len() as u64 > LONGEST {
            let problem = "is too long for a key ring; check that it is the right file";
            return Err(KeyRingError::Malformed { path: path.to_owned(), line: 0, problem });
        }
        Self::parse(&text).map_err(|(line, problem)| KeyRingError::Malformed {
            path: path.to_owned(),
            line,
            problem,
        })
    }

    /// Makes a new ring with one key in a new file of mode 0600, durable once this returns.
    ///
    /// # Errors
    /// If the file exists already or can't be written; then nothing is left behind.
    pub fn create(path: &Path, random: &dyn Random) -> Result<Self, KeyRingError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyRingError::Exists(path.to_owned()),
            _ => KeyRingError::Io { path: path.to_owned(), source },
        };
        let secret = Zeroizing::new(random.bytes::<32>());
        let key = Zeroizing::new(STANDARD.encode(*secret));
        let text = Zeroizing::new(format!(
            "# Countersign's master key ring. Whoever has it can open every secret in the database;\n\
             # without it nobody can. Keep a copy apart from the database's backups.\n1 {}\n",
            &*key
        ));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        if let Err(source) = write_durably(path, &mut file, text.as_bytes()) {
            // Half a ring would be refused for ever; the first failure is the one to tell.
            let _ = std::fs::remove_file(path);
            return Err(failed(source));
        }
        Ok(Self::of(vec![RingKey::new(1, secret)]))
    }
}

fn write_durably(path: &Path, file: &mut File, text: &[u8]) -> io::Result<()> {
    file.write_all(text)?;
    file.sync_all()?;
    // The name too must survive a power cut: what is sealed next is lost without it.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?
            .sync_all()?;
    }
    Ok(())
}

/// Asks the open file, not the path, which could be another file by then.
#[cfg(unix)]
fn refuse_exposed(path: &Path, file: &File) -> Result<(), KeyRingError> {
    use std::os::unix::fs::PermissionsExt;
    let about =
        file.metadata().map_err(|source| KeyRingError::Io { path: path.to_owned(), source })?;
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(KeyRingError::Exposed { path: path.to_owned(), mode })
    }
}

#[cfg(not(unix))]
fn refuse_exposed(_path: &Path, _file: &File) -> Result<(), KeyRingError> {
    Ok(())
}
