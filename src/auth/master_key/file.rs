//! The file of the master key ring: read only when it is closed to others, made only when it is new, replaced only
//! as a whole.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::PoisonError,
};

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
    /// The file was replaced by another installation's.
    #[error(
        "the master key {0} is not the ring that this service runs with: it has none of its keys, or another one \
         under the same id"
    )]
    Another(PathBuf),
    /// Another change of the file is under way, or was cut off.
    #[error(
        "{0} exists: if no other change of the master key is under way, one was cut off: remove it"
    )]
    UnderWay(PathBuf),
    /// The ring can't be changed like this.
    #[error("the master key {path}: {problem}")]
    Unchanged {
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: &'static str,
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
        read(path).map(|(ring, _)| ring)
    }

    /// Reads the file again, and takes its keys in the place of the present ones; their ids, the current one first.
    ///
    /// # Errors
    /// As [`KeyRing::load`]; or if the file is another installation's. Then the present keys stay.
    pub fn reload(&self, path: &Path) -> Result<Vec<u8>, KeyRingError> {
        let fresh = Self::load(path)?.keys();
        let present = self.keys();
        let known = |key: &RingKey| present.key(key.id);
        let differs = fresh.ring.iter().any(|key| known(key).is_some_and(|known| !known.is(key)));
        if differs || !fresh.ring.iter().any(|key| known(key).is_some()) {
            return Err(KeyRingError::Another(path.to_owned()));
        }
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(self.ids())
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
        let text = Zeroizing::new(format!(
            "# Countersign's master key ring. Whoever has it can open every secret in the database;\n\
             # without it nobody can. Keep a copy apart from the database's backups.\n{}",
            &*RingKey::line(1, &secret)
        ));
        let mut file = new_file(path).map_err(failed)?;
        if let Err(source) = write_durably(path, &mut file, text.as_bytes()) {
            // Half a ring would be refused for ever; the first failure is the one to tell.
            let _ = fs::remove_file(path);
            return Err(failed(source));
        }
        Ok(Self::of(vec![RingKey::new(1, secret)]))
    }
}

/// The ring of a file, and its text.
pub(super) fn read(path: &Path) -> Result<(KeyRing, Zeroizing<String>), KeyRingError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyRingError::Missing(path.to_owned()),
        _ => KeyRingError::Io { path: path.to_owned(), source },
    };
    let file = File::open(path).map_err(failed)?;
    refuse_exposed(path, &file)?;
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(LONGEST).unwrap_or(0) + 1));
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > LONGEST {
        let problem = "is too long for a key ring; check that it is the right file";
        return Err(KeyRingError::Malformed { path: path.to_owned(), line: 0, problem });
    }
    let ring = KeyRing::parse(&text).map_err(|(line, problem)| KeyRingError::Malformed {
        path: path.to_owned(),
        line,
        problem,
    })?;
    Ok((ring, text))
}

/// Puts a text in the place of the file's: whoever reads finds the old one or the new one, whole. The file keeps its
/// owner and mode. A file beside it, which only one process can make, keeps others from changing it meanwhile; `text`
/// is asked only then, for what the file holds by then.
pub(super) fn replace(
    path: &Path,
    text: impl FnOnce() -> Result<Zeroizing<String>, KeyRingError>,
) -> Result<(), KeyRingError> {
    let failed = |source: io::Error| KeyRingError::Io { path: path.to_owned(), source };
    // Where the name is a link, what it leads to is replaced, and not the link.
    let path = fs::canonicalize(path).map_err(failed)?;
    let mut beside = path.clone().into_os_string();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = new_file(&beside).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyRingError::UnderWay(beside.clone()),
        _ => failed(source),
    })?;
    let written = text().and_then(|text| {
        let replaced = keep_owner(&path, &file)
            .and_then(|()| write_durably(&beside, &mut file, text.as_bytes()))
            .and_then(|()| fs::rename(&beside, &path))
            .and_then(|()| sync_folder(&path));
        replaced.map_err(failed)
    });
    if written.is_err() {
        // After a rename it is gone; the first failure is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Root may rotate what belongs to the service's user.
#[cfg(unix)]
fn keep_owner(path: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let (before, made) = (fs::metadata(path)?, file.metadata()?);
    if (before.uid(), before.gid()) != (made.uid(), made.gid()) {
        fchown(file, Some(before.uid()), Some(before.gid()))?;
    }
    file.set_permissions(before.permissions())
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

fn write_durably(path: &Path, file: &mut File, text: &[u8]) -> io::Result<()> {
    file.write_all(text)?;
    file.sync_all()?;
    sync_folder(path)
}

/// The name too must survive a power cut: what is sealed next is lost without it.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
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
