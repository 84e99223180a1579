//! A delivery with a vendor, a book of phones, and a clock that tokio moves.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use countersign_protocol::{
    DeviceId, Entry, Instant, LoginId, MspId, Purpose, TechnicianId, TenantId,
    wire::{LoginState, mobile::PushAddress},
};
use tokio::{runtime::Handle, time::Instant as Timer};
use uuid::Uuid;

use crate::{
    ambient::{Clock, Random, SystemRandom},
    domain::{Actor, Entity, Event, Fact, Occasion, push_budget::Caps},
    guards::LocalPushBudgets,
    metrics::Metrics,
    push::{
        Channel, Fault, Kind, Notice, Step,
        delivery::{AddressBook, Delivery, DeliveryParts, Judged},
    },
    store::{
        Committed,
        devices::{Announced, Phone},
    },
    wake::Hub,
};

/// How long a login lives.
pub const LIFE: Duration = Duration::from_secs(120);
const MSP: MspId = MspId(Uuid::from_u128(1));
const TENANT: TenantId = TenantId(Uuid::from_u128(2));

/// What the vendor does with each notice.
#[derive(Clone, Debug)]
pub enum Does {
    Take,
    Refuse(Fault),
    /// Nothing, until the channel's patience ends.
    Stall(Duration),
}

#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub login: LoginId,
    pub kind: Kind,
    pub at: Timer,
}

/// A vendor, its channel, the book, and a clock in one.
pub struct Bench {
    pub delivery: Delivery,
    pub world: Arc<World>,
    pub metrics: Arc<Metrics>,
}

pub struct World {
    start: Timer,
    does: Mutex<Does>,
    tried: Mutex<Vec<Sent>>,
    taken: Mutex<Vec<Sent>>,
    logins: Mutex<HashMap<LoginId, Instant>>,
    /// How often a login was looked up.
    pub lookups: AtomicUsize,
    recorded: Mutex<Vec<Event>>,
}

impl Bench {
    /// On this test's runtime, whose time is to be paused.
    pub fn new(does: Does) -> Self {
        let world = Arc::new(World {
            start: Timer::now(),
            does: Mutex::new(does),
            tried: Mutex::default(),
            taken: Mutex::default(),
            logins: Mutex::default(),
            lookups: AtomicUsize::new(0),
            recorded: Mutex::default(),
        });
        let caps =
            Caps { most: u32::MAX, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };
        let metrics = Arc::new(Metrics::new());
        let parts = DeliveryParts {
            channels: vec![Arc::clone(&world) as _],
            book: Arc::clone(&world) as _,
            budgets: Arc::new(LocalPushBudgets::new(caps)),
            told: Arc::new(crate::guards::LocalMarks::default()),
            hub: Hub::new(),
            clock: Arc::clone(&world) as _,
            random: Arc::new(SystemRandom::new()),
            metrics: Arc::clone(&metrics),
        };
        Self { delivery: Delivery::start(parts, &Handle::current()), world, metrics }
    }

    /// A login of a technician with one phone is opened, and this node has committed that.
    pub fn open(&self) -> LoginId {
        let random: &dyn Random = &SystemRandom::new();
        let at = self.world.now();
        let login: LoginId = random.id(at);
        locked(&self.world.logins).insert(login, at);
        let fact = Fact::LoginOpened {
            entry: Entry::Push,
            purpose: Purpose::SignIn,
            technician: Some(TechnicianId(login.0)),
            entered_name: None,
            decoy: None,
            os_session: String::new(),
            network_address: String::new(),
            expires_at: at + LIFE,
        };
        let occasion = Occasion { at, msp: MSP, tenant: Some(TENANT), actor: Actor::Service };
        self.delivery.committed(&occasion.event(random.id(at), Entity::Login(login), 1, "", fact));
        login
    }

    /// As many.
    pub fn open_many(&self, logins: usize) -> Vec<LoginId> {
        (0..logins).map(|_| self.open()).collect()
    }

    /// What was counted of this fate.
    pub fn counted(&self, fate: &str) -> usize {
        let text = self.metrics.encode().unwrap();
        let fate = format!("fate=\"{fate}\"");
        let lines = text.lines().filter(|line| line.contains(&fate));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()).sum()
    }

    /// How many notices wait, as it was last measured.
    pub fn waiting(&self) -> usize {
        let text = self.metrics.encode().unwrap();
        let line = text.lines().find(|line| line.starts_with("countersign_push_waiting{"));
        line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
    }
}

/// Lets so much time pass, for everyone.
pub async fn pass(span: Duration) {
    tokio::time::sleep(span).await;
}

impl World {
    /// From now on the vendor does this.
    pub fn does(&self, does: Does) {
        *locked(&self.does) = does;
    }

    /// What the vendor was asked to take.
    pub fn tried(&self) -> Vec<Sent> {
        locked(&self.tried).clone()
    }

    /// What it has taken.
    pub fn taken(&self) -> Vec<Sent> {
        locked(&self.taken).clone()
    }

    /// The reason and the attempts of each failure on record, with its time.
    pub fn failures(&self) -> Vec<(String, u32, Instant)> {
        let events = locked(&self.recorded);
        let failures = events.iter().filter_map(|event| match &event.fact {
            Fact::PushFailed { reason, attempts, .. } => {
                Some((reason.clone(), *attempts, event.at))
            }
            _ => None,
        });
        failures.collect()
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Clock for World {
    fn now(&self) -> Instant {
        Instant::from_unix_millis(1_795_340_460_000) + self.start.elapsed()
    }
}

#[async_trait]
impl Channel for World {
    fn name(&self) -> &'static str {
        "apns"
    }

    fn can_withdraw(&self) -> bool {
        true
    }

    async fn send(&self, _: &PushAddress, notice: &Notice, _: Instant) -> Result<(), Fault> {
        let sent = Sent { login: notice.login, kind: notice.kind, at: Timer::now() };
        locked(&self.tried).push(sent);
        let does = locked(&self.does).clone();
        match does {
            Does::Take => {
                locked(&self.taken).push(sent);
                Ok(())
            }
            Does::Refuse(fault) => Err(fault),
            Does::Stall(patience) => {
                pass(patience).await;
                Err(Fault::later("timeout", None))
            }
        }
    }

    fn trouble(&self) -> Option<String> {
        None
    }

    fn reload(&self) -> Result<(), String> {
        Ok(())
    }

    async fn check(&self, _: &PushAddress, _: Instant) -> Vec<Step> {
        Vec::new()
    }
}

#[async_trait]
impl AddressBook for World {
    async fn announced(&self, _: MspId, login: LoginId) -> Option<Announced> {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        let opened_at = *locked(&self.logins).get(&login)?;
        let phone = Phone {
            device: DeviceId(login.0),
            push: PushAddress::Apns { token: login.to_string(), sandbox: false },
            language: "en".into(),
        };
        Some(Announced {
            tenant: TENANT,
            technician: TechnicianId(login.0),
            state: LoginState::Pending,
            opened_at,
            expires_at: opened_at + LIFE,
            phones: vec![phone],
        })
    }

    async fn judge(&self, _: Judged) {}

    async fn record(&self, _: MspId, observations: Vec<Event>) -> bool {
        locked(&self.recorded).extend(observations);
        true
    }
}
