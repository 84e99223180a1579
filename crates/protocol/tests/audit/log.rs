//! A log to test with, and RFC 6962's definitions as they are written there.

use std::collections::HashMap;
use std::ops::Range;

use countersign_protocol::audit::{Frontier, Hash, Level, Nodes, Plan, leaf_hash, node_hash};

/// A log that is stored as the service stores it: leaf hashes, and the nodes that appending completed.
pub struct Log {
    pub leaves: Vec<Hash>,
    nodes: HashMap<(Level, u64), Hash>,
    pub frontier: Frontier,
    /// The root at each size.
    pub roots: Vec<Hash>,
}

impl Log {
    pub fn new(leaves: impl IntoIterator<Item = Hash>) -> Self {
        let frontier = Frontier::default();
        let roots = vec![frontier.root()];
        let mut log = Self { leaves: Vec::new(), nodes: HashMap::new(), frontier, roots };
        for leaf in leaves {
            let position = log.leaves.len() as u64;
            log.nodes.insert((0, position), leaf);
            log.leaves.push(leaf);
            log.frontier.push(leaf, |level, index, hash| {
                let known = log.nodes.insert((level, index), hash);
                assert_eq!(known, None, "a node is completed once");
            });
            log.roots.push(log.frontier.root());
        }
        log
    }

    /// The log of this many different leaves.
    pub fn of(size: u64) -> Self {
        Self::new((0..size).map(|number| leaf_hash(&number.to_be_bytes())))
    }

    pub fn root(&self, size: u64) -> &Hash {
        &self.roots[size as usize]
    }

    pub fn node(&self, level: Level, index: u64) -> Option<Hash> {
        self.nodes.get(&(level, index)).copied()
    }

    /// How many nodes of each level there are.
    pub fn stored(&self) -> Vec<usize> {
        let highest = self.nodes.keys().map(|(level, _)| *level).max().unwrap_or(0);
        let count = |level| self.nodes.keys().filter(|(at, _)| *at == level).count();
        (0..=highest).map(count).collect()
    }

    /// What the plan asks to read and nothing else.
    fn read(&self, plan: &Plan) -> Nodes {
        plan.needs()
            .into_iter()
            .flat_map(|range| {
                (range.start..range.end).map(move |index| {
                    let node = self.node(range.level, index);
                    (range.level, index, node.expect("a stored node"))
                })
            })
            .collect()
    }

    pub fn hashes(&self, plan: &Plan) -> Vec<Hash> {
        plan.hashes(&self.read(plan)).unwrap()
    }

    pub fn inclusion(&self, position: u64, size: u64) -> Vec<Hash> {
        self.hashes(&Plan::inclusion(position, size).unwrap())
    }

    pub fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
        self.hashes(&Plan::consistency(old, new).unwrap())
    }
}

/// The largest power of two below the number of leaves.
fn split(leaves: &[Hash]) -> usize {
    (1..).map(|power| 1 << power).find(|power| *power >= leaves.len()).unwrap() / 2
}

/// RFC 6962 section 2.1: `MTH(D)`, from leaf hashes.
pub fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of_empty_tree(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves));
            node_hash(&mth(left), &mth(right))
        }
    }
}

/// RFC 6962 section 2.1.1: `PATH(m, D)`.
pub fn path(position: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = split(leaves);
    let (left, right) = leaves.split_at(k);
    let (mut path, beside) = if position < k {
        (path(position, left), mth(right))
    } else {
        (path(position - k, right), mth(left))
    };
    path.push(beside);
    path
}

/// RFC 6962 section 2.1.2: `PROOF(m, D)`, for the range of the leaves that `SUBPROOF` looks at.
pub fn proof(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(old, leaves, 0..leaves.len())
}

fn subproof(old: usize, leaves: &[Hash], range: Range<usize>) -> Vec<Hash> {
    let part = &leaves[range.clone()];
    if range.end == old {
        return if range.start == 0 { Vec::new() } else { vec![mth(part)] };
    }
    let middle = range.start + split(part);
    let (inside, beside) = if old <= middle {
        (range.start..middle, middle..range.end)
    } else {
        (middle..range.end, range.start..middle)
    };
    let mut proof = subproof(old, leaves, inside);
    proof.push(mth(&leaves[beside]));
    proof
}
