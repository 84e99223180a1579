//! The verifier: batches in, a report out.

use std::collections::BTreeMap;

use countersign_protocol::audit::{Checkpoint, LogKey};

use super::{
    approvals::Approvals,
    entities::{Entities, Place},
    expected::{Expected, checkpoint},
    finding::{Finding, Findings, Kind},
    item::{Batch, Log, Origin, StoredNote},
    judge::{Judged, judge},
    parallel,
    prunings::Prunings,
    relying_party::RelyingParties,
    text::{Matter, Said},
    tree::{Due, Tree},
};

/// Checks a log. See the module's documentation.
pub struct Verifier {
    pub(super) log: Log,
    pub(super) threads: usize,
    pub(super) relying_parties: RelyingParties,
    pub(super) tree: Tree,
    pub(super) entities: Entities,
    pub(super) approvals: Approvals,
    pub(super) prunings: Prunings,
    pub(super) findings: Findings,
    pub(super) reopened: BTreeMap<u64, Reopened>,
    /// Kept checkpoints and keys of logs that are not there.
    pub(super) unknown: Vec<(String, Option<u64>)>,
    pub(super) next: u64,
    pub(super) entries: u64,
    pub(super) recorded_at: i64,
}

/// What an entry says of a reopening.
pub(super) struct Reopened {
    pub(super) generation: i32,
    pub(super) restored_size: u64,
    /// Origin, size and root of the acknowledged checkpoint.
    pub(super) old: Option<Checkpoint>,
}

impl Verifier {
    /// Begins with what is known of the log, here and elsewhere.
    #[must_use]
    pub fn new(log: Log, expected: &Expected, relying_parties: RelyingParties) -> Self {
        let mut verifier = Self {
            threads: parallel::threads(),
            relying_parties,
            tree: Tree::default(),
            entities: Entities::default(),
            approvals: Approvals::default(),
            prunings: Prunings::default(),
            findings: Findings::default(),
            reopened: BTreeMap::new(),
            unknown: Vec::new(),
            next: 0,
            entries: 0,
            recorded_at: 0,
            log,
        };
        verifier.expect(expected);
        verifier.tree.check();
        verifier
    }

    /// How many entries were looked at.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// There is an entry behind the head.
    pub(super) fn stray(&mut self, position: u64) {
        let detail = "the entry stands behind the head of the log";
        self.findings.add(Finding::at(position, Kind::HeadChanged, detail));
    }

    fn origin(&self, name: &str) -> Option<&Origin> {
        self.log.origins.iter().find(|origin| origin.key.name() == name)
    }

