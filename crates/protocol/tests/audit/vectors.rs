//! Holds the audit log to its published vectors, `vectors/audit-v1.json`. They were made by another program in
//! another language from the definitions in the specifications.

use countersign_protocol::Instant;
use countersign_protocol::audit::{
    Frontier, Hash, LogKey, Tile, TileContent, entry, entry_bundle, leaf_hash, parse_entry,
    parse_entry_bundle, verify_consistency, verify_inclusion,
};
use serde::Deserialize;

use crate::log::Log;
use crate::notes::Signer;

#[derive(Deserialize)]
struct Published {
    entries: Vec<Entry>,
    #[serde(flatten)]
    tree: Tree,
    checkpoint: SignedCheckpoint,
    tiles: Vec<TileBytes>,
    large: Large,
}

#[derive(Deserialize)]
struct Entry {
    recorded_at: Instant,
    body: String,
    entry_hex: String,
    leaf_hash: Hash,
}

#[derive(Deserialize)]
struct Tree {
    roots: Vec<Root>,
    inclusion: Vec<Inclusion>,
    consistency: Vec<Consistency>,
}

#[derive(Deserialize)]
struct Root {
    size: u64,
    root: Hash,
}

#[derive(Deserialize)]
struct Inclusion {
    position: u64,
    size: u64,
    proof: Vec<Hash>,
}

#[derive(Deserialize)]
struct Consistency {
    old: u64,
    new: u64,
    proof: Vec<Hash>,
}

#[derive(Deserialize)]
struct SignedCheckpoint {
    origin: String,
    seed_hex: String,
    key: String,
    text: String,
    note: String,
}

#[derive(Deserialize)]
struct TileBytes {
    path: String,
    bytes_hex: String,
}

#[derive(Deserialize)]
struct Large {
    recorded_at: Instant,
    #[serde(flatten)]
    tree: Tree,
    tiles: Vec<TileHash>,
}

#[derive(Deserialize)]
struct TileHash {
    path: String,
    sha256_hex: String,
}

fn published() -> Published {
    serde_json::from_str(include_str!("../../vectors/audit-v1.json")).expect("the vectors")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The larger log's entries: its rule stands in the vectors.
pub fn large_entries() -> Vec<Vec<u8>> {
    let first = published().large.recorded_at.unix_millis();
    let one = |number: i64| {
        let recorded_at = Instant::from_unix_millis(first + number);
        entry(recorded_at, &format!("{{\"number\":{number}}}")).unwrap()
    };
    (0..70_000).map(one).collect()
}

/// The published key.
pub fn signer() -> Signer {
    let SignedCheckpoint { origin, seed_hex, .. } = published().checkpoint;
    let seed: Vec<u8> = (0..seed_hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&seed_hex[at..at + 2], 16).unwrap())
        .collect();
    Signer::new(&origin, seed.try_into().unwrap())
}

#[test]
fn entries_and_leaf_hashes_are_the_published_ones() {
    let entries = published().entries;
    assert_eq!(entries.len(), 7);
    for one in entries {
        let bytes = entry(one.recorded_at, &one.body).unwrap();
        assert_eq!(hex(&bytes), one.entry_hex);
        assert_eq!(leaf_hash(&bytes), one.leaf_hash);
        assert_eq!(parse_entry(&bytes), Ok((one.recorded_at, one.body.as_str())));
    }
}

fn holds(tree: &Tree, log: &Log) {
    for Root { size, root } in &tree.roots {
        assert_eq!(log.root(*size), root, "{size}");
    }
    for Inclusion { position, size, proof } in &tree.inclusion {
        assert_eq!(log.inclusion(*position, *size), *proof, "{position} of {size}");
        let leaf = &log.leaves[*position as usize];
        let verdict = verify_inclusion(leaf, *position, *size, log.root(*size), proof);
        assert_eq!(verdict, Ok(()), "{position} of {size}");
    }
    for Consistency { old, new, proof } in &tree.consistency {
        assert_eq!(log.consistency(*old, *new), *proof, "{old} to {new}");
        let verdict = verify_consistency(*old, log.root(*old), *new, log.root(*new), proof);
        assert_eq!(verdict, Ok(()), "{old} to {new}");
    }
}

#[test]
fn roots_and_proofs_are_the_published_ones() {
    let Published { entries, tree, .. } = published();
    let counts = (tree.roots.len(), tree.inclusion.len(), tree.consistency.len());
    assert_eq!(counts, (8, 28, 28));
    holds(&tree, &Log::new(entries.iter().map(|one| one.leaf_hash)));
}

#[test]
fn a_larger_logs_roots_proofs_and_tiles_are_the_published_ones() {
    let Large { tree, tiles, .. } = published().large;
    let counts = (tree.roots.len(), tree.inclusion.len(), tree.consistency.len(), tiles.len());
    assert_eq!(counts, (11, 7, 6, 5));
    let log = Log::new(large_entries().iter().map(|one| leaf_hash(one)));
    holds(&tree, &log);
    for TileHash { path, sha256_hex } in tiles {
        let tile: Tile = path.parse().unwrap();
        let bytes = nodes_of(&tile, &log);
        assert_eq!(hex(&countersign_protocol::encoding::sha256(&[&bytes])), sha256_hex, "{path}");
    }
}

/// The bytes of a tile of nodes.
pub fn nodes_of(tile: &Tile, log: &Log) -> Vec<u8> {
    let TileContent::Nodes(level) = tile.content() else { panic!("{tile}") };
    tile.range().flat_map(|index| log.node(level, index).unwrap().0).collect()
}

#[test]
fn tiles_are_the_published_ones() {
    let Published { entries, tiles, .. } = published();
    assert_eq!(tiles.len(), 2);
    let log = Log::new(entries.iter().map(|one| one.leaf_hash));
    let entries: Vec<_> =
        entries.iter().map(|one| entry(one.recorded_at, &one.body).unwrap()).collect();
    for TileBytes { path, bytes_hex } in tiles {
        let tile: Tile = path.parse().unwrap();
        let bytes = match tile.content() {
            TileContent::Entries => entry_bundle(&entries).unwrap(),
            TileContent::Nodes(_) => nodes_of(&tile, &log),
        };
        assert_eq!(hex(&bytes), bytes_hex, "{path}");
        if tile.content() == TileContent::Entries {
            assert_eq!(parse_entry_bundle(&bytes).unwrap(), entries);
        }
    }
}

#[test]
fn the_signed_checkpoint_is_the_published_one() {
    let Published { entries, checkpoint, .. } = published();
    let key: LogKey = checkpoint.key.parse().unwrap();
    let opened = key.open(&checkpoint.note).unwrap();
    assert_eq!(opened.text().unwrap(), checkpoint.text);
    let signer = signer();
    assert_eq!(signer.key, key);
    assert_eq!(signer.sign(&opened), checkpoint.note);
    let mut frontier = Frontier::default();
    entries.iter().for_each(|one| frontier.push(one.leaf_hash, |_, _, _| {}));
    assert_eq!((opened.origin, opened.size, opened.root), (checkpoint.origin, 7, frontier.root()));
}
