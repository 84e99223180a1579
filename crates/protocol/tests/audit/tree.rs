//! The tree is RFC 6962's, and a frontier is all that it takes to go on.

use countersign_protocol::audit::{
    Frontier, FrontierError, Hash, Plan, SIZE_MAX, leaf_hash, node_hash,
};

use crate::log::{Log, mth, path, proof};

fn hex(hash: Hash) -> String {
    hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The eight leaves on which implementations of Certificate Transparency agree, and their trees' roots.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn the_roots_of_the_reference_leaves_are_the_published_ones() {
    let mut frontier = Frontier::default();
    assert_eq!(hex(frontier.root()), ROOTS[0]);
    for (leaf, root) in LEAVES.iter().zip(&ROOTS[1..]) {
        frontier.push(leaf_hash(leaf), |_, _, _| {});
        assert_eq!(hex(frontier.root()), *root);
    }
}

/// The proofs that RFC 6962 section 2.1.3 spells out for its tree of seven leaves.
#[test]
fn the_example_proofs_of_rfc_6962_are_made() {
    let log = Log::of(7);
    let [a, b, c, d, e, f, j] = log.leaves[..] else { panic!("seven leaves") };
    let (g, h, i) = (node_hash(&a, &b), node_hash(&c, &d), node_hash(&e, &f));
    let (k, l) = (node_hash(&g, &h), node_hash(&i, &j));
    assert_eq!(log.inclusion(0, 7), [b, h, l]);
    assert_eq!(log.inclusion(3, 7), [c, g, l]);
    assert_eq!(log.inclusion(4, 7), [f, j, k]);
    assert_eq!(log.inclusion(6, 7), [i, k]);
    assert_eq!(log.consistency(3, 7), [c, d, g, l]);
    assert_eq!(log.consistency(4, 7), [l]);
    assert_eq!(log.consistency(6, 7), [i, j, k]);
}

#[test]
fn a_frontiers_root_is_the_root_of_the_recursive_definition() {
    let log = Log::of(600);
    for size in 0..=600 {
        assert_eq!(log.roots[size], mth(&log.leaves[..size]), "{size}");
    }
}

#[test]
fn proofs_are_those_of_the_recursive_definition() {
    let log = Log::of(70);
    for size in 1..=70 {
        let leaves = &log.leaves[..size];
        for one in 0..size {
            assert_eq!(log.inclusion(one as u64, size as u64), path(one, leaves), "{one} {size}");
            let old = one + 1;
            assert_eq!(
                log.consistency(old as u64, size as u64),
                proof(old, leaves),
                "{old} {size}"
            );
        }
    }
}

#[test]
fn every_completed_node_is_the_root_of_its_leaves() {
    let log = Log::of(1030);
    assert_eq!(log.stored(), [1030, 4]);
    for index in 0..4 {
        let leaves = &log.leaves[index * 256..(index + 1) * 256];
        assert_eq!(log.node(1, index as u64), Some(mth(leaves)));
    }
}

#[test]
fn a_frontier_reads_back_what_it_wrote_and_goes_on() {
    let log = Log::of(300);
    let mut frontier = Frontier::default();
    for (size, leaf) in log.leaves.iter().enumerate() {
        let again = Frontier::from_bytes(size as u64, &frontier.to_bytes()).unwrap();
        assert_eq!(again, frontier);
        assert_eq!(log.hashes(&Plan::frontier(size as u64)), frontier.roots());
        frontier = again;
        frontier.push(*leaf, |_, _, _| {});
    }
    assert_eq!(frontier, log.frontier);
}

#[test]
fn bytes_of_another_size_are_no_frontier() {
    let bytes = Log::of(7).frontier.to_bytes();
    assert_eq!(bytes.len(), 96);
    for size in [0, 1, 6, 8, 15, u64::from(u32::MAX)] {
        let refused = Frontier::from_bytes(size, &bytes);
        assert_eq!(refused, Err(FrontierError::Length { size, bytes: 96 }));
    }
    assert!(Frontier::from_bytes(7, &bytes[1..]).is_err());
    assert!(Frontier::from_bytes(7, &[&bytes[..], &[0]].concat()).is_err());
    let refused = Frontier::from_bytes(u64::MAX, &[0; 64 * 32]);
    assert_eq!(refused, Err(FrontierError::Size(u64::MAX)));
    let mut full = Frontier::from_bytes(SIZE_MAX, &[0; 63 * 32]).unwrap();
    full.push(leaf_hash(b"one more"), |_, _, _| {});
    assert_eq!(full.size(), SIZE_MAX + 1);
}
