//! The hashes of the log's Merkle tree (RFC 6962 section 2.1, the same in RFC 9162 section 2.1.1).

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::encoding::sha256;

/// A level of tiles: 0 for leaf hashes, L for the roots of complete subtrees of 256^L leaves (C2SP
/// tlog-tiles). Trees of 64-bit sizes have the levels 0 to 7.
pub type Level = u8;

/// The most leaves that a tree may have, so that positions and sizes fit the signed integers of SQL.
pub const SIZE_MAX: u64 = i64::MAX as u64;

/// A SHA-256 hash of the tree: a leaf's, a node's or a root. As text it is standard base64 with padding,
/// as in checkpoints; other encodings of the same bytes are refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="))]
pub struct Hash(pub [u8; 32]);

/// A text is not a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 32 bytes in standard base64 with padding")]
pub struct HashError;

impl Hash {
    /// The root of the tree without leaves: SHA-256 of nothing.
    #[must_use]
    pub fn of_empty_tree() -> Self {
        Self(sha256(&[]))
    }
}

/// A leaf's hash: SHA-256 over `00 || entry`.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(sha256(&[&[0], entry]))
}

/// The hash of the node above two: SHA-256 over `01 || left || right`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(sha256(&[&[1], &left.0, &right.0]))
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = HashError;
    fn from_str(text: &str) -> Result<Self, HashError> {
        let bytes = STANDARD.decode(text).map_err(|_| HashError)?;
        bytes.try_into().map(Self).map_err(|_| HashError)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
