//! What to read from a stored tree for a proof, and the proof from what was read: two steps, so that the
//! reading between them may be asynchronous.

use std::collections::HashMap;
use std::ops::Range;

use super::tree::{Hash, Level, node_hash};

/// Hashes of a tree to be computed from stored nodes: a proof, a root or a frontier.
///
/// Stored are the nodes that C2SP tiles hold: leaf hashes (level 0), and the roots of complete subtrees of
/// 256^L leaves (level L), as [`Frontier::push`](super::Frontier::push) tells them. A plan needs at most
/// 511 of them a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Each hash's leaves.
    parts: Vec<Range<u64>>,
}

/// Nodes of one level, side by side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeRange {
    /// Their level.
    pub level: Level,
    /// The index of the first in its level.
    pub start: u64,
    /// The index behind the last.
    pub end: u64,
}

/// Nodes that were read, by level and index.
#[derive(Clone, Debug, Default)]
pub struct Nodes(HashMap<(Level, u64), Hash>);

/// A position or size lies beyond the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{asked} lies beyond a tree of {size} leaves")]
pub struct NotInTree {
    /// The position, or the older size.
    pub asked: u64,
    /// The tree's size.
    pub size: u64,
}

/// A node that the plan needs was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored tree lacks the node {index} of level {level}")]
pub struct MissingNode {
    /// Its level.
    pub level: Level,
    /// Its index in the level.
    pub index: u64,
}

impl Plan {
    /// The proof that the leaf at `position` is in the tree of the first `size` leaves: RFC 6962 section
    /// 2.1.1, `PATH`. [`verify_inclusion`](super::verify_inclusion) checks it.
    ///
    /// # Errors
    /// If the position is not below the size.
    pub fn inclusion(position: u64, size: u64) -> Result<Self, NotInTree> {
        if position >= size {
            return Err(NotInTree { asked: position, size });
        }
        let mut parts = Vec::new();
        let mut rest = 0..size;
        while let Some((left, right)) = halves(&rest) {
            let (inside, beside) = if position < left.end { (left, right) } else { (right, left) };
            parts.push(beside);
            rest = inside;
        }
        parts.reverse();
        Ok(Self { parts })
    }

    /// The proof that the first `old` of `new` leaves are those of the older tree: RFC 6962 section 2.1.2,
    /// `PROOF`, and no hash at all for an empty or an equal older tree.
    /// [`verify_consistency`](super::verify_consistency) checks it.
    ///
    /// # Errors
    /// If the older size is above the newer.
    pub fn consistency(old: u64, new: u64) -> Result<Self, NotInTree> {
        if old > new {
            return Err(NotInTree { asked: old, size: new });
        }
        let mut parts = Vec::new();
        let mut rest = 0..new;
        // `SUBPROOF`: until what is left is a whole subtree of the older tree.
        while old != 0 && rest.end != old {
            let Some((left, right)) = halves(&rest) else { break };
            let (inside, beside) = if old <= left.end { (left, right) } else { (right, left) };
            parts.push(beside);
            rest = inside;
        }
        // Whoever checks has the older root already, if that is what is left.
        if rest.start != 0 {
            parts.push(rest);
        }
        parts.reverse();
        Ok(Self { parts })
    }

    /// The root of the tree of the first `size` leaves: one hash, or none for the empty tree (see
    /// [`Hash::of_empty_tree`]).
    #[must_use]
    pub fn root(size: u64) -> Self {
        Self { parts: Some(0..size).into_iter().filter(|leaves| !leaves.is_empty()).collect() }
    }

    /// The roots of the [`Frontier`](super::Frontier) of the first `size` leaves, largest first.
    #[must_use]
    pub fn frontier(size: u64) -> Self {
        Self { parts: full_subtrees(0..size).map(|subtree| subtree.leaves()).collect() }
    }

    /// The nodes to read: sorted, apart from each other, without gaps that could have been closed.
    #[must_use]
    pub fn needs(&self) -> Vec<NodeRange> {
        let mut ranges: Vec<NodeRange> =
            self.parts.iter().cloned().flat_map(full_subtrees).map(|one| one.nodes()).collect();
        ranges.sort_unstable();
        // No two overlap, since no leaf is in two parts.
        ranges.dedup_by(|next, last| {
            let joined = next.level == last.level && next.start == last.end;
            if joined {
                last.end = next.end;
            }
            joined
        });
        ranges
    }

    /// The hashes, in the proof's order, from nodes that hold at least those of [`needs`](Self::needs).
    ///
    /// # Errors
    /// Which node is missing.
    pub fn hashes(&self, nodes: &Nodes) -> Result<Vec<Hash>, MissingNode> {
        self.parts.iter().cloned().map(|leaves| root_of(leaves, nodes)).collect()
    }
}

impl Nodes {
    /// Adds a node that was read.
    pub fn insert(&mut self, level: Level, index: u64, hash: Hash) {
        self.0.insert((level, index), hash);
    }
}

impl Extend<(Level, u64, Hash)> for Nodes {
    fn extend<T: IntoIterator<Item = (Level, u64, Hash)>>(&mut self, nodes: T) {
        self.0.extend(nodes.into_iter().map(|(level, index, hash)| ((level, index), hash)));
    }
}

impl FromIterator<(Level, u64, Hash)> for Nodes {
    fn from_iter<T: IntoIterator<Item = (Level, u64, Hash)>>(nodes: T) -> Self {
        let mut read = Self::default();
        read.extend(nodes);
        read
    }
}

/// The subtrees below a tree of these leaves: the left one has the largest power of two below their number.
fn halves(leaves: &Range<u64>) -> Option<(Range<u64>, Range<u64>)> {
    let last = (leaves.end - leaves.start).checked_sub(1)?;
    let middle = leaves.start + (1 << last.checked_ilog2()?);
    Some((leaves.start..middle, middle..leaves.end))
}

/// A complete subtree of 2^height leaves.
struct Subtree {
    height: u32,
    start: u64,
}

impl Subtree {
    fn leaves(&self) -> Range<u64> {
        self.start..self.start + (1 << self.height)
    }

    /// The stored nodes right below its root, or its root itself: 1 to 128 of them.
    fn nodes(&self) -> NodeRange {
        let level = self.height / 8;
        let start = self.start >> (level * 8);
        // Heights are below 64, levels below 8.
        NodeRange { level: level as Level, start, end: start + (1 << (self.height % 8)) }
    }
}

/// The complete subtrees of which a tree of these leaves is made, largest first. The leaves start where a
/// subtree of at least their number may start.
fn full_subtrees(mut leaves: Range<u64>) -> impl Iterator<Item = Subtree> {
    std::iter::from_fn(move || {
        let height = (leaves.end - leaves.start).checked_ilog2()?;
        let subtree = Subtree { height, start: leaves.start };
        leaves.start += 1 << height;
        Some(subtree)
    })
}

fn root_of(leaves: Range<u64>, nodes: &Nodes) -> Result<Hash, MissingNode> {
    let mut roots = Vec::new();
    for subtree in full_subtrees(leaves) {
        let NodeRange { level, start, end } = subtree.nodes();
        let mut row = (start..end)
            .map(|index| nodes.0.get(&(level, index)).copied().ok_or(MissingNode { level, index }))
            .collect::<Result<Vec<_>, _>>()?;
        while let [_, _, ..] = row[..] {
            row = row.as_chunks().0.iter().map(|[left, right]| node_hash(left, right)).collect();
        }
        roots.extend(row);
    }
    let root = roots.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
    Ok(root.unwrap_or_else(Hash::of_empty_tree))
}
