//! Identical observations past a quota are counted in one event instead of being kept one by one, so that a flood
//! can't fill the disk.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use countersign_protocol::{Instant, MspId};

use crate::domain::{About, Actor, Entity, Event, Fact};

/// How many identical observations are kept in a window.
const KEPT: u64 = 20;
/// How long a window is.
pub(super) const WINDOW: Duration = Duration::from_secs(60);
/// How many different observations of an msp are told apart in a window, whatever there is of other msps; the rest of
/// them count as one.
const APART: usize = 1000;

/// The observations of the present window.
#[derive(Default)]
pub(super) struct Quotas {
    since: Option<Instant>,
    seen: HashMap<u64, Seen>,
    /// How many are told apart.
    apart: HashMap<MspId, usize>,
    hasher: RandomState,
}

struct Seen {
    count: u64,
    first: Event,
    /// False for the remainder of an msp's: too many to be told apart.
    alike: bool,
}

/// What was counted.
pub(super) struct Counted {
    /// The first of them.
    pub(super) first: Event,
    /// How many were not kept.
    pub(super) more: u64,
    alike: bool,
}

impl Quotas {
    /// True if this one is kept; otherwise it was counted.
    pub(super) fn keeps(&mut self, event: &Event) -> bool {
        self.since.get_or_insert(event.at);
        let mut key = self.key(event);
        let known = self.seen.contains_key(&key);
        let apart = self.apart.entry(event.msp).or_default();
        let alike = known || *apart < APART;
        if !alike {
            key = self.hasher.hash_one(event.msp);
        } else if !known {
            *apart += 1;
        }
        let first = || Seen { count: 0, first: event.clone(), alike };
        let seen = self.seen.entry(key).or_insert_with(first);
        seen.count += 1;
        seen.count <= KEPT
    }

    /// Two observations are identical if they say the same of the same: by the same actor, about the same entity. A
    /// key that is nobody's yet costs nothing to make, so that all of those are one actor.
    fn key(&self, event: &Event) -> u64 {
        // Not Hash, and short.
        let actor = match &event.actor {
            Actor::Key { .. } => String::new(),
            actor => format!("{actor:?}"),
        };
        let what = (event.fact.word(), &event.about.outcome);
        self.hasher.hash_one((event.msp, what, event.entity.id(), actor))
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
        self.apart.clear();
        let counted = self.seen.drain().map(|(_, seen)| seen);
        let beyond = counted.filter(|seen| seen.count > KEPT);
        let counted = |Seen { count, first, alike }| Counted { first, more: count - KEPT, alike };
        beyond.map(counted).collect()
    }
}

impl Counted {
    /// The fact that stands for all of them.
    pub(super) fn fact(&self, since: Instant) -> Fact {
        let (of, outcome) = match self.alike {
            true => (self.first.fact.word(), self.first.about.outcome.clone()),
            false => ("various", None),
        };
        Fact::ObservationsCounted { of: of.to_owned(), outcome, more: self.more, since }
    }

    /// The sentence that stands for all of them.
    pub(super) fn sentence(&self) -> String {
        match self.alike {
            true => format!("{} more times: {}", self.more, self.first.sentence),
            false => format!("{} more observations of various kinds", self.more),
        }
    }

    /// Whom and what they were about; of those not told apart, the msp.
    pub(super) fn entity(&self) -> (Entity, Actor) {
        match self.alike {
            true => (self.first.entity, self.first.actor.clone()),
            false => (Entity::Msp(self.first.msp), Actor::Service),
        }
    }

    /// Whom and what else they concern.
    pub(super) fn about(&self) -> Option<About> {
        self.alike.then(|| self.first.about.clone())
    }
}

#[cfg(test)]
mod tests {
    use countersign_protocol::{EventId, TechnicianId};
    use uuid::Uuid;

    use super::*;
    use crate::domain::Occasion;

    fn refused(of: u128, actor: Actor) -> Event {
        refused_at(1, of, actor)
    }

    fn refused_at(msp: u128, of: u128, actor: Actor) -> Event {
        let at = Instant::from_unix_millis(1_000_000);
        let occasion = Occasion { at, msp: MspId(Uuid::from_u128(msp)), tenant: None, actor };
        let [method, route, code] = ["GET", "/", "invalid_token"].map(str::to_owned);
        let fact = Fact::RequestRefused { method, route, code };
        let entity = Entity::Technician(TechnicianId(Uuid::from_u128(of)));
        occasion.event(EventId(Uuid::from_u128(of)), entity, 0, "a request was refused", fact)
    }

    #[test]
    fn a_flood_by_keys_that_are_nobodys_is_counted_as_one() {
        let mut quotas = Quotas::default();
        let kept =
            (0..1000).filter(|n| quotas.keeps(&refused(7, Actor::Key { jkt: n.to_string() })));
        assert_eq!(kept.count() as u64, KEPT);
        let counted = quotas.close();
        assert_eq!(counted.len(), 1);
        assert_eq!(counted[0].more, 1000 - KEPT);
        assert_eq!(counted[0].sentence(), "980 more times: a request was refused");
    }

    #[test]
    fn what_is_too_much_to_be_told_apart_is_counted_as_various() {
        let mut quotas = Quotas::default();
        let apart = APART as u128;
        let kept = (0..2 * apart).filter(|of| quotas.keeps(&refused(*of, Actor::Service)));
        assert_eq!(kept.count(), APART + usize::try_from(KEPT).unwrap());
        assert_eq!(quotas.seen.len(), APART + 1);
        let counted = quotas.close();
        assert_eq!((counted.len(), counted[0].more), (1, APART as u64 - KEPT));
        let Fact::ObservationsCounted { of, outcome, .. } =
            counted[0].fact(Instant::from_unix_millis(0))
        else {
            panic!("counted")
        };
        assert_eq!((of.as_str(), outcome), ("various", None));
        assert_eq!(counted[0].sentence(), "980 more observations of various kinds");
    }

    #[test]
    fn a_flood_at_one_msp_leaves_another_s_observations_apart() {
        let mut quotas = Quotas::default();
        for of in 0..20_000 {
            quotas.keeps(&refused_at(1, of, Actor::Service));
        }
        let kept = (0..100).filter(|of| quotas.keeps(&refused_at(2, *of, Actor::Service)));
        assert_eq!(kept.count(), 100);
        let counted = quotas.close();
        assert_eq!(counted.len(), 1);
        assert_eq!(counted[0].first.msp, MspId(Uuid::from_u128(1)));
        // In the next window, everybody has all of it again.
        assert!((0..100).all(|of| quotas.keeps(&refused_at(1, 50_000 + of, Actor::Service))));
    }
}
