//! Trees around the sizes at which tiles fill up, and of sizes that no log reaches.

use countersign_protocol::audit::{
    Hash, Level, MissingNode, NodeRange, Nodes, NotInTree, Plan, leaf_hash, node_hash,
    verify_consistency, verify_inclusion,
};

use crate::log::Log;

#[test]
fn proofs_around_full_tiles_are_accepted() {
    let log = Log::of(66_100);
    assert_eq!(log.stored(), [66_100, 258, 1]);
    let sizes =
        [1, 255, 256, 257, 511, 512, 65_279, 65_280, 65_535, 65_536, 65_537, 65_792, 66_100];
    for size in sizes {
        assert_eq!(log.hashes(&Plan::root(size)), [*log.root(size)]);
        let positions = sizes.iter().flat_map(|near| [near - 1, *near]).chain([0]);
        for position in positions.filter(|position| *position < size) {
            let proof = log.inclusion(position, size);
            let leaf = &log.leaves[position as usize];
            let verdict = verify_inclusion(leaf, position, size, log.root(size), &proof);
            assert_eq!(verdict, Ok(()), "{position} of {size}");
        }
        for old in sizes.into_iter().filter(|old| *old <= size) {
            let proof = log.consistency(old, size);
            let verdict = verify_consistency(old, log.root(old), size, log.root(size), &proof);
            assert_eq!(verdict, Ok(()), "{old} to {size}");
        }
    }
}

/// Of a log whose leaves are all the same, every node of a level is the same.
fn read_alike(plan: &Plan) -> Nodes {
    let mut hash = leaf_hash(b"again");
    let mut levels = vec![hash];
    for height in 1..64 {
        hash = node_hash(&hash, &hash);
        if height % 8 == 0 {
            levels.push(hash);
        }
    }
    let nodes = plan.needs().into_iter().flat_map(|NodeRange { level, start, end }| {
        let hash = levels[usize::from(level)];
        (start..end).map(move |index| (level, index, hash))
    });
    nodes.collect()
}

fn alike(plan: &Plan) -> Vec<Hash> {
    plan.hashes(&read_alike(plan)).unwrap()
}

const HUGE: [u64; 7] =
    [1 << 32, (1 << 56) + 1, i64::MAX as u64, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX];

#[test]
fn proofs_in_trees_of_any_64_bit_size_are_accepted() {
    let leaf = leaf_hash(b"again");
    for size in HUGE {
        let root = alike(&Plan::root(size))[0];
        for position in [0, 1, 255, 256, size / 2, size - 257, size - 2, size - 1] {
            let proof = alike(&Plan::inclusion(position, size).unwrap());
            assert_eq!(verify_inclusion(&leaf, position, size, &root, &proof), Ok(()));
            let (old, old_root) = (position + 1, alike(&Plan::root(position + 1))[0]);
            let proof = alike(&Plan::consistency(old, size).unwrap());
            assert_eq!(verify_consistency(old, &old_root, size, &root, &proof), Ok(()));
        }
    }
}

#[test]
fn a_plan_reads_at_most_511_nodes_a_level_once_each() {
    for size in HUGE.into_iter().chain([600, 65_535, 65_536, 16_843_008]) {
        for position in [0, 255, size / 3, size / 2, size - 1] {
            for plan in [
                Plan::inclusion(position, size).unwrap(),
                Plan::consistency(position + 1, size).unwrap(),
                Plan::root(size),
                Plan::frontier(size),
            ] {
                let needs = plan.needs();
                for level in 0..8 {
                    let of_level = needs.iter().filter(|range| range.level == level);
                    let count: u64 = of_level.map(|range| range.end - range.start).sum();
                    assert!(count <= 511, "{count} of level {level} for {position} of {size}");
                }
                let apart = |pair: &[NodeRange]| {
                    pair[0].level < pair[1].level || pair[0].end < pair[1].start
                };
                assert!(needs.windows(2).all(apart), "{needs:?}");
                let there = |range: &NodeRange| range.end <= size >> (8 * u32::from(range.level));
                assert!(needs.iter().all(there), "{needs:?} of {size}");
            }
        }
    }
}

#[test]
fn a_node_that_was_not_read_is_named() {
    let log = Log::of(600);
    let plan = Plan::inclusion(300, 600).unwrap();
    let range = |level: Level, start, end| NodeRange { level, start, end };
    let needs = vec![range(0, 256, 300), range(0, 301, 600), range(1, 0, 1)];
    assert_eq!(plan.needs(), needs);
    let read = |left_out: (Level, u64)| -> Nodes {
        let indices = needs
            .iter()
            .flat_map(|range| (range.start..range.end).map(move |index| (range.level, index)));
        let others = indices.filter(|at| *at != left_out);
        others.map(|(level, index)| (level, index, log.node(level, index).unwrap())).collect()
    };
    for (level, index) in [(1, 0), (0, 256), (0, 299), (0, 599)] {
        let refused = plan.hashes(&read((level, index)));
        assert_eq!(refused, Err(MissingNode { level, index }));
    }
}

#[test]
fn there_is_no_plan_for_what_is_not_in_the_tree() {
    for (asked, size) in [(0, 0), (7, 7), (u64::MAX, 7), (u64::MAX, u64::MAX)] {
        assert_eq!(Plan::inclusion(asked, size), Err(NotInTree { asked, size }));
    }
    for (asked, size) in [(1, 0), (8, 7), (u64::MAX, 7)] {
        assert_eq!(Plan::consistency(asked, size), Err(NotInTree { asked, size }));
    }
    assert!(Plan::consistency(0, u64::MAX).unwrap().needs().is_empty());
    assert!(Plan::root(0).needs().is_empty());
}
