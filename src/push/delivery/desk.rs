//! Who is told of a login, and what this node knows of it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use countersign_protocol::{Instant, LoginId, MspId, TechnicianId, TenantId};
use moka::sync::Cache;
use tokio::sync::mpsc;

use super::{AddressBook, DeliveryParts, alert::Telling, lane::Lane};
use crate::{
    ambient::{Clock, Random},
    domain::{Actor, Entity, Event, Fact, Occasion, facts::push_channel, push_budget::HeldBack},
    guards::{Marks, PushBudgets},
    metrics::Metrics,
    push::{Channel, Kind, Language, Notice},
    store::devices::Announced,
    wake::Hub,
};

/// How many notices a channel sends at once.
const AT_ONCE: usize = 256;
/// Of how many logins, and for how long, it is remembered that they have ended, or which channel took them: longer
/// than any login lives.
const MOST: u64 = 100_000;
const MEMORY: Duration = Duration::from_secs(15 * 60);

/// How a login ended, as far as its technician's budget goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Approved(TechnicianId),
    Denied,
    Otherwise,
}

/// What the tasks of a delivery share.
pub(super) struct Desk {
    pub(super) lanes: BTreeMap<&'static str, Arc<Lane>>,
    pub(super) book: Arc<dyn AddressBook>,
    budgets: Arc<dyn PushBudgets>,
    told: Arc<dyn Marks>,
    pub(super) hub: Hub,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) metrics: Arc<Metrics>,
    /// Logins that this node knows to be over.
    ended: Cache<LoginId, ()>,
    /// Logins whose end was committed here: an approved one that nobody takes ends a second time.
    withdrawn: Cache<LoginId, ()>,
    /// The channel that first took a login's alert.
    taken: Cache<LoginId, &'static str>,
    observations: mpsc::Sender<Event>,
}

impl Desk {
    pub(super) fn new(parts: DeliveryParts, observations: mpsc::Sender<Event>) -> Self {
        let lane =
            |channel: Arc<dyn Channel>| (channel.name(), Arc::new(Lane::new(channel, AT_ONCE)));
        Self {
            lanes: parts.channels.into_iter().map(lane).collect(),
            book: parts.book,
            budgets: parts.budgets,
            told: parts.told,
            hub: parts.hub,
            clock: parts.clock,
            random: parts.random,
            metrics: parts.metrics,
            ended: Cache::builder().max_capacity(MOST).time_to_live(MEMORY).build(),
            withdrawn: Cache::builder().max_capacity(MOST).time_to_live(MEMORY).build(),
            taken: Cache::builder().max_capacity(MOST).time_to_live(MEMORY).build(),
            observations,
        }
    }

    pub(super) async fn alert(self: Arc<Self>, msp: MspId, login: LoginId) {
        if self.has_ended(login) {
            return;
        }
        let Some(announced) = self.book.announced(msp, login).await else { return };
        let now = self.clock.now();
        if !announced.waits_at(now) {
            return;
        }
        if let Err(why) = self.budgets.take(announced.technician, now).await {
            self.held_back(msp, login, &announced, why);
            return;
        }
        // Before anything is sent: whoever decides withdraws only what was begun.
        self.told.mark(login.0).await;
        self.tell(msp, login, announced, Kind::Alert);
    }

    /// The technician approved: their phones may be told again.
    pub(super) async fn succeeded(&self, technician: TechnicianId) {
        self.budgets.succeeded(technician).await;
    }

    pub(super) async fn withdraw(self: Arc<Self>, msp: MspId, login: LoginId, ending: Ending) {
        let announced = self.book.announced(msp, login).await;
        if let (Ending::Denied, Some(announced)) = (ending, &announced) {
            self.budgets.denied(announced.technician, self.clock.now()).await;
        }
        if let Some(announced) = announced
            && self.told.is_marked(login.0).await
        {
            self.tell(msp, login, announced, Kind::Withdraw);
        }
    }

    /// Tells each phone by itself: one that fails does not spoil the others.
    fn tell(self: &Arc<Self>, msp: MspId, login: LoginId, announced: Announced, kind: Kind) {
        let Announced { tenant, opened_at, expires_at, phones, .. } = announced;
        for phone in phones {
            let Some(lane) = self.lanes.get(push_channel(&phone.push)).map(Arc::clone) else {
                continue;
            };
            if kind == Kind::Withdraw && !lane.channel.can_withdraw() {
                continue;
            }
            let language = Language::of_tag(&phone.language);
            let notice = Notice { kind, login, expires_at, language };
            let telling = Telling { msp, tenant, opened_at, phone, notice };
            match lane.place() {
                Some(place) => drop(tokio::spawn(telling.tell(Arc::clone(self), lane, place))),
                None => telling.failed(self, lane.channel.name(), "queue_full", 0),
            }
        }
    }

    fn held_back(&self, msp: MspId, login: LoginId, announced: &Announced, why: HeldBack) {
        self.metrics.push_fate("", why.word());
        let technician = announced.technician;
        let fact = Fact::PushHeldBack { technician, reason: why.word().to_owned() };
        let sentence = "a technician's phones were not told of a login";
        self.observe(msp, announced.tenant, login, sentence, fact);
    }

    /// True once this node knows that the login is over.
    pub(super) fn has_ended(&self, login: LoginId) -> bool {
        self.ended.contains_key(&login)
    }

    /// The login's end was committed here; `false` if an end of it was before.
    pub(super) fn ended_first(&self, login: LoginId) -> bool {
        self.learned_end(login);
        self.withdrawn.entry(login).or_insert(()).is_fresh()
    }

    /// This node has learned that the login is over.
    pub(super) fn learned_end(&self, login: LoginId) {
        self.ended.insert(login, ());
    }

    pub(super) fn accepted_by(&self, login: LoginId, channel: &'static str) {
        self.taken.entry(login).or_insert(channel);
    }

    /// Measures how long after its opening something happened to a login that a channel took.
    pub(super) fn took(&self, login: LoginId, what: &'static str, after: Duration) {
        if let Some(channel) = self.taken.get(&login) {
            self.metrics.push_took(channel, what, after);
        }
    }

    /// Sends an observation on its way to the record.
    pub(super) fn observe(
        &self,
        msp: MspId,
        tenant: TenantId,
        login: LoginId,
        sentence: &str,
        fact: Fact,
    ) {
        let at: Instant = self.clock.now();
        let occasion = Occasion { at, msp, tenant: Some(tenant), actor: Actor::Service };
        let event = occasion.event(self.random.id(at), Entity::Login(login), 0, sentence, fact);
        if self.observations.try_send(event).is_err() {
            self.metrics.push_fate("", "unrecorded");
        }
    }
}
