//! Who is told of a login, and what this node knows of it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use countersign_protocol::{Instant, LoginId, MspId, TenantId};
use moka::sync::Cache;
use tokio::{sync::watch, time::Instant as Timer};

use super::{
    AddressBook, DeliveryParts, alert::Telling, allowance::Allowance, lane::Lane, order::Order,
};
use crate::{
    ambient::{Clock, Random},
    audit::Observe,
    domain::{Actor, Entity, Fact, Occasion, facts::push_channel},
    guards::{Marks, PushBudgets},
    metrics::Metrics,
    push::{Channel, Kind, Language, Notice, Wanted},
    store::devices::Announced,
    wake::Hub,
};

/// How many notices a channel sends at once.
const AT_ONCE: usize = 256;
/// Of how many logins, and for how long, it is remembered that they have ended, or which channel took them: longer
/// than any login lives.
const MOST: u64 = 100_000;
const MEMORY: Duration = Duration::from_secs(15 * 60);

/// What the tasks of a delivery share.
pub(super) struct Desk {
    pub(super) lanes: BTreeMap<&'static str, Arc<Lane>>,
    pub(super) order: Order,
    pub(super) book: Arc<dyn AddressBook>,
    pub(super) budgets: Arc<dyn PushBudgets>,
    pub(super) told: Arc<dyn Marks>,
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
    observer: Arc<dyn Observe>,
    /// When the node stops, once that is known.
    pub(super) stop: watch::Sender<Option<Timer>>,
}

impl Desk {
    pub(super) fn new(parts: DeliveryParts) -> Self {
        let lane =
            |channel: Arc<dyn Channel>| (channel.name(), Arc::new(Lane::new(channel, AT_ONCE)));
        Self {
            lanes: parts.channels.into_iter().map(lane).collect(),
            order: Order::default(),
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
            observer: parts.observer,
            stop: watch::Sender::new(None),
        }
    }

    pub(super) async fn alert(self: Arc<Self>, msp: MspId, login: LoginId) {
        if self.has_ended(login) {
            return;
        }
        let Some(announced) = self.book.announced(msp, login).await else { return };
        if announced.waits_at(self.clock.now()) {
            self.tell(msp, login, announced, Kind::Alert);
        }
    }

    pub(super) async fn withdraw(self: Arc<Self>, msp: MspId, login: LoginId) {
        if let Some(announced) = self.book.announced(msp, login).await
            && self.told.is_marked(login.0).await
        {
            self.tell(msp, login, announced, Kind::Withdraw);
        }
    }

    /// Tells each phone by itself: one that fails does not spoil the others.
    fn tell(self: &Arc<Self>, msp: MspId, login: LoginId, announced: Announced, kind: Kind) {
        let Announced { tenant, technician, opened_at, expires_at, phones, .. } = announced;
        let is_alert = kind == Kind::Alert;
        let allowance = is_alert.then(|| Arc::new(Allowance::of(technician)));
        let wanted = match is_alert {
            true => self.until_over(login, expires_at),
            false => Wanted::default(),
        };
        for phone in phones {
            let Some(lane) = self.lanes.get(push_channel(&phone.push)).map(Arc::clone) else {
                continue;
            };
            if kind == Kind::Withdraw && !lane.channel.can_withdraw() {
                continue;
            }
            let language = Language::of_tag(&phone.language);
            let notice = Notice { kind, login, expires_at, language, wanted: wanted.clone() };
            let allowance = allowance.clone();
            let telling = Telling { msp, tenant, opened_at, phone, notice, allowance };
            match lane.place() {
                Some(place) => drop(tokio::spawn(telling.tell(Arc::clone(self), lane, place))),
                None => telling.failed(self, lane.channel.name(), "queue_full", 0),
            }
        }
    }

    /// Wanted until this node learns that the login is over.
    fn until_over(self: &Arc<Self>, login: LoginId, expires_at: Instant) -> Wanted {
        let desk = Arc::clone(self);
        Wanted::while_so(move || !desk.has_ended(login) && desk.clock.now() < expires_at)
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
        self.observer.observe(event);
    }

    /// Ends when it is known that the node stops before then.
    pub(super) async fn stops_before(&self, then: Timer) {
        let mut stop = self.stop.subscribe();
        // The sender is our own and lives, so the wait can't fail.
        let _ = stop.wait_for(|stop| stop.is_some_and(|stop| stop <= then)).await;
    }
}
