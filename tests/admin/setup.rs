//! A migrated database of the test's own and the use cases' context over it.

use std::{path::Path, sync::Arc, time::Duration};

use countersign::{
    ambient::{ManualClock, Random, SystemRandom},
    audit::{Backlog, Observer, ObserverParts, WebhookParts, Webhooks},
    auth::{Issuer, KeyRing, RelyingParty, SigningKeys},
    config::Settings,
    domain::{Event, ListFrom},
    flows::{AdminCaller, Context, admin, states::Turns},
    guards::{LocalLimiter, LocalMarks, LocalReplay},
    metrics::Metrics,
    outbound::{Bounds, Caller},
    push::delivery::NoPushes,
    store::{Address, Place, Store, migrate},
    wake::{Hub, LocalWake, Revoked},
};
use countersign_protocol::Instant;
use countersign_testkit::servers::{
    PrivatePostgres, TestDatabase, schema_version, shared_postgres,
};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_types::Text};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use uuid::Uuid;

const NOON_MILLIS: i64 = 1_795_340_460_000;
pub const ALL: ListFrom = ListFrom { after: None, limit: 50 };

pub enum Database {
    Sqlite { path: String, _folder: TempDir },
    Postgres { database: TestDatabase, _server: Option<PrivatePostgres> },
}

pub struct Setup {
    pub ctx: Arc<Context>,
    pub clock: Arc<ManualClock>,
    pub metrics: Arc<Metrics>,
    pub database: Database,
}

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = Text)]
    body: String,
}

