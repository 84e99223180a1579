//! The tree over the leaves, against the checkpoints that were signed over it.

use std::collections::BTreeMap;

use countersign_protocol::audit::{Frontier, Hash, Level};

use super::finding::{Finding, Kind};

/// A root that the tree must have.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) root: Hash,
    /// The origin that signed it; `None` for one that the log doesn't know.
    pub(super) generation: Option<i32>,
    /// Somebody kept it elsewhere.
    pub(super) given: bool,
}

/// A root that the tree has not.
#[derive(Clone, Debug)]
pub(super) struct Wrong {
    /// The size of the last root that was right.
    pub(super) from: u64,
    pub(super) size: u64,
    pub(super) due: Due,
}

/// The tree so far.
#[derive(Default)]
pub(super) struct Tree {
    frontier: Frontier,
    due: BTreeMap<u64, Vec<Due>>,
    wrong: Vec<Wrong>,
    last_good: u64,
    broken: bool,
    completed: Vec<(Level, u64, Hash)>,
    pub(super) checked: u64,
}

/// Wrong roots that are kept.
const WRONG: usize = 1000;

impl Tree {
    /// The tree must have this root at this size.
    pub(super) fn expect(&mut self, size: u64, due: Due) {
        self.due.entry(size).or_default().push(due);
    }

    /// Checks the roots at the present size.
    pub(super) fn check(&mut self) {
        let size = self.frontier.size();
        if self.broken || self.due.first_key_value().is_none_or(|(first, _)| *first > size) {
            return;
        }
        let Some(dues) = self.due.remove(&size) else { return };
        let root = self.frontier.root();
        for due in dues {
            if due.root == root {
                self.checked += 1;
                self.last_good = size;
            } else if self.wrong.len() < WRONG {
                self.wrong.push(Wrong { from: self.last_good, size, due });
            }
        }
    }

    /// Appends a leaf, and checks the roots there.
    pub(super) fn push(&mut self, leaf: Hash) {
        if self.broken {
            return;
        }
        let completed = &mut self.completed;
        self.frontier.push(leaf, |level, index, hash| completed.push((level, index, hash)));
        self.check();
    }

    /// An entry is missing: from here on there is no tree to compare.
    pub(super) fn break_off(&mut self) {
        self.broken = true;
    }

    pub(super) fn frontier(&self) -> Option<&Frontier> {
        (!self.broken).then_some(&self.frontier)
    }

    /// Compares the nodes that were completed with those that are stored.
    pub(super) fn compare(&mut self, stored: Option<Vec<(Level, u64, Hash)>>) -> Option<Finding> {
        let mut completed = std::mem::take(&mut self.completed);
        let mut stored = stored.filter(|_| !self.broken)?;
        completed.sort_unstable();
        stored.sort_unstable();
        if completed == stored {
            return None;
        }
        let differing = |one: &[(Level, u64, Hash)], other: &[(Level, u64, Hash)]| {
            one.iter().find(|node| other.binary_search(node).is_err()).copied()
        };
        let (level, index, _) =
            differing(&completed, &stored).or_else(|| differing(&stored, &completed))?;
        let leaves = 1_u64.checked_shl(u32::from(level) * 8).unwrap_or(u64::MAX);
        let from = index.saturating_mul(leaves);
        let detail = format!("the stored node {index} of level {level} is not the tree's");
        Some(Finding::between(from, from.saturating_add(leaves - 1), Kind::NodeChanged, detail))
    }

    /// Roots of sizes that the tree does not have, smallest first.
    pub(super) fn beyond(&self) -> impl Iterator<Item = (u64, &Due)> {
        let reached = self.frontier.size();
        let beyond = self.due.range(reached + 1..);
        beyond.flat_map(|(size, dues)| dues.iter().map(move |due| (*size, due)))
    }

    /// Roots that the tree has not, and what that says, where it says something.
    pub(super) fn wrong(&self, mut is_excused: impl FnMut(&Wrong) -> bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut rewritten = false;
        for wrong in &self.wrong {
            if is_excused(wrong) {
                continue;
            }
            let Wrong { from, size, due } = wrong;
            // A later root that is right covers the beginning too: then the log is what was signed later.
            if !due.given && self.last_good > *size {
                let detail = format!(
                    "the stored checkpoint over {size} entries has another root than they have"
                );
                let last = size.saturating_sub(1);
                findings.push(Finding::between(*from, last, Kind::CheckpointChanged, detail));
            } else if !std::mem::replace(&mut rewritten, true) {
                let whose = if due.given { "that was kept" } else { "that is stored" };
                let detail = format!(
                    "the log is not the one of the checkpoint over {size} entries {whose}; it was over the first {from}"
                );
                let last = size.saturating_sub(1);
                findings.push(Finding::between(*from, last, Kind::HistoryRewritten, detail));
            }
        }
        findings
    }
}
