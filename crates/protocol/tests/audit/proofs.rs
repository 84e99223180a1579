//! Every true proof is accepted, here and elsewhere; nothing else is.

use countersign_protocol::audit::{Hash, ProofError, verify_consistency, verify_inclusion};
use proptest::prelude::*;

use crate::log::Log;
use crate::outside::{tlog_tiles_accepts, tlog_tiles_accepts_tree};

/// All sizes up to 70, and those around the powers of two up to 600.
fn some_sizes() -> impl Iterator<Item = u64> {
    (1..=70).chain([127, 128, 129, 255, 256, 257, 511, 512, 513, 600])
}

/// Every proof in the trees of these sizes, judged here and by tlog_tiles.
fn every_proof_is_accepted(sizes: impl Iterator<Item = u64>) {
    let log = Log::of(600);
    for size in sizes {
        let root = log.root(size);
        for position in 0..size {
            let leaf = &log.leaves[position as usize];
            let proof = log.inclusion(position, size);
            let verdict = verify_inclusion(leaf, position, size, root, &proof);
            assert_eq!(verdict, Ok(()), "{position} of {size}");
            assert!(tlog_tiles_accepts(leaf, position, size, root, &proof), "{position} of {size}");

            let old = position + 1;
            let old_root = log.root(old);
            let proof = log.consistency(old, size);
            let verdict = verify_consistency(old, old_root, size, root, &proof);
            assert_eq!(verdict, Ok(()), "{old} to {size}");
            let accepted = tlog_tiles_accepts_tree((old, old_root), (size, root), &proof);
            assert!(accepted, "{old} to {size}");
        }
    }
}

#[test]
fn every_proof_is_accepted_here_and_by_tlog_tiles() {
    every_proof_is_accepted(some_sizes());
}

#[test]
#[ignore = "long round"]
fn every_proof_up_to_600_leaves_is_accepted_here_and_by_tlog_tiles() {
    every_proof_is_accepted(1..=600);
}

#[test]
fn a_tree_that_shrank_has_no_proof() {
    let log = Log::of(9);
    let verdict = verify_consistency(9, log.root(9), 8, log.root(8), &log.consistency(8, 9));
    assert_eq!(verdict, Err(ProofError::Shrunk));
}

#[test]
fn two_trees_of_one_size_need_one_root() {
    let log = Log::of(9);
    let (root, other) = (log.root(9), log.root(8));
    assert_eq!(verify_consistency(9, root, 9, root, &[]), Ok(()));
    assert_eq!(verify_consistency(9, root, 9, other, &[]), Err(ProofError::OtherRoot));
    assert_eq!(verify_consistency(9, root, 9, root, &[*root]), Err(ProofError::Length));
}

#[test]
fn the_empty_tree_has_one_root_and_begins_every_tree() {
    let log = Log::of(9);
    let (empty, root) = (log.root(0), log.root(9));
    assert_eq!(verify_consistency(0, empty, 9, root, &[]), Ok(()));
    assert_eq!(verify_consistency(0, empty, 0, empty, &[]), Ok(()));
    assert_eq!(verify_consistency(0, root, 9, root, &[]), Err(ProofError::OtherOldRoot));
    assert_eq!(verify_consistency(0, root, 0, root, &[]), Err(ProofError::OtherOldRoot));
    assert_eq!(verify_consistency(0, empty, 0, root, &[]), Err(ProofError::OtherRoot));
    assert_eq!(verify_consistency(0, empty, 9, root, &[*root]), Err(ProofError::Length));
}

/// One thing that is done to a proof; indices are taken modulo what there is.
#[derive(Clone, Debug)]
pub enum Change {
    Flip { at: usize, byte: usize, bits: u8 },
    Remove { at: usize },
    Insert { at: usize, hash: [u8; 32] },
    Repeat { at: usize },
    Swap { at: usize },
}

impl Change {
    pub fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            (any::<usize>(), 0..32_usize, 1..=255_u8).prop_map(|(at, byte, bits)| Self::Flip {
                at,
                byte,
                bits
            }),
            any::<usize>().prop_map(|at| Self::Remove { at }),
            (any::<usize>(), any::<[u8; 32]>()).prop_map(|(at, hash)| Self::Insert { at, hash }),
            any::<usize>().prop_map(|at| Self::Repeat { at }),
            any::<usize>().prop_map(|at| Self::Swap { at }),
        ]
    }

    /// The changed proof; the same if there is nothing to change.
    pub fn made_to(&self, proof: &[Hash]) -> Vec<Hash> {
        let mut changed = proof.to_vec();
        let count = proof.len();
        match *self {
            Self::Insert { at, hash } => changed.insert(at % (count + 1), Hash(hash)),
            _ if count == 0 => {}
            Self::Flip { at, byte, bits } => changed[at % count].0[byte] ^= bits,
            Self::Remove { at } => drop(changed.remove(at % count)),
            Self::Repeat { at } => changed.insert(at % count, proof[at % count]),
            Self::Swap { at } => changed.swap(at % count, (at + 1) % count),
        }
        changed
    }
}

/// A tree size up to 600, and a number below it.
pub fn size_and_below() -> impl Strategy<Value = (u64, u64)> {
    (1..=600_u64).prop_flat_map(|size| (Just(size), 0..size))
}

proptest! {
    #[test]
    fn a_changed_inclusion_proof_is_refused((size, position) in size_and_below(), change in Change::any()) {
        let log = Log::of(size);
        let proof = log.inclusion(position, size);
        let changed = change.made_to(&proof);
        prop_assume!(changed != proof);
        let leaf = &log.leaves[position as usize];
        prop_assert!(verify_inclusion(leaf, position, size, log.root(size), &changed).is_err());
    }

    #[test]
    fn a_changed_consistency_proof_is_refused((new, below) in size_and_below(), change in Change::any()) {
        let log = Log::of(new);
        let old = below + 1;
        let proof = log.consistency(old, new);
        let changed = change.made_to(&proof);
        prop_assume!(changed != proof);
        prop_assert!(verify_consistency(old, log.root(old), new, log.root(new), &changed).is_err());
    }

    #[test]
    fn another_leaf_position_or_root_is_refused((size, position) in size_and_below(), other in 0..600_u64) {
        let log = Log::of(size);
        let proof = log.inclusion(position, size);
        let (leaf, root) = (&log.leaves[position as usize], log.root(size));
        let other = other % size;
        if other != position {
            prop_assert!(verify_inclusion(leaf, other, size, root, &proof).is_err());
            let other_leaf = &log.leaves[other as usize];
            prop_assert!(verify_inclusion(other_leaf, position, size, root, &proof).is_err());
        }
        let other_root = log.root(other);
        let verdict = verify_inclusion(leaf, position, size, other_root, &proof);
        prop_assert_eq!(verdict, Err(ProofError::OtherRoot));
        let verdict = verify_inclusion(leaf, size, size, root, &proof);
        prop_assert_eq!(verdict, Err(ProofError::BeyondTree));
    }

    /// One leaf rewritten, wherever it is in the older tree, and no proof fits.
    #[test]
    fn a_rewritten_leaf_breaks_consistency((new, rewritten) in size_and_below(), old in 1..=600_u64) {
        let log = Log::of(new);
        let old = rewritten + 1 + old % (new - rewritten);
        let mut leaves = log.leaves.clone();
        leaves[rewritten as usize].0[0] ^= 1;
        let forged = Log::new(leaves);
        for proof in [log.consistency(old, new), forged.consistency(old, new)] {
            let verdict = verify_consistency(old, log.root(old), new, forged.root(new), &proof);
            prop_assert!(verdict.is_err());
        }
    }
}
