//! The right edge of a tree: all that appending and the root need.

use super::tree::{Hash, Level, SIZE_MAX, node_hash};

/// A tree's size and the roots of its full subtrees, largest first: as many as the size has one-bits.
/// The default is the empty tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

/// Why bytes are not the frontier of a tree of that size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// More leaves than [`SIZE_MAX`].
    #[error("a tree of {0} leaves, at most {SIZE_MAX} can be")]
    Size(u64),
    /// Not 32 bytes for each one-bit of the size.
    #[error("the frontier of {size} leaves is {} hashes, not {bytes} bytes", size.count_ones())]
    Length {
        /// The tree's size, in leaves.
        size: u64,
        /// How many bytes there were.
        bytes: usize,
    },
}

impl Frontier {
    /// How many leaves the tree has; the next one's position.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the full subtrees, largest (leftmost) first.
    #[must_use]
    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// Appends a leaf's hash, and tells `completed` each tile node that this completes: its level (1 and
    /// up), its index in the level and its hash, lower levels first. Level 0 is the leaf itself.
    pub fn push(&mut self, leaf: Hash, mut completed: impl FnMut(Level, u64, Hash)) {
        let (mut hash, mut index, mut height) = (leaf, self.size, 0);
        // Each trailing one-bit of the size is a full subtree that gets its right twin.
        while index & 1 == 1 {
            let Some(left) = self.roots.pop() else { break };
            hash = node_hash(&left, &hash);
            index >>= 1;
            height += 1;
            if height % 8 == 0 {
                completed(height / 8, index, hash);
            }
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// The tree's root (RFC 6962 section 2.1, `MTH`).
    #[must_use]
    pub fn root(&self) -> Hash {
        let smallest_first = self.roots.iter().rev().copied();
        smallest_first
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(Hash::of_empty_tree)
    }

    /// The roots' bytes one after the other, 32 each, largest subtree first; for storing beside the size.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.roots.iter().flat_map(|root| root.0).collect()
    }

    /// The frontier that [`to_bytes`](Self::to_bytes) wrote for a tree of `size` leaves.
    ///
    /// # Errors
    /// If it can't be one of that size. Bytes that were changed don't show here but in the root.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self, FrontierError> {
        if size > SIZE_MAX {
            return Err(FrontierError::Size(size));
        }
        let (hashes, rest) = bytes.as_chunks();
        if !rest.is_empty() || hashes.len() != size.count_ones() as usize {
            return Err(FrontierError::Length { size, bytes: bytes.len() });
        }
        Ok(Self { size, roots: hashes.iter().copied().map(Hash).collect() })
    }
}
