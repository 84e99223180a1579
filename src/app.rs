//! Builds the running service: the only place that names adapters.

use std::{net::TcpListener, path::Path, sync::Arc, time::Duration};

use actix_web::web;
use async_trait::async_trait;
use countersign_protocol::wire::service::{Dependency, Discovery, Readiness, SignedKeySet};
use tokio::sync::watch;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    ambient::{Clock, Random},
    auth::{Issuer, KeyRing, KeyRingError, RelyingParty, SigningKeys},
    config::{DatabaseUrl, Settings},
    domain::Failure,
    flows::{Context, keys},
    guards::{Limiter, LocalLimiter, LocalReplay, RedisLimiter, RedisReplay, Replay},
    http::{self, AndroidApp, Drain, Edge, Running, ServerSettings, ServiceFacts, TrustedProxies},
    metrics::Metrics,
    redis_link::{RedisLink, RedisSettings},
    store::{Address, Place, Store, migrate, replays::SqlReplays},
    wake::{Hub, LocalWake, RedisWake, Revoked, Wake},
    workers::{self, Workers, read_revocations},
};

/// How long after a switch between Redis and SQL proofs are refused beyond those from before it. Zero keeps
/// logins going through a switch; a proof that is dated ahead (five seconds at most) could then be used once on
/// each side of it, within its own method, URL and token.
const LEAD: Duration = Duration::ZERO;

/// Connections beside those of parked clients.
const SPARE_CONNECTIONS: usize = 5_000;

/// Keys that the guards of one node may hold: a proof is 60 bytes, a quota 100.
const GUARD_CAPACITY: usize = 500_000;

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
    metrics: Arc<Metrics>,
    redis: Option<Arc<RedisLink>>,
    wakes_arrive: watch::Receiver<bool>,
}

/// A service that listens and works.
pub struct Service {
    /// The HTTP server; await [`Running::until`].
    pub running: Running,
    /// What runs beside it.
    pub workers: Workers,
}

/// The installation's TLS settings for PostgreSQL: the system's roots and those of `store.tls_roots`.
///
/// # Errors
/// If the roots can't be read.
pub fn tls(settings: &Settings) -> Result<Arc<rustls::ClientConfig>, StartError> {
    use rustls_platform_verifier::{ConfigVerifierExt, Verifier};
    let Some(path) = &settings.store.tls_roots else {
        return rustls::ClientConfig::with_platform_verifier()
            .map(Arc::new)
            .map_err(StartError::from);
    };
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let roots = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| StartError(format!("store.tls_roots: {}: {error}", path.display())))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(roots, provider).map_err(StartError::from)?;
    let config = rustls::ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Makes the data folder, readable by its owner alone, where it is missing.
///
/// # Errors
/// If it can't be made.
pub fn prepare_data_folder(folder: &Path) -> Result<(), StartError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| StartError(format!("data.folder: {}: {error}", folder.display())))
}

/// The master key; the embedded default makes one where it is missing.
///
/// # Errors
/// If it is missing where the settings name a file, or readable by others.
pub fn master_key(settings: &Settings, random: &dyn Random) -> Result<KeyRing, StartError> {
    let path = settings.keys.master_key_path(&settings.data);
    let made_here = settings.keys.master_key_file.is_none()
        && matches!(settings.store.database(&settings.data), DatabaseUrl::Sqlite(_));
    match KeyRing::load(&path) {
        Err(KeyRingError::Missing { .. }) if made_here => {
            KeyRing::create(&path, random).map_err(StartError::from)
        }
        result => result.map_err(StartError::from),
    }
}

/// Brings the database to the newest schema; how many migrations ran.
///
/// # Errors
/// If the database does not answer or a migration fails.
pub async fn migrate(settings: &Settings) -> Result<usize, StartError> {
    match settings.store.owner_database(&settings.data) {
        DatabaseUrl::Sqlite(path) => {
            migrate::sqlite(&path.to_string_lossy()).await.map_err(StartError::from)
        }
        DatabaseUrl::Postgres(url) => {
            migrate::postgres(url.expose(), tls(settings)?).await.map_err(StartError::from)
        }
    }
}

