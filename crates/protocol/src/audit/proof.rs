//! Checks of inclusion and consistency proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2; the proofs are
//! RFC 6962's).

use super::tree::{Hash, node_hash};

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The position is not in a tree of that size.
    #[error("the position lies beyond the tree")]
    BeyondTree,
    /// The older tree is larger than the newer: the log was cut.
    #[error("the older tree is larger than the newer")]
    Shrunk,
    /// More or fewer hashes than such a proof has.
    #[error("the proof has another number of hashes than such a proof has")]
    Length,
    /// It leads to another root: of the tree or, for consistency, of the newer tree.
    #[error("the proof leads to another root")]
    OtherRoot,
    /// A consistency proof that leads to another root of the older tree.
    #[error("the proof leads to another root of the older tree")]
    OtherOldRoot,
}

/// Checks that `leaf` (a leaf's hash) stands at `position` in the tree of `size` leaves with this root.
///
/// Size and root belong together and come from a signed checkpoint: the proof alone does not show the size, since
/// some other sizes have a path of the same form.
///
/// # Errors
/// If the proof doesn't show it.
pub fn verify_inclusion(
    leaf: &Hash,
    position: u64,
    size: u64,
    root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if position >= size {
        return Err(ProofError::BeyondTree);
    }
    let (mut index, mut last) = (position, size - 1);
    let mut hash = *leaf;
    for beside in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if climb(&mut index, &mut last) {
            hash = node_hash(beside, &hash);
        } else {
            hash = node_hash(&hash, beside);
        }
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if hash == *root { Ok(()) } else { Err(ProofError::OtherRoot) }
}

/// Checks that the tree of `old_size` leaves with `old_root` is the beginning of the tree of `new_size`
/// leaves with `new_root`. Trees of equal size, and the empty older tree, have an empty proof.
///
/// # Errors
/// If the proof doesn't show it; [`ProofError::Shrunk`] if no proof can.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old_size > new_size {
        return Err(ProofError::Shrunk);
    }
    if old_size == 0 && *old_root != Hash::of_empty_tree() {
        return Err(ProofError::OtherOldRoot);
    }
    if old_size == 0 || old_size == new_size {
        return match proof {
            [_, ..] => Err(ProofError::Length),
            [] if old_size == new_size && old_root != new_root => Err(ProofError::OtherRoot),
            [] => Ok(()),
        };
    }
    let (mut index, mut last) = (old_size - 1, new_size - 1);
    // The subtree that both trees share in full and that ends where the older one ends.
    let shared = index.trailing_ones();
    index >>= shared;
    last >>= shared;
    let (start, path) = if index == 0 {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(ProofError::Length)?
    };
    let (mut old, mut new) = (*start, *start);
    for beside in path {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if climb(&mut index, &mut last) {
            old = node_hash(beside, &old);
            new = node_hash(beside, &new);
        } else {
            new = node_hash(&new, beside);
        }
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    match (old == *old_root, new == *new_root) {
        (false, _) => Err(ProofError::OtherOldRoot),
        (_, false) => Err(ProofError::OtherRoot),
        _ => Ok(()),
    }
}

/// Moves from the node at `index`, in a level whose last node is `last`, above its sibling, over the levels
/// where it has none; whether the sibling was the left one.
fn climb(index: &mut u64, last: &mut u64) -> bool {
    let sibling_is_left = *index & 1 == 1 || *index == *last;
    if sibling_is_left && *index & 1 == 0 {
        // The last node of its level, without a twin, rises unchanged until it is a right child.
        let alone = index.trailing_zeros();
        *index >>= alone;
        *last >>= alone;
    }
    *index >>= 1;
    *last >>= 1;
    sibling_is_left
}
