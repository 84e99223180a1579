//! Verifiers that were not written here, Cloudflare's `tlog_tiles` and `signed_note` (ports of what Go's
//! checksum database runs on) and `ct-merkle`, accept what is made here and refuse what is refused here.

use std::cell::Cell;

use countersign_protocol::audit::{
    Checkpoint, Hash, Plan, Tile, TileContent, verify_consistency, verify_inclusion,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use proptest::prelude::*;
use sha2::Sha256;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{TileHashReader, TileReader};

use crate::log::Log;
use crate::notes::{Signer, checkpoint};
use crate::proofs::{Change, size_and_below};

fn theirs(hash: &Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(hash.0)
}

fn all_theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(theirs).collect()
}

pub fn tlog_tiles_accepts(
    leaf: &Hash,
    position: u64,
    size: u64,
    root: &Hash,
    proof: &[Hash],
) -> bool {
    let proof = all_theirs(proof);
    tlog_tiles::check_record(&proof, size, theirs(root), position, theirs(leaf)).is_ok()
}

pub fn tlog_tiles_accepts_tree(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> bool {
    let proof = all_theirs(proof);
    tlog_tiles::check_tree(&proof, new.0, theirs(new.1), old.0, theirs(old.1)).is_ok()
}

#[test]
fn ct_merkle_accepts_every_proof() {
    let entry = |number: u64| number.to_be_bytes().to_vec();
    let log = Log::of(130);
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in 1..=130 {
        tree.push(entry(size - 1));
        let root = RootHash::<Sha256>::new(log.root(size).0.into(), size);
        assert!(root == tree.root(), "{size}");
        let bytes = |proof: &[Hash]| proof.iter().flat_map(|hash| hash.0).collect::<Vec<u8>>();
        for position in (0..size).step_by(3) {
            let proof = InclusionProof::from_bytes(bytes(&log.inclusion(position, size)));
            root.verify_inclusion(&entry(position), position, &proof).unwrap();
            let old = RootHash::<Sha256>::new(log.root(position + 1).0.into(), position + 1);
            let proof = bytes(&log.consistency(position + 1, size));
            let proof = ConsistencyProof::try_from_bytes(proof).unwrap();
            root.verify_consistency(&old, &proof).unwrap();
        }
    }
}

/// The log's tiles as its publisher would serve them, read under the paths that are ours.
struct Published<'a> {
    log: &'a Log,
    size: u64,
    served: Cell<usize>,
}

impl TileReader for Published<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = tiles.iter().map(|tile| {
            // Go's paths name the tiles' height before the level; C2SP's don't.
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            let tile: Tile = path.parse().unwrap();
            assert!(tile.is_in(self.size), "{path}");
            let TileContent::Nodes(level) = tile.content() else { panic!("{path}") };
            self.served.set(self.served.get() + 1);
            tile.range().flat_map(|index| self.log.node(level, index).unwrap().0).collect()
        });
        Ok(read.collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn tlog_tiles_makes_the_same_proofs_from_the_tiles() {
    let log = Log::of(66_100);
    for size in [1, 255, 256, 257, 600, 65_536, 65_537, 66_100] {
        let published = Published { log: &log, size, served: Cell::new(0) };
        let reader = TileHashReader::new(size, theirs(log.root(size)), &published);
        for position in [0, 1, 255, 256, 599, size / 2, size - 1] {
            if position < size {
                let proof = tlog_tiles::prove_record(size, position, &reader).unwrap();
                assert!(
                    proof == all_theirs(&log.inclusion(position, size)),
                    "{position} of {size}"
                );
                let old = position + 1;
                let proof = tlog_tiles::prove_tree(size, old, &reader).unwrap();
                assert!(proof == all_theirs(&log.consistency(old, size)), "{old} to {size}");
            }
        }
        assert!(size == 1 || published.served.get() > 0);
    }
}

#[test]
fn signed_note_and_tlog_tiles_open_a_signed_checkpoint() {
    let log = Log::of(600);
    let signer = Signer::new("log.example/a", [7; 32]);
    let root = log.hashes(&Plan::root(600))[0];
    let one = Checkpoint { size: 600, root, ..checkpoint("log.example/a") };
    let note = signer.sign(&one);

    let verifier = StandardVerifier::new(&signer.key.to_string()).unwrap();
    let opened = Note::from_bytes(note.as_bytes()).unwrap();
    let known = VerifierList::new(vec![Box::new(verifier)]);
    let (verified, others) = opened.verify(&known).unwrap();
    assert_eq!((verified.len(), others.len()), (1, 0));
    let read = tlog_tiles::Checkpoint::from_bytes(opened.text()).unwrap();
    assert_eq!((read.origin(), read.size(), read.extension()), ("log.example/a", 600, ""));
    assert!(*read.hash() == theirs(&root));
}

proptest! {
    /// Also where a size was changed: a proof fits every size at which the path has its form.
    #[test]
    fn inclusion_is_judged_as_by_tlog_tiles(
        (size, position) in size_and_below(), said_size in 1..=600_u64, said_position in 0..600_u64,
        same_size: bool, same_position: bool, change in prop::option::of(Change::any()),
    ) {
        let log = Log::of(size);
        let mut proof = log.inclusion(position, size);
        if let Some(change) = change {
            proof = change.made_to(&proof);
        }
        let (leaf, root) = (&log.leaves[position as usize], log.root(size));
        let said_size = if same_size { size } else { said_size };
        let said_position = if same_position { position } else { said_position };
        let ours = verify_inclusion(leaf, said_position, said_size, root, &proof).is_ok();
        let theirs = tlog_tiles_accepts(leaf, said_position, said_size, root, &proof);
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn consistency_is_judged_as_by_tlog_tiles(
        (new, below) in size_and_below(), said_new in 1..=600_u64, said_old in 1..=600_u64,
        same_new: bool, same_old: bool, change in prop::option::of(Change::any()),
    ) {
        let log = Log::of(new);
        let old = below + 1;
        let mut proof = log.consistency(old, new);
        if let Some(change) = change {
            proof = change.made_to(&proof);
        }
        let (old_root, new_root) = (log.root(old), log.root(new));
        let said_new = if same_new { new } else { said_new };
        let said_old = if same_old { old } else { said_old };
        let ours = verify_consistency(said_old, old_root, said_new, new_root, &proof).is_ok();
        let theirs = tlog_tiles_accepts_tree((said_old, old_root), (said_new, new_root), &proof);
        prop_assert_eq!(ours, theirs);
    }
}
