//! The steps of a rotation: a key is added below the others, made current once every node has it, and taken out once
//! nothing is sealed under it any more. Comments stay where they are.

use std::path::Path;

use zeroize::Zeroizing;

use super::{KeyRing, KeyRingError, file, key::RingKey};
use crate::ambient::Random;

impl KeyRing {
    /// Adds a fresh key below the others, which opens and verifies, and does not seal yet; its id.
    ///
    /// # Errors
    /// If the file can't be read or replaced, or every id was given.
    pub fn add(path: &Path, random: &dyn Random) -> Result<u8, KeyRingError> {
        let mut added = 0;
        file::replace(path, || {
            let (ring, text) = file::read(path)?;
            let given = ring.ids();
            // The next one, and not the lowest: a backup may hold rows under a key that was taken out.
            let newest = given.iter().copied().max().unwrap_or(0);
            let free =
                (newest..=u8::MAX).chain(1..newest).find(|id| *id != 0 && !given.contains(id));
            added = free.ok_or_else(|| unchanged(path, "all 255 key ids are in use"))?;
            let secret = Zeroizing::new(random.bytes::<32>());
            let line = RingKey::line(added, &secret);
            let end = if text.ends_with('\n') { "" } else { "\n" };
            Ok(joined(&[&text, end, &line]))
        })?;
        Ok(added)
    }

    /// Makes a key of the file the current one.
    ///
    /// # Errors
    /// If the file can't be read or replaced, or has no such key.
    pub fn promote(path: &Path, id: u8) -> Result<(), KeyRingError> {
        file::replace(path, || {
            let (ring, text) = file::read(path)?;
            let line =
                line_of(&text, id).ok_or_else(|| unchanged(path, "has no key of this id"))?;
            let current = line_of(&text, ring.current_id()).unwrap_or(line);
            // Behind the comments that stand above the first key.
            let (above, rest) = text.split_at(offset(&text, current));
            let end = if line.ends_with('\n') { "" } else { "\n" };
            if id == ring.current_id() {
                return Ok(joined(&[&text]));
            }
            let (before, after) = rest.split_at(offset(rest, line));
            Ok(joined(&[above, line, end, before, &after[line.len()..]]))
        })
    }

    /// Takes a key out of the file. Whoever calls has made sure that nothing is sealed under it.
    ///
    /// # Errors
    /// If the file can't be read or replaced, has no such key, or if it is the current one.
    pub fn remove(path: &Path, id: u8) -> Result<(), KeyRingError> {
        file::replace(path, || {
            let (ring, text) = file::read(path)?;
            if ring.current_id() == id {
                return Err(unchanged(
                    path,
                    "this key is the current one: make another one current first",
                ));
            }
            let line =
                line_of(&text, id).ok_or_else(|| unchanged(path, "has no key of this id"))?;
            let (before, after) = text.split_at(offset(&text, line));
            Ok(joined(&[before, &after[line.len()..]]))
        })
    }
}

fn unchanged(path: &Path, problem: &'static str) -> KeyRingError {
    KeyRingError::Unchanged { path: path.to_owned(), problem }
}

/// The line of a key, with its end.
fn line_of(text: &str, id: u8) -> Option<&str> {
    let mut lines = text.split_inclusive('\n');
    lines.find(|line| matches!(RingKey::parse(line), Ok(Some(key)) if key.id == id))
}

/// Where a line of the text begins.
fn offset(text: &str, line: &str) -> usize {
    let mut lines = text.split_inclusive('\n').scan(0, |at, line| {
        let begins = *at;
        *at += line.len();
        Some((begins, line))
    });
    lines.find(|(_, other)| *other == line).map_or(0, |(begins, _)| begins)
}

/// The pieces behind each other, in room that does not grow: a buffer that does leaves copies behind.
fn joined(pieces: &[&str]) -> Zeroizing<String> {
    let mut text =
        Zeroizing::new(String::with_capacity(pieces.iter().map(|piece| piece.len()).sum()));
    for piece in pieces {
        text.push_str(piece);
    }
    text
}
