//! The key by which a log's checkpoints are known (C2SP signed-note, "Signatures").

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::checkpoint::is_control;
use crate::encoding::sha256;

/// The signature type of Ed25519 over the note's text.
const ED25519: u8 = 1;

/// A log's public key and the name that signatures carry. As text it is the verifier key ("vkey") that other
/// programs take: `name+id+key`, the id as eight hex digits, the key as base64 over `01 || public key`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LogKey {
    name: String,
    public_key: [u8; 32],
}

/// Why a text is not a log's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogKeyError {
    /// The name is empty or has a space, a plus or a control character.
    #[error("a log's name is not empty and has no spaces, pluses or control characters")]
    Name,
    /// Not `name+id+key`, or its parts are encoded in another way.
    #[error("a log's key is written name+id+key")]
    Format,
    /// A key of another kind than Ed25519.
    #[error("a log's key is an Ed25519 key")]
    Algorithm,
    /// The id is not that of the name and the key: one of the three was mistyped.
    #[error("the id is not that of this name and key")]
    Id,
}

impl LogKey {
    /// The key of the log of that name: an Ed25519 public key (RFC 8032).
    ///
    /// # Errors
    /// If a log can't have that name.
    pub fn new(name: impl Into<String>, public_key: [u8; 32]) -> Result<Self, LogKeyError> {
        let name = name.into();
        if !is_key_name(&name) {
            return Err(LogKeyError::Name);
        }
        Ok(Self { name, public_key })
    }

    /// The name, which is also the origin of the log's checkpoints.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The Ed25519 public key.
    #[must_use]
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    /// What signatures name it by, beside the name: the first four bytes of SHA-256 over
    /// `name || 0A || 01 || public key`. Short: it tells keys apart, it proves nothing.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let hash = sha256(&[self.name.as_bytes(), b"\n", &[ED25519], &self.public_key]);
        let [a, b, c, d, ..] = hash;
        [a, b, c, d]
    }
}

/// Whether keys may have this name (C2SP signed-note, "Format").
pub(super) fn is_key_name(name: &str) -> bool {
    !name.is_empty()
        && !name
            .contains(|letter: char| letter == '+' || letter.is_whitespace() || is_control(letter))
}

impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(&self.public_key);
        write!(f, "{}+{:08x}+", self.name, u32::from_be_bytes(self.id()))?;
        f.write_str(&STANDARD.encode(key))
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for LogKey {
    type Err = LogKeyError;

    /// Reads what is written, and nothing else.
    fn from_str(text: &str) -> Result<Self, LogKeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(LogKeyError::Format);
        };
        let bytes = STANDARD.decode(key).map_err(|_| LogKeyError::Format)?;
        let (algorithm, public_key) = bytes.split_first().ok_or(LogKeyError::Format)?;
        if *algorithm != ED25519 {
            return Err(LogKeyError::Algorithm);
        }
        let key = Self::new(name, public_key.try_into().map_err(|_| LogKeyError::Format)?)?;
        if format!("{:08x}", u32::from_be_bytes(key.id())) != id {
            return Err(LogKeyError::Id);
        }
        Ok(key)
    }
}

impl Serialize for LogKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LogKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
