//! Takes note of what is committed, and sets the channels to work.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use countersign_protocol::{
    Entry, Instant, LoginId, MspId, TechnicianId, TenantId, wire::desktop::Outcome,
};
use moka::sync::Cache;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};

use super::{
    AddressBook, Announced, Pushes, Seen, alert::Telling, lane::Lane, record, record::WAITING,
};
use crate::{
    ambient::{Clock, Random},
    domain::{Actor, Entity, Event, Fact, Occasion, facts::push_channel, push_budget::HeldBack},
    guards::PushBudgets,
    metrics::Metrics,
    push::{Channel, Kind, Language, Notice},
    store::Committed,
    wake::Hub,
};

/// How many logins may wait for their phones to be looked up; 48 bytes each. More are not told, and counted.
const QUEUE: usize = 10_000;
/// How many look up their phones at once: fewer than the connections that requests use.
const LOOKING_UP: usize = 8;
/// How many notices a channel sends at once.
const AT_ONCE: usize = 256;
/// How long it is remembered that a login has ended, or which channel took it: longer than any login lives.
const MEMORY: Duration = Duration::from_secs(15 * 60);

/// What a delivery is made of.
pub struct DeliveryParts {
    /// The ways to phones.
    pub channels: Vec<Arc<dyn Channel>>,
    /// The book of phones.
    pub book: Arc<dyn AddressBook>,
    /// How often phones may be woken.
    pub budgets: Arc<dyn PushBudgets>,
    /// Tells when somebody decided.
    pub hub: Hub,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Event ids and jitter.
    pub random: Arc<dyn Random>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// The pushes of an installation with channels. Dropped, it stops.
pub struct Delivery {
    desk: Arc<Desk>,
    jobs: mpsc::Sender<Job>,
    tasks: [JoinHandle<()>; 2],
}

/// What the tasks of a delivery share.
pub(super) struct Desk {
    pub(super) lanes: BTreeMap<&'static str, Arc<Lane>>,
    pub(super) book: Arc<dyn AddressBook>,
    budgets: Arc<dyn PushBudgets>,
    pub(super) hub: Hub,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) metrics: Arc<Metrics>,
    /// Logins that this node knows to be over.
    ended: Cache<LoginId, ()>,
    /// The channel that first took a login's alert.
    taken: Cache<LoginId, &'static str>,
    observations: RwLock<Option<mpsc::Sender<Event>>>,
}

#[derive(Clone, Copy, Debug)]
enum Job {
    /// Tell the phones that a login waits.
    Alert(MspId, LoginId),
    /// Tell them that it waits no more.
    Withdraw(MspId, LoginId, Ending),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Approved(TechnicianId),
    Denied,
    Otherwise,
}

