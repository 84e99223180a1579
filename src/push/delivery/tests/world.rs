//! A vendor, its channel, the book of phones, and a clock in one.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use countersign_protocol::{
    DeviceId, Instant, LoginId, MspId, TechnicianId,
    wire::{LoginState, mobile::PushAddress},
};
use tokio::time::Instant as Timer;

use super::bench::{LIFE, TENANT, pass};
use crate::{
    ambient::Clock,
    audit::Observe,
    domain::{Event, Fact},
    push::{
        Channel, Fault, Kind, Notice, Step, Trouble,
        delivery::{AddressBook, Judged},
    },
    store::devices::{Announced, Phone},
};

/// What the vendor does with each notice.
#[derive(Clone, Debug)]
pub enum Does {
    Take,
    /// Takes it, and says so after this time.
    TakeSlowly(Duration),
    /// Takes it, after the channel has waited so long for something else.
    TakePrepared(Duration),
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

/// A login as the book knows it.
#[derive(Clone, Copy)]
pub struct Known {
    pub technician: TechnicianId,
    pub opened_at: Instant,
    pub state: LoginState,
}

pub struct World {
    start: Timer,
    does: Mutex<Does>,
    tried: Mutex<Vec<Sent>>,
    taken: Mutex<Vec<Sent>>,
    pub logins: Mutex<HashMap<LoginId, Known>>,
    /// How often a login was looked up.
    pub lookups: AtomicUsize,
    /// Whether the book can't be read.
    pub unreadable: AtomicBool,
    recorded: Mutex<Vec<Event>>,
}

impl World {
    pub fn new(does: Does) -> Self {
        Self {
            start: Timer::now(),
            does: Mutex::new(does),
            tried: Mutex::default(),
            taken: Mutex::default(),
            logins: Mutex::default(),
            lookups: AtomicUsize::new(0),
            unreadable: AtomicBool::new(false),
            recorded: Mutex::default(),
        }
    }

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

    /// What it has taken of this login.
    pub fn taken_of(&self, login: LoginId) -> Vec<Kind> {
        let taken = self.taken().into_iter().filter(|sent| sent.login == login);
        taken.map(|sent| sent.kind).collect()
    }

    /// How many alerts are on record as taken.
    pub fn accepted(&self) -> usize {
        let events = locked(&self.recorded);
        events.iter().filter(|event| matches!(event.fact, Fact::PushAccepted { .. })).count()
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

pub fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
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
            Does::Take => {}
            Does::TakeSlowly(span) => pass(span).await,
            Does::TakePrepared(span) => {
                pass(span).await;
                notice.still_wanted()?;
            }
            Does::Refuse(fault) => return Err(fault),
            Does::Stall(patience) => {
                pass(patience).await;
                return Err(Fault::later("timeout", None));
            }
        }
        locked(&self.taken).push(sent);
        Ok(())
    }

    fn trouble(&self) -> Option<Trouble> {
        None
    }

    fn reload(&self) -> Result<(), Trouble> {
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
        if self.unreadable.load(Ordering::Relaxed) {
            return None;
        }
        let Known { technician, opened_at, state } = *locked(&self.logins).get(&login)?;
        let phone = Phone {
            device: DeviceId(technician.0),
            push: PushAddress::Apns { token: login.to_string(), sandbox: false },
            language: "en".into(),
        };
        let expires_at = opened_at + LIFE;
        let phones = vec![phone];
        Some(Announced { tenant: TENANT, technician, state, opened_at, expires_at, phones })
    }

    async fn judge(&self, _: Judged) {}
}

impl Observe for World {
    fn observe(&self, event: Event) {
        locked(&self.recorded).push(event);
    }
}
