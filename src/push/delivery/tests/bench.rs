//! A delivery with a vendor, a book of phones, and a clock that tokio moves.

use std::{sync::Arc, time::Duration};

use countersign_protocol::{
    DeviceId, Entry, LoginId, MspId, Purpose, TechnicianId, TenantId,
    wire::{LoginState, desktop::Outcome},
};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::world::{Does, Known, World, locked};
use crate::{
    ambient::{Clock, Random, SystemRandom},
    domain::{Actor, Entity, Fact, Occasion, push_budget::Caps},
    guards::{LocalMarks, LocalPushBudgets},
    metrics::Metrics,
    push::delivery::{Delivery, DeliveryParts},
    store::Committed,
    wake::Hub,
};

/// How long a login lives.
pub const LIFE: Duration = Duration::from_secs(120);
const MSP: MspId = MspId(Uuid::from_u128(1));
pub const TENANT: TenantId = TenantId(Uuid::from_u128(2));
/// Whose phones may ring as often as they are told.
const NO_CAPS: Caps =
    Caps { most: u32::MAX, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };

pub struct Bench {
    pub delivery: Delivery,
    pub world: Arc<World>,
    pub hub: Hub,
    pub metrics: Arc<Metrics>,
}

impl Bench {
    /// On this test's runtime, whose time is to be paused.
    pub fn new(does: Does) -> Self {
        Self::with_caps(does, NO_CAPS)
    }

    pub fn with_caps(does: Does, caps: Caps) -> Self {
        let (world, metrics) = (Arc::new(World::new(does)), Arc::new(Metrics::new()));
        let hub = Hub::new();
        let parts = DeliveryParts {
            channels: vec![Arc::clone(&world) as _],
            book: Arc::clone(&world) as _,
            observer: Arc::clone(&world) as _,
            budgets: Arc::new(LocalPushBudgets::new(caps)),
            told: Arc::new(LocalMarks::default()),
            hub: hub.clone(),
            clock: Arc::clone(&world) as _,
            random: Arc::new(SystemRandom::new()),
            metrics: Arc::clone(&metrics),
        };
        Self { delivery: Delivery::start(parts, &Handle::current()), world, hub, metrics }
    }

    /// A login of a technician with one phone is opened, and this node has committed that.
    pub fn open(&self) -> LoginId {
        self.open_for(TechnicianId(self.id()))
    }

    /// As many, each of a technician of their own.
    pub fn open_many(&self, logins: usize) -> Vec<LoginId> {
        (0..logins).map(|_| self.open()).collect()
    }

    pub fn open_for(&self, technician: TechnicianId) -> LoginId {
        let (login, opened_at) = (LoginId(self.id()), self.world.now());
        let known = Known { technician, opened_at, state: LoginState::Pending };
        locked(&self.world.logins).insert(login, known);
        let fact = Fact::LoginOpened {
            entry: Entry::Push,
            purpose: Purpose::SignIn,
            technician: Some(technician),
            entered_name: None,
            decoy: None,
            os_session: String::new(),
            network_address: String::new(),
            expires_at: opened_at + LIFE,
        };
        self.commit(Actor::Service, login, fact);
        login
    }

    /// Its workstation cancels it here.
    pub fn cancel(&self, login: LoginId) {
        self.end(login, LoginState::Cancelled);
        let fact = Fact::LoginCancelled { outcome: Outcome::Withdrawn };
        self.commit(Actor::Service, login, fact);
    }

    /// Its technician denies it here.
    pub fn deny(&self, login: LoginId) {
        let Known { technician, .. } = self.end(login, LoginState::Denied);
        let actor = Actor::Technician { technician, device: DeviceId(technician.0) };
        self.commit(actor, login, Fact::LoginDenied { outcome: Outcome::Mistake });
    }

    fn end(&self, login: LoginId, state: LoginState) -> Known {
        let mut logins = locked(&self.world.logins);
        let known = logins.get_mut(&login).unwrap();
        known.state = state;
        *known
    }

    fn commit(&self, actor: Actor, login: LoginId, fact: Fact) {
        let occasion = Occasion { at: self.world.now(), msp: MSP, tenant: Some(TENANT), actor };
        let event = occasion.event(self.id().into(), Entity::Login(login), 1, "", fact);
        self.delivery.committed(&event);
    }

    fn id(&self) -> Uuid {
        let random: &dyn Random = &SystemRandom::new();
        random.id(self.world.now())
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
