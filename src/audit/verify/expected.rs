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

/// The number of an msp's origin, by its name: `.../msp`, and from the second one on `.../msp/2`.
#[must_use]
pub fn generation_of(msp: MspId, name: &str) -> Option<i32> {
    let id = msp.to_string();
    match name.rsplit_once('/')? {
        (_, last) if last == id => Some(1),
        (rest, number) if rest.rsplit('/').next() == Some(id.as_str()) => {
            number.parse().ok().filter(|number| *number > 1)
        }
        _ => None,
    }
}

/// Whether a note is one of this msp's log, by its name.
#[must_use]
pub fn is_of(msp: MspId, note: &str) -> bool {
    checkpoint(note).is_some_and(|read| generation_of(msp, &read.origin).is_some())
}

/// The checkpoint of a note, whoever signed it.
pub fn checkpoint(note: &str) -> Option<Checkpoint> {
    let empty = note.find("\n\n")? + 1;
    note[..empty].parse().ok()
}

impl Expected {
    /// What is about this msp's logs, and what is not.
    #[must_use]
    pub fn split(&self, msp: MspId) -> (Self, Self) {
        let is_ours = |name: &str| generation_of(msp, name).is_some();
        let (notes, other_notes) =
            self.notes.iter().cloned().partition(|note: &String| is_of(msp, note));
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
