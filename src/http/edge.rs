//! What the frame around all routes needs.

use std::sync::Arc;

use uuid::Uuid;

use super::{Drain, TrustedProxies};
use crate::{
    ambient::{Clock, Random},
    metrics::Metrics,
};

/// App data of the whole HTTP interface; handlers' own state stands beside it.
pub struct Edge {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids.
    pub random: Arc<dyn Random>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Who is believed about a caller's network address.
    pub proxies: TrustedProxies,
    /// Whether the node is shutting down.
    pub drain: Drain,
}

impl Edge {
    pub(super) fn request_id(&self) -> Uuid {
        self.random.id(self.clock.now())
    }
}

#[cfg(test)]
impl Edge {
    /// An edge for tests, with the system's randomness and a clock that stands still.
    pub(super) fn standing() -> Self {
        use countersign_protocol::Instant;

        use crate::ambient::{ManualClock, SystemRandom};

        Self {
            clock: Arc::new(ManualClock::standing_at(Instant::from_unix_millis(1_795_340_460_000))),
            random: Arc::new(SystemRandom::new()),
            metrics: Arc::new(Metrics::new()),
            proxies: TrustedProxies::default(),
            drain: Drain::default(),
        }
    }
}
