//! Texts may be missing only where an entry says that they were pruned.

use super::finding::{Finding, Kind};

/// Missing texts, and what was said about it.
#[derive(Default)]
pub(super) struct Prunings {
    /// Positions without a text, as ranges with both ends. Retention leaves few texts in between.
    missing: Vec<(u64, u64)>,
    /// What entries say was pruned.
    said: Vec<(u64, u64)>,
    pub(super) texts: u64,
}

impl Prunings {
    /// There is no text here.
    pub(super) fn missing(&mut self, position: u64) {
        self.texts += 1;
        match self.missing.last_mut() {
            Some((_, through)) if *through + 1 == position => *through = position,
            _ => self.missing.push((position, position)),
        }
    }

    /// The entry at `position` says that these were pruned.
    pub(super) fn said(&mut self, position: u64, from: u64, through: u64) {
        // Nobody prunes ahead.
        self.said.push((from, through.min(position.saturating_sub(1))));
    }

    /// What is missing without a word.
    pub(super) fn unsaid(&self) -> Vec<Finding> {
        let mut said = self.said.clone();
        said.sort_unstable();
        let mut found = Vec::new();
        for &(from, through) in &self.missing {
            let mut at = from;
            for &(begin, end) in &said {
                if begin <= at && at <= end {
                    at = end + 1;
                }
            }
            if at <= through {
                let detail = "the text is gone, and no pruning says so";
                found.push(Finding::between(at, through, Kind::BodyMissing, detail));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsaid(missing: &[u64], said: &[(u64, u64, u64)]) -> Vec<(Option<u64>, Option<u64>)> {
        let mut prunings = Prunings::default();
        missing.iter().for_each(|position| prunings.missing(*position));
        said.iter().for_each(|(at, from, through)| prunings.said(*at, *from, *through));
        prunings.unsaid().iter().map(|found| (found.position, found.through)).collect()
    }

    #[test]
    fn what_is_missing_must_be_said() {
        assert_eq!(unsaid(&[0, 1, 3], &[(9, 0, 3)]), []);
        assert_eq!(unsaid(&[0, 1, 2, 3], &[(9, 2, 3), (8, 0, 1)]), []);
        assert_eq!(unsaid(&[0, 1, 2, 3], &[(9, 0, 1)]), [(Some(2), Some(3))]);
        assert_eq!(unsaid(&[4], &[(9, 0, 3)]), [(Some(4), None)]);
        assert_eq!(unsaid(&[4], &[(4, 0, 9)]), [(Some(4), None)], "nobody prunes ahead");
    }
}
