//! What an auditor has kept: checkpoints, and the log's keys.

use countersign_protocol::{
    MspId,
    audit::{Checkpoint, LogKey},
};

/// Checkpoints and keys that are known from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Signed notes.
    pub notes: Vec<String>,
    /// Keys.
    pub keys: Vec<LogKey>,
}

/// A text holds no checkpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a checkpoint: a log's name, a size, a root, an empty line and a line with a signature are expected"
)]
pub struct GivenError;

/// The notes of a text, one after the other.
///
/// # Errors
/// If there is none, or something else among them.
pub fn notes_in(text: &str) -> Result<Vec<String>, GivenError> {
    let (mut notes, mut note) = (Vec::new(), String::new());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if note.is_empty() && line.is_empty() {
            continue;
        }
        note.push_str(line);
        note.push('\n');
        let signed = line.starts_with("— ");
        if signed && !lines.peek().is_some_and(|next| next.starts_with("— ")) {
            notes.push(std::mem::take(&mut note));
        }
    }
    let sound = notes.iter().all(|note| checkpoint(note).is_some());
    if note.is_empty() && !notes.is_empty() && sound { Ok(notes) } else { Err(GivenError) }
}

/// The checkpoint of a note, whoever signed it.
pub(super) fn checkpoint(note: &str) -> Option<Checkpoint> {
    let empty = note.find("\n\n")? + 1;
    note[..empty].parse().ok()
}

impl Expected {
    /// What is about this msp's logs, and what is not: their names end with the msp's id, and from the second one on
    /// with a number behind it.
    #[must_use]
    pub fn split(&self, msp: MspId) -> (Self, Self) {
        let id = msp.to_string();
        let is_ours = |name: &str| name.rsplit('/').take(2).any(|part| part == id);
        let named =
            |note: &&String| checkpoint(note).is_some_and(|checkpoint| is_ours(&checkpoint.origin));
        let (notes, other_notes) = self.notes.iter().cloned().partition(|note| named(&note));
        let (keys, other_keys) =
            self.keys.iter().cloned().partition(|key: &LogKey| is_ours(key.name()));
        (Self { notes, keys }, Self { notes: other_notes, keys: other_keys })
    }

    /// The names of the logs that this is about, each once.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let noted = self.notes.iter().filter_map(|note| Some(checkpoint(note)?.origin));
        let keyed = self.keys.iter().map(|key| key.name().to_owned());
        let mut names: Vec<_> = noted.chain(keyed).collect();
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "log.example/audit/1\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— log.example/audit/1 AAAAAAAA\n";

    #[test]
    fn a_file_holds_one_note_or_many() {
        assert_eq!(notes_in(NOTE), Ok(vec![NOTE.to_owned()]));
        let two = format!("{NOTE}\n{NOTE}");
        assert_eq!(notes_in(&two), Ok(vec![NOTE.to_owned(), NOTE.to_owned()]));
        let witnessed = format!("{NOTE}— witness.example BBBB\n");
        assert_eq!(notes_in(&format!("{witnessed}{NOTE}")), Ok(vec![witnessed, NOTE.to_owned()]));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "x", "a\n3\n\n— a b\n", &NOTE[..NOTE.len() - 40], &format!("{NOTE}x\n")]
        {
            assert_eq!(notes_in(text), Err(GivenError), "{text}");
        }
    }
}