impl Setup {
    pub async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("test.sqlite").to_str().unwrap().to_owned();
        migrate::sqlite(&path).await.unwrap();
        Self::over(Place::Sqlite(path.clone()), Database::Sqlite { path, _folder: folder })
    }

    /// `None` where there is no PostgreSQL.
    pub async fn postgres() -> Option<Self> {
        let (admin, server) = match shared_postgres() {
            Some(shared) => (shared, None),
            None => {
                let server = PrivatePostgres::start_or_skip()?;
                (server.admin_url(), Some(server))
            }
        };
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
        let version = schema_version("admin", &migrations);
        let database = TestDatabase::create(&admin, &version, async |url| {
            migrate::postgres(url.as_str(), tls()).await.unwrap();
        })
        .await;
        let url = database.url().to_string();
        let place = Place::Postgres { url: url.clone(), worker_url: url, tls: tls() };
        Some(Self::over(place, Database::Postgres { database, _server: server }))
    }

    fn over(place: Place, database: Database) -> Self {
        let metrics = Arc::new(Metrics::new());
        let store = Store::new(
            Address {
                place,
                pool_size: 4,
                acquire_timeout: Duration::from_secs(10),
                statement_timeout: Duration::from_secs(10),
            },
            Arc::clone(&metrics),
        );
        let clock = Arc::new(ManualClock::standing_at(noon()));
        let signing = Arc::new(SigningKeys::new(vec![]));
        let hub = Hub::new();
        let origins = ["http://localhost:8080".parse().unwrap()];
        let store = Arc::new(store.unwrap());
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let observing = ObserverParts {
            store: Arc::clone(&store),
            stream: None,
            clock: clock.clone(),
            random: Arc::clone(&random),
            metrics: Arc::clone(&metrics),
        };
        let observer = Arc::new(Observer::start(observing, &tokio::runtime::Handle::current()));
        let keys = Arc::new(KeyRing::from_key([7; 32]));
        let timeout = Duration::from_secs(1);
        let bounds = Bounds {
            connect_timeout: timeout,
            timeout,
            tls_roots: None,
            tls_roots_key: "audit.calls.tls_roots",
        };
        let webhooks = Webhooks::new(WebhookParts {
            store: Arc::clone(&store),
            clock: clock.clone(),
            random: Arc::clone(&random),
            keys: Arc::clone(&keys),
            observer: Arc::clone(&observer),
            metrics: Arc::clone(&metrics),
            grown: Arc::default(),
            caller: Caller::new(bounds, &[]).unwrap(),
            timeout,
            gather: timeout,
            give_up: timeout,
        });
        let ctx = Context {
            settings: Settings::embedded(),
            clock: clock.clone(),
            random,
            store,
            keys,
            signing: Arc::clone(&signing),
            issuer: Issuer::new(signing, "http://localhost:8080".into()),
            relying_party: RelyingParty::new("localhost", "Countersign", &origins, &[]).unwrap(),
            hub: hub.clone(),
            turns: Turns::at(8),
            wake: Arc::new(LocalWake(hub)),
            revoked: Arc::new(Revoked::new()),
            replay: Arc::new(LocalReplay::new(noon(), 1000)),
            limiter: Arc::new(LocalLimiter::new(clock.clone(), 1000)),
            sightings: Arc::new(LocalMarks::default()),
            pushes: Arc::new(NoPushes),
            observer,
            backlog: Arc::new(Backlog::default()),
            webhooks: Arc::new(webhooks),
        };
        Self { ctx: Arc::new(ctx), clock, metrics, database }
    }

    /// A fresh msp and its admin.
    pub async fn msp(&self) -> AdminCaller {
        let (_, secret) = admin::bootstrap(&self.ctx, "Acme IT", "msp-", "first").await.unwrap();
        admin::authenticate(&self.ctx, &secret.reveal()).await.unwrap()
    }

    /// All events, in the order of their ids (those of one step share their instant: sorted by sentence).
    pub async fn events(&self) -> Vec<Event> {
        let bodies: Vec<String> = match &self.database {
            Database::Sqlite { path, .. } => {
                let mut connection = SqliteConnection::establish(path).unwrap();
                let rows =
                    diesel::sql_query("SELECT body FROM outbox").load::<Body>(&mut connection);
                rows.unwrap().into_iter().map(|row| row.body).collect()
            }
            Database::Postgres { database, .. } => {
                let rows = client(database).await.query("SELECT body FROM outbox", &[]).await;
                rows.unwrap().iter().map(|row| row.get(0)).collect()
            }
        };
        let mut events: Vec<Event> =
            bodies.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
        events.sort_by_key(|event| (event.at, event.sentence.clone()));
        events
    }

    /// The sentences of events about `id`.
    pub async fn told(&self, id: impl Into<Uuid>) -> Vec<String> {
        let id = id.into();
        let events = self.events().await.into_iter();
        events.filter(|event| event.entity.id() == id).map(|event| event.sentence).collect()
    }

    /// Runs a statement beside the service. `{uuid}` in braces stands for an id in the database's own form.
    pub async fn execute(&self, sql: &str, ids: &[Uuid]) {
        let sqlite = matches!(self.database, Database::Sqlite { .. });
        let sql = ids.iter().fold(sql.to_owned(), |sql, id| {
            let literal = if sqlite { format!("x'{}'", id.simple()) } else { format!("'{id}'") };
            sql.replacen("{}", &literal, 1)
        });
        match &self.database {
            Database::Sqlite { path, .. } => {
                let mut connection = SqliteConnection::establish(path).unwrap();
                diesel::sql_query(sql).execute(&mut connection).unwrap();
            }
            Database::Postgres { database, .. } => {
                client(database).await.batch_execute(&sql).await.unwrap();
            }
        }
    }

    /// An instant, as a literal of the database.
    pub fn at(&self, instant: Instant) -> String {
        match self.database {
            Database::Sqlite { .. } => instant.unix_millis().to_string(),
            Database::Postgres { .. } => format!("'{instant}'"),
        }
    }
}

async fn client(database: &TestDatabase) -> tokio_postgres::Client {
    let url = database.url();
    let (client, driver) =
        tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(driver);
    client
}

fn tls() -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Arc::new(config)
}

pub fn noon() -> Instant {
    Instant::from_unix_millis(NOON_MILLIS)
}
