//! One step of one actor: its instant, its ids, its events.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use countersign_protocol::{Instant, MspId, TenantId};
use uuid::Uuid;

use crate::{
    ambient::Random,
    domain::{Entity, Event, Fact, Occasion},
};

/// The instant and actor that all ids and events of a step share. Cheap to move into a transaction.
#[derive(Clone)]
pub struct Moment {
    /// When, who and whose.
    pub occasion: Occasion,
    random: Arc<dyn Random>,
    ids: Arc<AtomicU16>,
}

impl Moment {
    /// The step begins.
    #[must_use]
    pub(super) fn new(occasion: Occasion, random: Arc<dyn Random>) -> Self {
        let [first]: [u8; 1] = random.bytes();
        Self { occasion, random, ids: Arc::new(AtomicU16::new(first.into())) }
    }

    /// When.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.occasion.at
    }

    /// Whose log.
    #[must_use]
    pub fn msp(&self) -> MspId {
        self.occasion.msp
    }

    /// A fresh id, greater than those that this step made before (while they are fewer than 3,840): what a step
    /// wrote lists in the order in which it was written.
    #[must_use]
    pub fn id<Id: From<Uuid>>(&self) -> Id {
        let next = |ids: u16| Some(ids.saturating_add(1));
        let before = self.ids.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        self.random.nth_id(self.occasion.at, before.unwrap_or(u16::MAX))
    }

    /// Unpredictable bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        self.random.bytes()
    }

    /// The source of randomness.
    #[must_use]
    pub fn random(&self) -> &dyn Random {
        &*self.random
    }

    /// An event of this step, with `version` of `entity` after it.
    #[must_use]
    pub fn event(
        &self,
        entity: Entity,
        version: i64,
        sentence: impl Into<String>,
        fact: Fact,
    ) -> Event {
        self.occasion.event(self.id(), entity, version, sentence, fact)
    }

    /// An event of this step that concerns `tenant`.
    #[must_use]
    pub fn event_at(
        &self,
        tenant: TenantId,
        entity: Entity,
        version: i64,
        sentence: impl Into<String>,
        fact: Fact,
    ) -> Event {
        Event { tenant: Some(tenant), ..self.event(entity, version, sentence, fact) }
    }
}
