//! The audit path's parts without the loops that drive them: each step is the test's own, and can be left out.

use std::{collections::BTreeSet, sync::Arc};

use countersign::{
    ambient::SystemRandom,
    app::App,
    audit::{Audit, Reader},
    config::Settings,
    domain::{Actor, Entity, Event, Fact},
    flows::{Context, admin as admin_flows},
    store::Scope,
};
use countersign_protocol::{EventId, MspId, TechnicianId};

use super::Log;
use crate::house::{Place, StoryClock, soon};

/// A node's parts.
pub struct Parts {
    pub context: Arc<Context>,
    pub audit: Arc<Audit>,
}

/// A place, an msp, and the parts of a first node.
pub struct Bench {
    pub parts: Parts,
    pub msp: MspId,
    pub clock: Arc<StoryClock>,
    /// What was committed so far, and acknowledged to whoever asked for it.
    pub acknowledged: BTreeSet<EventId>,
    /// Last, so that it outlives the parts.
    pub place: Place,
}

/// One stream, unless a test says otherwise.
fn settings(place: &Place, change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = place.settings();
    settings.audit.shards = 1;
    change(&mut settings);
    settings
}

/// A node that has a database and no stream.
pub fn without_redis(settings: &mut Settings) {
    settings.redis.url = None;
    settings.cluster.nodes = 1;
}

impl Parts {
    /// Parts at this place; with Redis, once it is up.
    pub async fn at(
        place: &Place,
        clock: &Arc<StoryClock>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let settings = settings(place, change);
        let random = Arc::new(SystemRandom::new());
        let app = Box::pin(App::build(settings, Arc::clone(clock) as _, random)).await.unwrap();
        if let Some(stream) = &app.audit.stream {
            let mut state = stream.link.watch();
            soon(state.wait_for(|state| state.is_up())).await.unwrap();
        }
        Self { context: app.context, audit: app.audit }
    }

    /// A reader of the stream of this shard.
    pub fn reader(&self, shard: usize) -> Reader {
        self.audit.readers().swap_remove(shard)
    }

    /// An event that changes something, or says that it does.
    pub fn event(&self, msp: MspId) -> Event {
        let step = self.context.moment(Scope::msp(msp), Actor::Service);
        let technician: TechnicianId = step.id();
        let sentence = format!("the failures of {technician} were cleared by a success");
        step.event(Entity::Technician(technician), 1, sentence, Fact::FailuresCleared)
    }

    /// Commits this event.
    pub async fn commits(&self, event: Event) -> EventId {
        let id = event.id;
        let committed = self.context.store.transact(Scope::msp(event.msp), move |tx| {
            Box::pin(async move { Ok(tx.commit(event, Vec::new()).await?) })
        });
        committed.await.unwrap();
        id
    }

    /// Asks this node's Redis.
    pub async fn redis<T: redis::FromRedisValue>(&self, command: &mut redis::Cmd) -> T {
        self.audit.stream.as_ref().unwrap().link.run(command).await.unwrap()
    }

    /// The stream of this shard, by name.
    pub fn stream(&self, shard: u16) -> String {
        self.audit.stream.as_ref().unwrap().link.key(format_args!("audit:{{{shard}}}"))
    }

    /// How many entries the stream of this shard holds.
    pub async fn length(&self, shard: u16) -> usize {
        self.redis(redis::cmd("XLEN").arg(self.stream(shard))).await
    }

    /// How many entries of this shard's stream were taken and not acknowledged.
    pub async fn pending(&self, shard: u16) -> usize {
        let asked: redis::streams::StreamPendingReply =
            self.redis(redis::cmd("XPENDING").arg(self.stream(shard)).arg("flushers")).await;
        asked.count()
    }

    /// Returns once the stream of this shard holds this many entries.
    pub async fn holds(&self, shard: u16, entries: usize) {
        let holds = async {
            while self.length(shard).await != entries {
                tokio::task::yield_now().await;
            }
        };
        soon(holds).await;
    }
}

impl Bench {
    /// On SQLite.
    pub async fn embedded() -> Self {
        Self::at(Place::embedded(), |_| {}).await
    }

    /// On PostgreSQL and Redis; `None` where the run has no servers.
    pub async fn large(change: impl FnOnce(&mut Settings)) -> Option<Self> {
        Some(Self::at(Place::shared().await?, change).await)
    }

    /// At this place.
    pub async fn at(place: Place, change: impl FnOnce(&mut Settings)) -> Self {
        let clock = Arc::new(StoryClock::start());
        let parts = Parts::at(&place, &clock, change).await;
        let msp = parts.another_msp().await;
        let mut bench = Self { parts, msp, clock, acknowledged: BTreeSet::new(), place };
        bench.empty().await;
        bench
    }

    /// What making the msp put on its way is not the test's: it is brought into the log.
    async fn empty(&mut self) {
        if self.parts.audit.stream.is_some() {
            self.parts.holds(0, 2).await;
            let mut reader = self.parts.reader(0);
            self.parts.audit.flusher.step_from_stream(&mut reader).await.unwrap();
        }
        self.drain().await;
        self.acknowledged = self.log().await.entries.iter().map(|entry| entry.event.id).collect();
    }

    /// Another node's parts, with settings of its own.
    pub async fn another(&self, change: impl FnOnce(&mut Settings)) -> Parts {
        Parts::at(&self.place, &self.clock, change).await
    }

    /// Commits this many events.
    pub async fn decides(&mut self, count: usize) {
        for _ in 0..count {
            let event = self.parts.event(self.msp);
            let id = self.parts.commits(event).await;
            self.acknowledged.insert(id);
        }
    }

    /// Brings all of the outbox into the log.
    pub async fn drain(&self) {
        let flusher = &self.parts.audit.flusher;
        let drained = async {
            while flusher.step_from_outbox(std::time::Duration::ZERO).await.unwrap().looked_at > 0 {
            }
        };
        soon(drained).await;
    }

    /// The log as it is.
    pub async fn log(&self) -> Log {
        Log::read(&self.place, self.msp).await
    }

    /// The log is sound, and holds what was acknowledged: nothing lost, nothing twice, nothing else.
    pub async fn all_is_recorded(&self) {
        let log = self.log().await;
        log.is_sound();
        let recorded: BTreeSet<EventId> = log.entries.iter().map(|entry| entry.event.id).collect();
        assert_eq!(recorded, self.acknowledged);
        assert_eq!(log.waiting, Vec::<String>::new());
    }
}

impl Parts {
    /// Another msp.
    pub async fn another_msp(&self) -> MspId {
        admin_flows::bootstrap(&self.context, "Acme IT", "msp-", "story").await.unwrap().0
    }
}
