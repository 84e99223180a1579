//! The end: what can only be told once every entry was seen.

use countersign_protocol::audit::Frontier;

use super::{
    finding::{Finding, Kind},
    item::{Head, Origin},
    report::{Loss, Report},
    tree::Wrong,
    verifier::{Reopened, Verifier},
};

/// How the entries ended.
#[derive(Clone, Debug)]
pub enum End {
    /// With the stored head.
    Head(Option<Head>),
    /// With an export's last line: the last position, and how many entries there were.
    Line {
        /// The last position, if there is any entry.
        through: Option<u64>,
        /// How many entries.
        entries: u64,
    },
    /// Without an end.
    Missing,
}

/// What the log's own entries say of checkpoints that are not over it.
#[derive(Default)]
struct Acknowledged {
    /// A restored backup was cut off in front of their ends.
    losses: Vec<Loss>,
    /// The log went past their ends before anybody said so.
    rewritings: Vec<Finding>,
}

/// A checkpoint over entries that the log has not.
#[derive(Clone, Copy)]
struct Beyond {
    size: u64,
    generation: Option<i32>,
    given: bool,
}

impl Verifier {
    /// Ends, and tells what came of it.
    #[must_use]
    pub fn finish(mut self, end: End) -> Report {
        self.close(end);
        let (missing, on_their_way) = self.entities.missing(self.recorded_at);
        let mut found: Vec<Finding> = missing;
        found.extend(self.prunings.unsaid());
        found.extend(self.approvals.without_keys());
        found.extend(self.unrecorded_origins());
        let mut acknowledged = Acknowledged::default();
        found.extend(self.beyond(&mut acknowledged));
        found.extend(self.missing_logs(&mut acknowledged));
        found.extend(self.tree.wrong(|wrong| self.is_acknowledged(wrong, &mut acknowledged)));
        let Acknowledged { mut losses, mut rewritings } = acknowledged;
        rewritings.dedup();
        found.extend(rewritings);
        found.into_iter().for_each(|finding| self.findings.add(finding));
        losses.dedup();
        let wrong = self.findings.all;
        Report {
            msp: self.log.msp,
            sound: wrong == 0,
            entries: self.entries,
            root: self.tree.frontier().map(Frontier::root),
            pruned: self.prunings.texts,
            checkpoints: self.tree.checked,
            approvals: self.approvals.verified,
            relying_party: self.relying_parties.id().map(str::to_owned),
            origins: self.relying_parties.seen(),
            on_their_way,
            losses,
            wrong,
            findings: self.findings.in_order(),
        }
    }

    /// The end must be where it is said to be.
    fn close(&mut self, end: End) {
        let found = match end {
            End::Missing => {
                Some(Finding::at(self.next, Kind::Truncated, "the export has no last line"))
            }
            End::Line { through, entries } => {
                let agrees = through.map_or(0, |through| through.saturating_add(1)) == self.next;
                (!agrees || entries != self.entries).then(|| {
                    let detail = format!("the export's last line speaks of {entries} entries");
                    Finding::at(self.next, Kind::Truncated, detail)
                })
            }
            End::Head(None) => (self.next > 0).then(|| {
                Finding::at(self.next, Kind::HeadChanged, "there are entries, and no head")
            }),
            End::Head(Some(head)) => self.compare(&head),
        };
        found.into_iter().for_each(|finding| self.findings.add(finding));
    }

    fn compare(&self, head: &Head) -> Option<Finding> {
        if head.size > self.next {
            let detail =
                format!("the head knows {} entries, and there are {}", head.size, self.next);
            return Some(Finding::between(self.next, head.size - 1, Kind::TailCut, detail));
        }
        let differs = match self.tree.frontier() {
            Some(tree) if head.size < self.next => {
                Some(format!("there are {} entries, and the head knows {}", tree.size(), head.size))
            }
            Some(tree) if tree.to_bytes() != head.frontier => {
                Some("the stored right edge is not the tree's".to_owned())
            }
            Some(_) if self.entries > 0 && head.recorded_at < self.recorded_at => {
                Some("the head was recorded before the last entry".to_owned())
            }
            _ => None,
        }?;
        Some(Finding::at(self.next, Kind::HeadChanged, differs))
    }

    /// Each origin but the first begins with an entry that says why.
    fn unrecorded_origins(&self) -> Vec<Finding> {
        let later = self.log.origins.iter().skip(1);
        let unrecorded = later.filter(|origin| self.acknowledged(origin).is_none());
        let found = unrecorded.map(|origin| {
            let name = origin.key.name();
            let detail = format!("the origin {name} begins here, and the entry does not say so");
            Finding::at(origin.from_size, Kind::OriginUnrecorded, detail)
        });
        found.collect()
    }