    /// Keys and checkpoints that were kept elsewhere.
    fn expect(&mut self, expected: &Expected) {
        let (mut found, mut due, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        for key in &expected.keys {
            if self.origin(key.name()).is_none() {
                unknown.push((key.name().to_owned(), None));
            }
            if self.origin(key.name()).is_some_and(|origin| origin.key != *key) {
                let detail = format!("the log {} has another key than {key}", key.name());
                found.push(Finding::of(Kind::LogKeyReplaced, detail));
            }
        }
        for note in &expected.notes {
            let Some(read) = checkpoint(note) else { continue };
            let kept = expected.keys.iter().find(|key| key.name() == read.origin);
            let origin = self.origin(&read.origin);
            if origin.is_none() {
                unknown.push((read.origin.clone(), Some(read.size)));
                continue;
            }
            let Some(key) = kept.or(origin.map(|origin| &origin.key)) else { continue };
            if let Err(why) = key.open(note) {
                let (name, size) = (&read.origin, read.size);
                let detail = format!(
                    "a kept checkpoint over {size} entries bears the name {name}, and not the signature of its key: {why}"
                );
                found.push(Finding::of(Kind::LogKeyReplaced, detail));
                continue;
            }
            let generation = origin.map(|origin| origin.generation);
            due.push((read.size, Due { root: read.root, generation, given: true }));
        }
        found.into_iter().for_each(|finding| self.findings.add(finding));
        due.into_iter().for_each(|(size, due)| self.tree.expect(size, due));
        self.unknown = unknown;
    }

    /// Takes the next entries.
    pub fn take(&mut self, batch: Batch) {
        let (msp, origins) = (self.log.msp, &self.log.origins);
        let opened = parallel::map(&batch.notes, self.threads, |note| opened(note, origins));
        for due in opened {
            match due {
                Ok((size, due)) => self.tree.expect(size, due),
                Err(finding) => self.findings.add(finding),
            }
        }
        self.tree.check();
        let judged = parallel::map(&batch.items, self.threads, |item| judge(item, msp));
        for judged in judged {
            match judged {
                Ok(judged) => self.follow(judged),
                Err(why) => self.findings.add(Finding::at(self.next, Kind::Malformed, why)),
            }
        }
        if let Some(finding) = self.tree.compare(batch.nodes) {
            self.findings.add(finding);
        }
        for finding in self.approvals.verify(self.threads) {
            self.findings.add(finding);
        }
    }

    /// One entry, behind the one before it.
    fn follow(&mut self, judged: Judged) {
        let Judged { position, leaf, recorded_at, said, pruned, faults } = judged;
        if position != self.next {
            self.findings.add(if position > self.next {
                let (from, through) = (self.next, position - 1);
                Finding::between(from, through, Kind::EntryDeleted, "no entry has this position")
            } else {
                Finding::at(position, Kind::EntryMoved, "the position stands behind a later one")
            });
            self.tree.break_off();
        }
        self.next = position.saturating_add(1).max(self.next);
        self.entries += 1;
        self.tree.push(leaf);
        for (kind, detail) in faults {
            self.findings.add(Finding::at(position, kind, detail));
        }
        if let Some(at) = recorded_at {
            if at < self.recorded_at {
                let detail = "it was recorded before the entry in front of it";
                self.findings.add(Finding::at(position, Kind::TimeWentBack, detail));
            }
            self.recorded_at = at.max(self.recorded_at);
        }
        if pruned {
            self.prunings.missing(position);
            self.entities.pruned(position);
        }
        if let Some(said) = said {
            self.heed(said, Place { position, recorded_at: self.recorded_at });
        }
    }

    /// What an entry says.
    fn heed(&mut self, said: Said, place: Place) {
        let position = place.position;
        let Said { entity, version, ends, matter, .. } = said;
        let doubled = self.entities.see(entity, version, ends, place);
        let forged = match matter {
            Matter::None => None,
            Matter::Enrolled(enrolment) => self.approvals.enrolled(position, *enrolment),
            Matter::Approved(approval) => match self.relying_parties.judge(&approval.evidence) {
                Ok(()) => self.approvals.approved(position, *approval),
                Err(why) => Some(Finding::at(position, Kind::ApprovalForged, why)),
            },
            Matter::Forged(why) => Some(Finding::at(position, Kind::ApprovalForged, why)),
            Matter::Pruned { from, through } => {
                self.prunings.said(position, from, through);
                None
            }
            Matter::Reopened { generation, old_checkpoint, restored_size } => {
                let old = old_checkpoint.as_deref().and_then(checkpoint);
                self.reopened.insert(position, Reopened { generation, restored_size, old });
                None
            }
        };
        doubled.into_iter().chain(forged).for_each(|finding| self.findings.add(finding));
    }
}

/// The root that a stored checkpoint tells.
fn opened(stored: &StoredNote, origins: &[Origin]) -> Result<(u64, Due), Finding> {
    let found = |at: u64, why: &str| {
        let detail = format!("a stored checkpoint {why}");
        Err(Finding::at(at, Kind::CheckpointChanged, detail))
    };
    let filed_at = stored.filed.map_or(0, |(_, size)| size);
    let Some(read) = checkpoint(&stored.note) else {
        return found(filed_at, "can't be read");
    };
    let Some(origin) = origins.iter().find(|origin| origin.key.name() == read.origin) else {
        return found(filed_at, &format!("bears another name, {}", read.origin));
    };
    if stored.filed.is_some_and(|filed| filed != (origin.generation, read.size)) {
        return found(filed_at, "stands where another one belongs");
    }
    let key: &LogKey = &origin.key;
    match key.open(&stored.note) {
        Ok(_) => {
            let generation = Some(origin.generation);
            Ok((read.size, Due { root: read.root, generation, given: false }))
        }
        Err(why) => found(read.size, &format!("over {} entries: {why}", read.size)),
    }
}
