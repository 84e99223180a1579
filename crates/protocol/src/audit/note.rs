//! Signed checkpoints: notes of C2SP signed-note with Ed25519 signatures.

use aws_lc_rs::signature::{ED25519, ParsedPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::checkpoint::{Checkpoint, CheckpointError, is_control};
use super::log_key::{LogKey, is_key_name};

/// The longest note that is read, in bytes: room for a hundred signatures, also post-quantum ones.
pub const NOTE_MAX: usize = 1_000_000;
/// The most signatures that a note may have to be read.
pub const SIGNATURES_MAX: usize = 100;

/// Why a note is not the log's checkpoint, or why none can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`NOTE_MAX`], or with more signatures than [`SIGNATURES_MAX`].
    #[error("the note has more than {NOTE_MAX} bytes or {SIGNATURES_MAX} signatures")]
    TooLong,
    /// Not a text, an empty line and signature lines.
    #[error("a note is a text, an empty line and signature lines, without control characters")]
    Malformed,
    /// No signature names this key.
    #[error("the note is not signed by this key")]
    NotSigned,
    /// A signature names this key and does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// The text is not a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint is another log's.
    #[error("the checkpoint is another log's")]
    OtherOrigin,
}

impl LogKey {
    /// The signed note of a checkpoint, from the Ed25519 signature of its
    /// [`text`](Checkpoint::text) by this key's private half, which stays with the caller.
    ///
    /// # Errors
    /// If [`open`](Self::open) would refuse the note: the origin is not this key's name, a line can't be
    /// written, or the signature is not this key's.
    pub fn signed(
        &self,
        checkpoint: &Checkpoint,
        signature: &[u8; 64],
    ) -> Result<String, NoteError> {
        if checkpoint.origin != self.name() {
            return Err(NoteError::OtherOrigin);
        }
        let text = checkpoint.text()?;
        self.verify(&text, signature)?;
        let bytes = [&self.id()[..], signature].concat();
        Ok(format!("{text}\n— {} {}\n", self.name(), STANDARD.encode(bytes)))
    }

    /// The checkpoint of a note that this log has signed. Signatures of other keys (other logs' keys,
    /// witnesses' cosignatures) are not looked at, only their form is.
    ///
    /// # Errors
    /// If the note has another form, this key didn't sign it, or it is not this log's checkpoint. A note of
    /// which one signature by this key verifies and another doesn't is refused.
    pub fn open(&self, note: &str) -> Result<Checkpoint, NoteError> {
        let checkpoint: Checkpoint = self.verified_text(note)?.parse()?;
        if checkpoint.origin != self.name() {
            return Err(NoteError::OtherOrigin);
        }
        Ok(checkpoint)
    }

    /// The text of any note that this key has signed, with its last newline, as
    /// [`open`](Self::open) reads it before it looks for a checkpoint.
    ///
    /// # Errors
    /// If the note has another form or this key didn't sign it.
    pub fn verified_text<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        if note.len() > NOTE_MAX {
            return Err(NoteError::TooLong);
        }
        if note.contains(|letter| is_control(letter) && letter != '\n') {
            return Err(NoteError::Malformed);
        }
        // The text ends with the last empty line; its own newline belongs to it.
        let empty_line = note.rfind("\n\n").ok_or(NoteError::Malformed)? + 1;
        let (text, rest) = note.split_at(empty_line);
        let lines = rest[1..].strip_suffix('\n').ok_or(NoteError::Malformed)?;
        let signatures = lines
            .split('\n')
            .map(|line| signature_line(line).ok_or(NoteError::Malformed))
            .collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(NoteError::TooLong);
        }
        let mut signed = false;
        for (name, id, signature) in signatures {
            if name == self.name() && id == self.id() {
                self.verify(text, &signature)?;
                signed = true;
            }
        }
        if signed { Ok(text) } else { Err(NoteError::NotSigned) }
    }

    fn verify(&self, text: &str, signature: &[u8]) -> Result<(), NoteError> {
        ParsedPublicKey::new(&ED25519, self.public_key())
            .map_err(|_| NoteError::Signature)?
            .verify_sig(text.as_bytes(), signature)
            .map_err(|_| NoteError::Signature)
    }
}

/// A signature line's key name, key id and signature: `— name base64(id || signature)`.
fn signature_line(line: &str) -> Option<(&str, [u8; 4], Vec<u8>)> {
    let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (id, signature) = bytes.split_first_chunk()?;
    (is_key_name(name) && !signature.is_empty()).then(|| (name, *id, signature.to_vec()))
}
