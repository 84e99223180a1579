//! What nodes share through Redis, or one node has to itself.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::StartError;
use crate::{
    ambient::{Clock, Random},
    config::Settings,
    guards::{
        Limiter, LocalLimiter, LocalMarks, LocalPushBudgets, LocalReplay, Marks, PushBudgets,
        RedisLimiter, RedisMarks, RedisPushBudgets, RedisReplay, Replay,
    },
    redis_link::{RedisLink, RedisSettings},
    store::{Store, replays::SqlReplays},
    wake::{Hub, LocalWake, RedisWake, Wake},
};

/// How long after a switch between Redis and SQL proofs are refused beyond those from before it. Zero keeps
/// logins going through a switch; a proof that is dated ahead (five seconds at most) could then be used once on
/// each side of it, within its own method, URL and token.
const LEAD: Duration = Duration::ZERO;

/// Keys that the guards of one node may hold: a proof is 60 bytes, a quota 100.
const GUARD_CAPACITY: usize = 500_000;

/// What nodes share, or one node has to itself.
pub(super) struct Shared {
    pub(super) wake: Arc<dyn Wake>,
    pub(super) replay: Arc<dyn Replay>,
    pub(super) limiter: Arc<dyn Limiter>,
    pub(super) sightings: Arc<dyn Marks>,
    pub(super) told: Arc<dyn Marks>,
    pub(super) budgets: Arc<dyn PushBudgets>,
    pub(super) redis: Option<Arc<RedisLink>>,
    pub(super) wakes_arrive: watch::Receiver<bool>,
}

impl Shared {
    pub(super) fn connect(
        settings: &Settings,
        hub: &Hub,
        store: &Arc<Store>,
        clock: &Arc<dyn Clock>,
        random: &Arc<dyn Random>,
    ) -> Result<Self, StartError> {
        let local = LocalLimiter::new(Arc::clone(clock), GUARD_CAPACITY);
        let Some(url) = &settings.redis.url else {
            return Ok(Self {
                wake: Arc::new(LocalWake(hub.clone())),
                replay: Arc::new(LocalReplay::new(clock.now(), GUARD_CAPACITY)),
                limiter: Arc::new(local),
                sightings: Arc::new(LocalMarks::default()),
                told: Arc::new(LocalMarks::default()),
                budgets: Arc::new(LocalPushBudgets::new(settings.login.push_caps())),
                redis: None,
                wakes_arrive: watch::channel(true).1,
            });
        };
        let redis = RedisSettings {
            url: url.expose().to_owned(),
            prefix: settings.redis.prefix.clone(),
            timeout: settings.redis.timeout(),
        };
        let link = RedisLink::connect(redis, Arc::clone(clock), Arc::clone(random))
            .map_err(|error| StartError(format!("redis.url: {error}")))?;
        let link = Arc::new(link);
        let node = random.id(clock.now());
        let wake = RedisWake::start(hub.clone(), Arc::clone(&link), node, Arc::clone(random));
        let wakes_arrive = wake.listening();
        let table = Arc::new(SqlReplays::new(Arc::clone(store)));
        Ok(Self {
            wake: Arc::new(wake),
            replay: Arc::new(RedisReplay::new(Arc::clone(&link) as _, table, LEAD)),
            limiter: Arc::new(RedisLimiter::new(Arc::clone(&link) as _, local)),
            sightings: Arc::new(RedisMarks::new(Arc::clone(&link), "seen")),
            told: Arc::new(RedisMarks::new(Arc::clone(&link), "told")),
            budgets: Arc::new(RedisPushBudgets::new(Arc::clone(&link), settings.login.push_caps())),
            redis: Some(link),
            wakes_arrive,
        })
    }
}