impl Delivery {
    /// Starts the tasks on this runtime.
    #[must_use]
    pub fn start(parts: DeliveryParts, runtime: &Handle) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (observations, observed) = mpsc::channel(WAITING);
        let lane =
            |channel: Arc<dyn Channel>| (channel.name(), Arc::new(Lane::new(channel, AT_ONCE)));
        let desk = Arc::new(Desk {
            lanes: parts.channels.into_iter().map(lane).collect(),
            book: Arc::clone(&parts.book),
            budgets: parts.budgets,
            hub: parts.hub,
            clock: parts.clock,
            random: parts.random,
            metrics: parts.metrics,
            ended: Cache::builder().max_capacity(100_000).time_to_live(MEMORY).build(),
            taken: Cache::builder().max_capacity(100_000).time_to_live(MEMORY).build(),
            observations: RwLock::new(Some(observations)),
        });
        let tasks = [
            runtime.spawn(work(queue, Arc::clone(&desk))),
            runtime.spawn(record::write_down(observed, parts.book)),
        ];
        Self { desk, jobs, tasks }
    }

    fn queue(&self, job: Job) {
        if self.jobs.try_send(job).is_err() {
            self.desk.metrics.push_fate("", "queue_full");
            tracing::warn!("the queue of pushes is full: a login's phones are not told");
        }
    }

    fn ended(&self, event: &Event, login: LoginId, ending: Ending) {
        // At once, and not when its turn comes: no alert starts from here on.
        self.desk.ended.insert(login, ());
        self.queue(Job::Withdraw(event.msp, login, ending));
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Committed for Delivery {
    fn committed(&self, event: &Event) {
        let Entity::Login(login) = event.entity else { return };
        match &event.fact {
            Fact::LoginOpened { entry: Entry::Push, technician: Some(_), .. } => {
                self.queue(Job::Alert(event.msp, login));
            }
            Fact::LoginApproved { statement, .. } if statement.entry == Entry::Push => {
                let after = event.at.since(statement.opened_at);
                self.desk.took(login, "decided", after);
                self.ended(event, login, Ending::Approved(statement.technician.id));
            }
            Fact::LoginDenied { outcome: Outcome::WrongClaims } => {}
            Fact::LoginDenied { .. } => self.ended(event, login, Ending::Denied),
            Fact::LoginExpired | Fact::LoginCancelled { .. } | Fact::LoginSuperseded { .. } => {
                self.ended(event, login, Ending::Otherwise);
            }
            _ => {}
        }
    }
}

impl Pushes for Delivery {
    fn are_sent(&self) -> bool {
        true
    }

    fn resend(&self, msp: MspId, login: LoginId) {
        self.queue(Job::Alert(msp, login));
    }

    fn seen(&self, seen: Seen) {
        self.desk.took(seen.login, "seen", seen.after);
        let after_ms = u64::try_from(seen.after.as_millis()).unwrap_or(u64::MAX);
        let fact = Fact::LoginSeen { device: seen.device, after_ms };
        self.desk.observe(seen.msp, seen.tenant, seen.login, "a phone has seen a login", fact);
    }

    fn troubles(&self) -> Vec<(&'static str, Option<String>)> {
        self.desk.lanes.iter().map(|(name, lane)| (*name, lane.channel.trouble())).collect()
    }

    fn reload(&self) {
        for (channel, lane) in &self.desk.lanes {
            match lane.channel.reload() {
                Ok(()) => tracing::info!(channel, "the channel's keys were read again"),
                Err(why) => tracing::warn!(channel, why, "the channel keeps its old keys"),
            }
        }
    }
}

async fn work(mut queue: mpsc::Receiver<Job>, desk: Arc<Desk>) {
    let looking_up = Arc::new(Semaphore::new(LOOKING_UP));
    while let Some(job) = queue.recv().await {
        let Ok(permit) = Arc::clone(&looking_up).acquire_owned().await else { return };
        let desk = Arc::clone(&desk);
        tokio::spawn(async move {
            match job {
                Job::Alert(msp, login) => desk.alert(msp, login).await,
                Job::Withdraw(msp, login, ending) => desk.withdraw(msp, login, ending).await,
            }
            drop(permit);
        });
    }
}

impl Desk {
    async fn alert(self: Arc<Self>, msp: MspId, login: LoginId) {
        if self.has_ended(login) {
            return;
        }
        let Some(announced) = self.book.announced(msp, login).await else { return };
        if !announced.pending {
            return;
        }
        let now = self.clock.now();
        if let Err(why) = self.budgets.take(announced.technician, now).await {
            self.held_back(msp, login, &announced, why);
            return;
        }
        self.tell(msp, login, announced, Kind::Alert);
    }

    async fn withdraw(self: Arc<Self>, msp: MspId, login: LoginId, ending: Ending) {
        let announced = self.book.announced(msp, login).await;
        let technician = announced.as_ref().map(|announced| announced.technician);
        match (ending, technician) {
            (Ending::Approved(technician), _) => self.budgets.succeeded(technician).await,
            (Ending::Denied, Some(technician)) => {
                self.budgets.denied(technician, self.clock.now()).await;
            }
            _ => {}
        }
        if let Some(announced) = announced {
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

    /// This node has learned that the login is over.
    pub(super) fn learned_end(&self, login: LoginId) {
        self.ended.insert(login, ());
    }

    pub(super) fn accepted_by(&self, login: LoginId, channel: &'static str) {
        self.taken.entry(login).or_insert(channel);
    }

    /// Measures how long after its opening something happened to a login that a channel took.
    fn took(&self, login: LoginId, what: &'static str, after: Duration) {
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
        let observations = self.observations.read().unwrap_or_else(PoisonError::into_inner);
        let sent = observations.as_ref().map(|sender| sender.try_send(event));
        if !matches!(sent, Some(Ok(()))) {
            self.metrics.push_fate("", "unrecorded");
        }
    }
}
