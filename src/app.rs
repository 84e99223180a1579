//! Builds the running service: the only place that names adapters.

mod audit;
mod facts;
mod parts;
mod shared;

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_web::web;
use tokio::sync::watch;
use utoipa_actix_web::service_config::ServiceConfig;

use self::{
    audit::AuditParts,
    facts::Facts,
    parts::{PushParts, store},
    shared::Shared,
};
use crate::{
    ambient::{Clock, Random},
    audit::{Audit, Observer},
    auth::{Issuer, RelyingParty, SigningKeys},
    config::{DatabaseUrl, Settings},
    flows::{Context, keys, states::Turns},
    http::{self, Drain, Edge, Running, ServerSettings, ServiceFacts, TrustedProxies},
    metrics::Metrics,
    push::{Channel, Pushes},
    redis_link::RedisLink,
    wake::{Hub, Revoked},
    workers::{self, Workers, read_revocations},
};

pub use parts::{existing_store, master_key, migrate, prepare_data_folder, tls};

/// Connections beside those of parked clients.
const SPARE_CONNECTIONS: usize = 5_000;

/// How long observations may take to be recorded while the service stops.
const LAST_OBSERVATIONS: Duration = Duration::from_secs(3);

/// Why the service can't start; the text says what to change.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

impl StartError {
    fn from(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// The parts of a service, before it listens.
pub struct App {
    /// The use cases' context.
    pub context: Arc<Context>,
    /// The ways to phones that are set up.
    pub channels: Vec<Arc<dyn Channel>>,
    /// The audit path.
    pub audit: Arc<Audit>,
    metrics: Arc<Metrics>,
    redis: Option<Arc<RedisLink>>,
    wakes_arrive: watch::Receiver<bool>,
}

/// A service that listens and works.
pub struct Service {
    /// The HTTP server.
    pub running: Running,
    /// What runs beside it.
    pub workers: Workers,
    /// What phones are still to be told.
    pub pushes: Arc<dyn Pushes>,
    observer: Arc<Observer>,
}

impl Service {
    /// Serves until `stop` ends, then ends everything in order: see [`Running::until`].
    ///
    /// # Errors
    /// If the server fails.
    pub async fn until(self, stop: impl AsyncFnMut()) -> std::io::Result<()> {
        let served = self.running.until(stop).await;
        self.workers.stop().await;
        self.pushes.stop().await;
        self.observer.stop(LAST_OBSERVATIONS).await;
        served
    }
}

impl App {
    /// Connects the parts. The embedded default migrates its own file; PostgreSQL is migrated by
    /// `countersign migrate`.
    ///
    /// # Errors
    /// With what to change.
    pub async fn build(
        settings: Settings,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StartError> {
        settings.validate().map_err(StartError::from)?;
        let embedded = matches!(settings.store.database(&settings.data), DatabaseUrl::Sqlite(_));
        if embedded {
            prepare_data_folder(&settings.data.folder)?;
        }
        let keys = Arc::new(master_key(&settings, &*random)?);
        if embedded {
            migrate(&settings).await?;
        }
        let metrics = Arc::new(Metrics::new());
        let store = Arc::new(store(&settings, &metrics)?);
        store.check_walls().await.map_err(StartError::from)?;
        let now = clock.now();
        let signing = keys::load_or_make(&store, &keys, &*random, now)
            .await
            .map_err(|failure| StartError(format!("{failure:?}")))?;
        let signing = Arc::new(SigningKeys::new(signing));
        let issuer = settings.server.public_url.as_str().trim_end_matches('/').to_owned();
        let relying_party = &settings.relying_party;
        let relying_party = RelyingParty::new(
            &relying_party.effective_id(&settings.server),
            &relying_party.name,
            &relying_party.effective_origins(&settings.server),
            &relying_party.android_origins,
        )
        .map_err(StartError::from)?;
        let hub = Hub::new();
        let shared = Shared::connect(&settings, &hub, &store, &clock, &random)?;
        let audit = AuditParts {
            settings: &settings,
            store: &store,
            keys: &keys,
            clock: &clock,
            random: &random,
            metrics: &metrics,
            wake: &shared.wake,
            redis: shared.redis.as_ref(),
        };
        let audit = Arc::new(audit.start()?);
        let parts = PushParts {
            settings: &settings,
            hub: &hub,
            store: &store,
            keys: &keys,
            clock: &clock,
            random: &random,
            metrics: &metrics,
            observer: &audit.observer,
        };
        let (pushes, channels) = parts.start(shared.budgets, shared.told);
        let context = Context {
            issuer: Issuer::new(Arc::clone(&signing), issuer),
            turns: Turns::at(settings.store.pool_size),
            settings,
            clock,
            random,
            store,
            keys,
            signing,
            relying_party,
            hub,
            wake: shared.wake,
            revoked: Arc::new(Revoked::new()),
            replay: shared.replay,
            limiter: shared.limiter,
            sightings: shared.sightings,
            pushes,
            observer: Arc::clone(&audit.observer),
            backlog: Arc::clone(&audit.backlog),
            webhooks: Arc::clone(&audit.webhooks),
        };
        read_revocations(&context).await.map_err(|failure| StartError(format!("{failure:?}")))?;
        Ok(Self {
            context: Arc::new(context),
            channels,
            audit,
            metrics,
            redis: shared.redis,
            wakes_arrive: shared.wakes_arrive,
        })
    }

    /// Starts the workers and serves on `listeners`.
    ///
    /// # Errors
    /// If a listener can't be used.
    pub fn start(
        self,
        listeners: Vec<TcpListener>,
        metrics: Option<TcpListener>,
    ) -> Result<Service, StartError> {
        let settings = &self.context.settings.server;
        let drain = Drain::default();
        let edge = web::Data::new(Edge {
            clock: Arc::clone(&self.context.clock),
            random: Arc::clone(&self.context.random),
            metrics: Arc::clone(&self.metrics),
            proxies: TrustedProxies {
                networks: settings.trusted_proxies.clone(),
                header: settings.forwarding_header,
            },
            drain: drain.clone(),
        });
        let mut server = ServerSettings {
            shutdown_grace: settings.shutdown_grace(),
            max_connections: settings.max_parked + SPARE_CONNECTIONS,
            ..ServerSettings::default()
        };
        if settings.workers > 0 {
            server.workers = settings.workers;
        }
        if let Some(listener) = metrics {
            let serving = http::serve_metrics(listener, Arc::clone(&self.metrics))
                .map_err(StartError::from)?;
            tokio::spawn(serving);
        }
        let hub = self.context.hub.clone();
        tokio::spawn(async move {
            drain.begun().await;
            hub.drain();
        });
        let workers = workers::start(Arc::clone(&self.context), &self.audit, self.wakes_arrive);
        let facts: Arc<dyn ServiceFacts> =
            Arc::new(Facts::new(Arc::clone(&self.context), self.redis));
        let facts = web::Data::from(facts);
        let pushes = Arc::clone(&self.context.pushes);
        let observer = Arc::clone(&self.context.observer);
        let context = web::Data::from(self.context);
        let routes = move |config: &mut ServiceConfig<'_>| {
            config.app_data(facts.clone()).app_data(context.clone());
            http::routes(config);
        };
        let running = http::start(listeners, &server, edge, routes).map_err(StartError::from)?;
        Ok(Service { running, workers, pushes, observer })
    }
}
