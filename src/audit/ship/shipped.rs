//! What is known to have been shipped, by the names of the origins.

use std::{
    collections::{HashMap, HashSet},
    io::BufRead,
    sync::{Mutex, PoisonError},
};

use countersign_protocol::audit::{Checkpoint, Hash};

/// The newest checkpoint of an origin that somebody else has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Over how many entries.
    pub size: u64,
    /// Their root.
    pub root: Hash,
    /// Whether the present tree was found to begin with it.
    pub agreed: bool,
}

/// The newest checkpoints that somebody else has.
#[derive(Debug, Default)]
pub struct Shipped {
    known: Mutex<HashMap<String, Known>>,
    refused: Mutex<HashSet<String>>,
}

impl Shipped {
    /// Reads what was shipped to a file. A note that was cut off in the middle counts for nothing.
    ///
    /// # Errors
    /// It can't be read.
    pub fn read(file: impl BufRead) -> std::io::Result<Self> {
        let shipped = Self::default();
        let mut lines: Vec<String> = Vec::new();
        for line in file.lines() {
            let line = line?;
            if !line.is_empty() {
                lines.push(line);
                continue;
            }
            // The three lines before an empty one are a checkpoint's, or the end of a note's signatures.
            if let Some(start) = lines.len().checked_sub(3) {
                let text = lines[start..].join("\n") + "\n";
                if let Ok(checkpoint) = text.parse::<Checkpoint>() {
                    shipped.learn(&checkpoint, false);
                }
            }
            lines.clear();
        }
        Ok(shipped)
    }

    /// Takes note of a checkpoint that somebody else has by now; `agreed` if it is the present tree's.
    pub fn learn(&self, checkpoint: &Checkpoint, agreed: bool) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Checkpoint { origin, size, root, .. } = checkpoint;
        let new = Known { size: *size, root: *root, agreed };
        let before = known.entry(origin.clone()).or_insert(new);
        if before.size <= *size {
            *before = new;
        }
    }

    /// The newest checkpoint of an origin.
    #[must_use]
    pub fn of(&self, origin: &str) -> Option<Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(origin).copied()
    }

    /// The present tree was found to begin with what is known of this origin.
    pub fn agree(&self, origin: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get_mut(origin) {
            known.agreed = true;
        }
    }

    /// True the first time for each origin: somebody must be told, once.
    pub fn refuse(&self, origin: &str) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.insert(origin.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    fn note(origin: &str, size: u64) -> String {
        format!("{origin}\n{size}\n{ROOT}\n\n— {origin} AAAAAAAA\n\n")
    }

    #[test]
    fn the_newest_of_each_origin_is_known_whatever_was_cut_off() {
        let text = [
            note("a/1", 7),
            note("b/1", 2),
            note("a/1", 9),
            note("a/1", 8),
            note("a/1", 99)[..15].to_owned(),
            "\n".to_owned(),
            note("b/1", 3),
            note("b/1", 100)[..20].to_owned(),
        ];
        let shipped = Shipped::read(text.concat().as_bytes()).unwrap();
        assert_eq!(shipped.of("a/1").map(|known| (known.size, known.agreed)), Some((9, false)));
        assert_eq!(shipped.of("b/1").map(|known| known.size), Some(3));
        assert_eq!(shipped.of("c/1"), None);
        shipped.agree("a/1");
        assert!(shipped.of("a/1").is_some_and(|known| known.agreed));
        assert!(shipped.refuse("a/1") && !shipped.refuse("a/1"));
    }
}
