//! What every use case works with.

use std::sync::Arc;

use countersign_protocol::{Instant, ProblemCode};
use uuid::Uuid;

use super::{Moment, states::Turns};
use crate::{
    ambient::{Clock, Random},
    audit::{Backlog, Observe, Observer, Webhooks},
    auth::{Issuer, KeyRing, RelyingParty, SigningKeys},
    config::Settings,
    domain::{Actor, Entity, Fact, Failure, Occasion, Refusal},
    guards::{Limiter, Marks, Quota, Replay},
    push::Pushes,
    store::{Scope, Store},
    wake::{Hub, REVOCATIONS, Revoked, Wake},
};

/// The service's parts, as the use cases see them.
pub struct Context {
    /// The settings.
    pub settings: Settings,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes.
    pub random: Arc<dyn Random>,
    /// The database.
    pub store: Arc<Store>,
    /// Seals and tags.
    pub keys: Arc<KeyRing>,
    /// Signs grants and the key set.
    pub signing: Arc<SigningKeys>,
    /// Issues and verifies access tokens.
    pub issuer: Issuer,
    /// Passkeys.
    pub relying_party: RelyingParty,
    /// Where clients of this node park.
    pub hub: Hub,
    /// Who reads a state document when.
    pub turns: Turns,
    /// Wakes parked clients, on every node.
    pub wake: Arc<dyn Wake>,
    /// Who lost their tokens.
    pub revoked: Arc<Revoked>,
    /// Proofs that were used.
    pub replay: Arc<dyn Replay>,
    /// Counts requests.
    pub limiter: Arc<dyn Limiter>,
    /// Which logins a phone has seen.
    pub sightings: Arc<dyn Marks>,
    /// Tells phones to look.
    pub pushes: Arc<dyn Pushes>,
    /// Records what changed nothing.
    pub observer: Arc<Observer>,
    /// How far the audit log is behind.
    pub backlog: Arc<Backlog>,
    /// Sends the audit log to msps' own servers.
    pub webhooks: Arc<Webhooks>,
}

impl Context {
    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A fresh id of `now`.
    #[must_use]
    pub fn id<Id: From<Uuid>>(&self, now: Instant) -> Id {
        self.random.id(now)
    }

    /// One step of `actor` within `scope`, now: it makes the step's ids and events.
    #[must_use]
    pub fn moment(&self, scope: Scope, actor: Actor) -> Moment {
        let at = self.now();
        let occasion = Occasion { at, msp: scope.msp, tenant: scope.tenant, actor };
        Moment::new(occasion, Arc::clone(&self.random))
    }

    /// Records that a caller was refused.
    pub fn observe_refusal(
        &self,
        scope: Scope,
        (actor, entity): (Actor, Entity),
        (method, route): (&str, &str),
        code: ProblemCode,
    ) {
        let sentence = format!("{method} {route} was refused: {}", code.as_str());
        let (method, route) = (method.to_owned(), route.to_owned());
        let fact = Fact::RequestRefused { method, route, code: code.as_str().to_owned() };
        self.observer.observe(self.moment(scope, actor).event(entity, 0, sentence, fact));
    }

    /// Takes one from a quota.
    ///
    /// # Errors
    /// `too_many_requests` with the time to come back.
    pub async fn take(&self, key: &str, per_minute: u32) -> Result<(), Failure> {
        let quota = Quota { per_minute, burst: per_minute };
        self.limiter.take(key, quota).await.map_err(|wait| Refusal::too_many(wait.0).into())
    }

    /// The service's public URL as issuer and prefix of routes: no slash at the end.
    #[must_use]
    pub fn public_url(&self) -> String {
        self.settings.server.public_url.as_str().trim_end_matches('/').to_owned()
    }
}

/// Tells everyone who waits for these that they were revoked, and every node to read the revocations now.
pub fn wake_revoked(wake: &dyn Wake, subjects: &[Uuid]) {
    let mut topics = subjects.to_vec();
    topics.push(REVOCATIONS);
    wake.wake(&topics);
}
