//! Identical observations past a quota are counted in one event instead of being kept one by one, so that a flood
//! can't fill the disk.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use countersign_protocol::Instant;

use crate::domain::{Actor, Entity, Event, Fact};

/// How many identical observations are kept in a window.
const KEPT: u64 = 20;
/// How long a window is.
pub(super) const WINDOW: Duration = Duration::from_secs(60);
/// How many different observations are told apart in a window; the others of an msp count as one.
const APART: usize = 10_000;

/// The observations of the present window.
#[derive(Default)]
pub(super) struct Quotas {
    since: Option<Instant>,
    seen: HashMap<u64, Seen>,
}

struct Seen {
    count: u64,
    first: Event,
}

/// What was counted.
pub(super) struct Counted {
    /// The first of them.
    pub(super) first: Event,
    /// How many were not kept.
    pub(super) more: u64,
}

/// Two observations are identical if they say the same of the same: by the same actor, about the same entity.
fn key(event: &Event) -> u64 {
    let mut hasher = DefaultHasher::new();
    event.msp.hash(&mut hasher);
    event.fact.word().hash(&mut hasher);
    event.about.outcome.hash(&mut hasher);
    event.entity.id().hash(&mut hasher);
    // Not Hash, and short.
    format!("{:?}", event.actor).hash(&mut hasher);
    hasher.finish()
}

impl Quotas {
    /// True if this one is kept; otherwise it was counted.
    pub(super) fn keeps(&mut self, event: &Event) -> bool {
        self.since.get_or_insert(event.at);
        let mut key = key(event);
        if self.seen.len() >= APART && !self.seen.contains_key(&key) {
            key = event.msp.0.as_u64_pair().1;
        }
        let seen = self.seen.entry(key).or_insert_with(|| Seen { count: 0, first: event.clone() });
        seen.count += 1;
        seen.count <= KEPT
    }

    /// Ends the window, if its time has come: what was counted in it.
    pub(super) fn end(&mut self, now: Instant) -> (Instant, Vec<Counted>) {
        let Some(since) = self.since.filter(|since| now >= *since + WINDOW) else {
            return (now, Vec::new());
        };
        (since, self.close())
    }

    /// Ends the window now.
    pub(super) fn close(&mut self) -> Vec<Counted> {
        self.since = None;
        let counted = self.seen.drain().map(|(_, seen)| seen);
        let beyond = counted.filter(|seen| seen.count > KEPT);
        beyond.map(|seen| Counted { first: seen.first, more: seen.count - KEPT }).collect()
    }
}

impl Counted {
    /// The fact that stands for all of them.
    pub(super) fn fact(&self, since: Instant) -> Fact {
        Fact::ObservationsCounted {
            of: self.first.fact.word().to_owned(),
            outcome: self.first.about.outcome.clone(),
            more: self.more,
            since,
        }
    }

    /// Whom and what they were about.
    pub(super) fn entity(&self) -> (Entity, Actor) {
        (self.first.entity, self.first.actor.clone())
    }
}
