//! One step of one actor: its instant, its ids, its events.

use std::sync::Arc;

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
    pub(super) random: Arc<dyn Random>,
}

impl Moment {
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

    /// A fresh id.
    #[must_use]
    pub fn id<Id: From<Uuid>>(&self) -> Id {
        self.random.id(self.occasion.at)
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