    /// The entry that opens this origin.
    fn acknowledged(&self, origin: &Origin) -> Option<&Reopened> {
        let reopened = self.reopened.get(&origin.from_size)?;
        let agrees =
            reopened.generation == origin.generation && reopened.restored_size == origin.from_size;
        agrees.then_some(reopened)
    }

    /// Checkpoints over more entries than there are: acknowledged, or not.
    fn beyond(&self, acknowledged: &mut Acknowledged) -> Vec<Finding> {
        let mut found = Vec::new();
        let reached = self.next;
        for (size, due) in self.tree.beyond() {
            let beyond = Beyond { size, generation: due.generation, given: due.given };
            match self.loss(beyond) {
                Some(loss) => acknowledged.losses.push(loss),
                None if size > reached => found.push(missing_tail(beyond, reached)),
                None => {}
            }
        }
        found
    }

    /// Of an origin that is not there, a reopening must tell.
    fn missing_logs(&self, acknowledged: &mut Acknowledged) -> Vec<Finding> {
        let mut found = Vec::new();
        for (name, size) in &self.unknown {
            let of_it =
                |reopened: &Reopened| reopened.old.as_ref().is_some_and(|old| old.origin == *name);
            let told = self.reopened.iter().filter(|(_, reopened)| of_it(reopened));
            let told = told.min_by_key(|(_, reopened)| reopened.restored_size);
            match (told, size) {
                (Some((at, reopened)), Some(size)) => {
                    acknowledged.add(name, *size, (*at, reopened));
                }
                (Some(_), None) => {}
                (None, _) => {
                    let detail = format!("there is no log of the name {name}");
                    found.push(Finding::of(Kind::LogMissing, detail));
                }
            }
        }
        found
    }

    /// How a checkpoint of an origin that ended with a restore is acknowledged.
    fn loss(&self, beyond: Beyond) -> Option<Loss> {
        let generation = beyond.generation?;
        let mut later = self.log.origins.iter();
        let next = later.find(|origin| origin.generation > generation)?;
        self.acknowledged(next)?;
        let own = self.log.origins.iter().find(|origin| origin.generation == generation)?;
        (beyond.size > next.from_size).then(|| Loss {
            origin: own.key.name().to_owned(),
            checkpoint_size: beyond.size,
            restored_size: next.from_size,
            acknowledged_at: next.from_size,
        })
    }

    /// A root of a lost log is no root of this one: of an origin that ended before, or the very checkpoint because of
    /// which the log was reopened.
    fn is_acknowledged(&self, wrong: &Wrong, acknowledged: &mut Acknowledged) -> bool {
        let Wrong { size, due, .. } = wrong;
        let beyond = Beyond { size: *size, generation: due.generation, given: due.given };
        if let Some(loss) = self.loss(beyond) {
            acknowledged.losses.push(loss);
            return true;
        }
        let named = self.reopened.iter().find_map(|(at, reopened)| {
            let old = reopened.old.as_ref()?;
            (old.size == *size && old.root == due.root).then_some((*at, reopened, old))
        });
        let Some((at, reopened, old)) = named else { return false };
        acknowledged.add(&old.origin, *size, (at, reopened));
        true
    }
}

impl Acknowledged {
    /// The entry at a position says that the log is not the one of this origin's checkpoint. Where the log was as long
    /// as the checkpoint by then, nothing was cut off: it had others in the places of the entries that are missing.
    fn add(&mut self, origin: &str, size: u64, (at, reopened): (u64, &Reopened)) {
        let restored_size = reopened.restored_size;
        if size > restored_size {
            self.losses.push(Loss {
                origin: origin.to_owned(),
                checkpoint_size: size,
                restored_size,
                acknowledged_at: at,
            });
            return;
        }
        let detail = format!(
            "the log is not the one of a checkpoint of {origin} over {size} entries: the entry at {at} says so, when \
             the log had {restored_size}. A backup was restored and signed nothing until then, or it was rewritten"
        );
        let last = size.saturating_sub(1);
        self.rewritings.push(Finding::between(0, last, Kind::RewritingAcknowledged, detail));
    }
}

fn missing_tail(beyond: Beyond, reached: u64) -> Finding {
    let (kind, whose) = if beyond.given {
        (Kind::RolledBack, "that was kept: this is an older copy of it, or its tail was cut")
    } else {
        (Kind::TailCut, "that is stored with it")
    };
    let size = beyond.size;
    let detail = format!("the log has {reached} entries, and a checkpoint over {size} {whose}");
    Finding::between(reached, size - 1, kind, detail)
}