fn store(settings: &Settings, metrics: &Arc<Metrics>) -> Result<Store, StartError> {
    let place = match settings.store.database(&settings.data) {
        DatabaseUrl::Sqlite(path) => Place::Sqlite(path.to_string_lossy().into_owned()),
        DatabaseUrl::Postgres(url) => {
            let worker_url = match settings.store.worker_database(&settings.data) {
                DatabaseUrl::Postgres(url) => url.expose().to_owned(),
                DatabaseUrl::Sqlite(_) => url.expose().to_owned(),
            };
            Place::Postgres { url: url.expose().to_owned(), worker_url, tls: tls(settings)? }
        }
    };
    let address = Address {
        place,
        pool_size: settings.store.pool_size,
        acquire_timeout: settings.store.acquire_timeout(),
        statement_timeout: settings.store.statement_timeout(),
    };
    Store::new(address, Arc::clone(metrics)).map_err(StartError::from)
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
        let context = Context {
            issuer: Issuer::new(Arc::clone(&signing), issuer),
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
        };
        read_revocations(&context).await.map_err(|failure| StartError(format!("{failure:?}")))?;
        Ok(Self {
            context: Arc::new(context),
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
        let workers = workers::start(Arc::clone(&self.context), self.wakes_arrive);
        let facts: Arc<dyn ServiceFacts> =
            Arc::new(Facts::new(Arc::clone(&self.context), self.redis));
        let facts = web::Data::from(facts);
        let context = web::Data::from(self.context);
        let routes = move |config: &mut ServiceConfig<'_>| {
            config.app_data(facts.clone()).app_data(context.clone());
            http::routes(config);
        };
        let running = http::start(listeners, &server, edge, routes).map_err(StartError::from)?;
        Ok(Service { running, workers })
    }
}

/// What nodes share, or one node has to itself.
struct Shared {
    wake: Arc<dyn Wake>,
    replay: Arc<dyn Replay>,
    limiter: Arc<dyn Limiter>,
    redis: Option<Arc<RedisLink>>,
    wakes_arrive: watch::Receiver<bool>,
}

impl Shared {
    fn connect(
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
            redis: Some(link),
            wakes_arrive,
        })
    }
}

/// What the service says about itself.
struct Facts {
    context: Arc<Context>,
    redis: Option<Arc<RedisLink>>,
    android_apps: Vec<AndroidApp>,
}

impl Facts {
    fn new(context: Arc<Context>, redis: Option<Arc<RedisLink>>) -> Self {
        let mut android_apps: Vec<AndroidApp> = Vec::new();
        for (package, fingerprint) in context.settings.relying_party.android_packages() {
            let fingerprint = fingerprint.to_owned();
            match android_apps.iter_mut().find(|app| app.package == package) {
                Some(app) => app.fingerprints.push(fingerprint),
                None => android_apps.push(AndroidApp {
                    package: package.to_owned(),
                    fingerprints: vec![fingerprint],
                }),
            }
        }
        Self { context, redis, android_apps }
    }
}

#[async_trait]
impl ServiceFacts for Facts {
    fn discovery(&self) -> Discovery {
        let settings = &self.context.settings;
        Discovery {
            issuer: self.context.public_url(),
            relying_party: settings.relying_party.effective_id(&settings.server),
            features: ["login.push", "login.qr", "login.elevate", "account.named"]
                .map(str::to_owned)
                .to_vec(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    async fn signed_key_set(&self) -> Result<SignedKeySet, Failure> {
        keys::published(&self.context)
    }

    async fn readiness(&self) -> Readiness {
        let told = |name: &str, ok: bool, why: &str| Dependency {
            name: name.to_owned(),
            ok,
            detail: (!ok).then(|| why.to_owned()),
        };
        let database = self.context.store.answers().await.is_ok();
        let revocations = self.context.revoked.fresh(self.context.now());
        let mut dependencies = vec![
            told("database", database, "the database does not answer"),
            told("revocations", revocations, "revocations were not read for five seconds"),
        ];
        if let Some(link) = &self.redis {
            // Slower, never looser: the node works without Redis, so this alone does not turn it away.
            let why = "Redis does not answer; the node reads SQL instead";
            dependencies.push(told("redis", link.state().is_up(), why));
        }
        Readiness { ready: database && revocations, dependencies }
    }

    fn ios_app_ids(&self) -> &[String] {
        &self.context.settings.relying_party.ios_app_ids
    }

    fn android_apps(&self) -> &[AndroidApp] {
        &self.android_apps
    }
}
