//! Takes note of what is committed, and sets the channels to work.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use countersign_protocol::{Entry, Instant, LoginId, MspId, TechnicianId, wire::desktop::Outcome};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc, oneshot},
    task::JoinHandle,
    time::{Instant as Timer, timeout_at},
};

use super::{AddressBook, Pushes, Seen, desk::Desk};
use crate::{
    ambient::{Clock, Random},
    audit::Observe,
    domain::{Actor, Entity, Event, Fact},
    guards::{Marks, PushBudgets},
    metrics::Metrics,
    push::{Channel, Trouble},
    store::Committed,
    wake::Hub,
};

/// How many logins may wait for their phones to be looked up; 48 bytes each. More are not told, and counted.
const QUEUE: usize = 10_000;
/// How many look up their phones at once: fewer than the connections that requests use.
const LOOKING_UP: usize = 8;

/// How long a node that stops still tells phones, and then how long it writes down what became of that.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// What a delivery is made of.
pub struct DeliveryParts {
    /// The ways to phones.
    pub channels: Vec<Arc<dyn Channel>>,
    /// The book of phones.
    pub book: Arc<dyn AddressBook>,
    /// Records what became of notices.
    pub observer: Arc<dyn Observe>,
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
    task: JoinHandle<()>,
}

#[derive(Debug)]
enum Job {
    /// Tell the phones that a login waits.
    Alert(MspId, LoginId),
    /// Tell them that it waits no more.
    Withdraw(MspId, LoginId, Ending),
    /// Somebody waits until the jobs before this are done.
    Asked(oneshot::Sender<()>),
}

/// How a login ended, as far as its technician's budget goes.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Approved(TechnicianId),
    Denied(TechnicianId, Instant),
    Otherwise,
}

impl Delivery {
    /// Starts the tasks on this runtime.
    #[must_use]
    pub fn start(parts: DeliveryParts, runtime: &Handle) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let desk = Arc::new(Desk::new(parts));
        let task = runtime.spawn(work(queue, Arc::clone(&desk)));
        Self { desk, jobs, task }
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
        self.task.abort();
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
            Fact::LoginDenied { .. } => {
                let ending = match event.actor {
                    Actor::Technician { technician, .. } => Ending::Denied(technician, event.at),
                    _ => Ending::Otherwise,
                };
                self.ended(event, login, ending);
            }
            Fact::LoginExpired | Fact::LoginCancelled { .. } | Fact::LoginSuperseded { .. } => {
                self.ended(event, login, Ending::Otherwise);
            }
            _ => {}
        }
    }
}

#[async_trait]
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

    fn troubles(&self) -> Vec<(&'static str, Option<Trouble>)> {
        self.desk.lanes.iter().map(|(name, lane)| (*name, lane.channel.trouble())).collect()
    }

    fn web_push_key(&self) -> Option<String> {
        self.desk.lanes.values().find_map(|lane| lane.channel.application_server_key())
    }

    async fn stop(&self) {
        let end = Timer::now() + LAST_WORDS;
        self.desk.stop.send_replace(Some(end));
        if timeout_at(end, self.told()).await.is_err() {
            let waiting: usize = self.desk.lanes.values().map(|lane| lane.waiting()).sum();
            tracing::warn!(waiting, "the node stops while notices are on their way");
        }
    }

    fn reload(&self) {
        for (channel, lane) in &self.desk.lanes {
            match lane.channel.reload() {
                Ok(()) => tracing::info!(channel, "the channel's keys were read again"),
                Err(why) => tracing::warn!(channel, %why, "the channel keeps its old keys"),
            }
        }
    }
}

impl Delivery {
    /// Nothing is left to tell.
    async fn told(&self) {
        let (done, all) = oneshot::channel();
        if self.jobs.send(Job::Asked(done)).await.is_ok() {
            let _ = all.await;
        }
        for lane in self.desk.lanes.values() {
            lane.emptied().await;
        }
    }
}

async fn work(mut queue: mpsc::Receiver<Job>, desk: Arc<Desk>) {
    let looking_up = Arc::new(Semaphore::new(LOOKING_UP));
    while let Some(job) = queue.recv().await {
        // In order: the login that comes next is to find the budget that this decision left.
        match &job {
            Job::Withdraw(_, _, Ending::Approved(technician)) => {
                desk.budgets.succeeded(*technician).await;
            }
            Job::Withdraw(_, _, Ending::Denied(technician, at)) => {
                desk.budgets.denied(*technician, *at).await;
            }
            _ => {}
        }
        let Ok(permit) = Arc::clone(&looking_up).acquire_owned().await else { return };
        let desk = Arc::clone(&desk);
        let looking_up = Arc::clone(&looking_up);
        tokio::spawn(async move {
            match job {
                Job::Alert(msp, login) => desk.alert(msp, login).await,
                Job::Withdraw(msp, login, _) => desk.withdraw(msp, login).await,
                Job::Asked(done) => {
                    let _others = looking_up.acquire_many(LOOKING_UP as u32 - 1).await;
                    let _ = done.send(());
                }
            }
            drop(permit);
        });
    }
}
