//! Takes note of what is committed, and sets the channels to work.

use std::sync::Arc;

use countersign_protocol::{Entry, LoginId, MspId, wire::desktop::Outcome};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};

use super::{
    AddressBook, Pushes, Seen,
    desk::{Desk, Ending},
    record::{self, WAITING},
};
use crate::{
    ambient::{Clock, Random},
    domain::{Entity, Event, Fact},
    guards::{Marks, PushBudgets},
    metrics::Metrics,
    push::Channel,
    store::Committed,
    wake::Hub,
};

/// How many logins may wait for their phones to be looked up; 48 bytes each. More are not told, and counted.
const QUEUE: usize = 10_000;
/// How many look up their phones at once: fewer than the connections that requests use.
const LOOKING_UP: usize = 8;

/// What a delivery is made of.
pub struct DeliveryParts {
    /// The ways to phones.
    pub channels: Vec<Arc<dyn Channel>>,
    /// The book of phones.
    pub book: Arc<dyn AddressBook>,
    /// How often phones may be woken.
    pub budgets: Arc<dyn PushBudgets>,
    /// Of which logins phones were told.
    pub told: Arc<dyn Marks>,
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

#[derive(Clone, Copy, Debug)]
enum Job {
    /// Tell the phones that a login waits.
    Alert(MspId, LoginId),
    /// Tell them that it waits no more.
    Withdraw(MspId, LoginId, Ending),
}

impl Delivery {
    /// Starts the tasks on this runtime.
    #[must_use]
    pub fn start(parts: DeliveryParts, runtime: &Handle) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (observations, observed) = mpsc::channel(WAITING);
        let book = Arc::clone(&parts.book);
        let desk = Arc::new(Desk::new(parts, observations));
        let tasks = [
            runtime.spawn(work(queue, Arc::clone(&desk))),
            runtime.spawn(record::write_down(observed, book)),
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
        if !self.desk.ended_first(login) {
            return;
        }
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
            Fact::LoginApproved { statement, .. } => {
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
        // In order: the login that comes next is to find the budget that this success gave.
        if let Job::Withdraw(_, _, Ending::Approved(technician)) = job {
            desk.succeeded(technician).await;
        }
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
