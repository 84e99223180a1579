//! PostgreSQL and Redis, and the service's parts on them without the loops that drive them.

use std::{sync::Arc, time::Duration};

use countersign::{
    ambient::{Clock, Random, SteadyClock, SystemRandom},
    app::App,
    audit::Audit,
    auth::KeyRing,
    config::Settings,
    flows::{Context, admin},
    metrics::Metrics,
    store::{Address, Place, Store, migrate},
};
use countersign_protocol::MspId;
use countersign_testkit::servers::{PrivatePostgres, PrivateRedis};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};
use url::Url;

use crate::{Failure, disk, options::Options, say};

/// The role that the service logs in as.
const ROLE: &str = "countersign_load";

/// Servers and parts.
pub struct Servers {
    /// The use cases' context.
    pub context: Arc<Context>,
    /// The audit path.
    pub audit: Arc<Audit>,
    /// Whose logs are filled.
    pub msps: Vec<MspId>,
    url: Url,
    folder: TempDir,
    // Dropped last.
    _redis: Option<PrivateRedis>,
    _postgres: Option<PrivatePostgres>,
}

impl Servers {
    /// Starts what is not given, and makes the msps.
    pub async fn start(options: &Options) -> Result<Self, Failure> {
        let (postgres, redis) = match (&options.postgres, &options.redis) {
            (Some(_), Some(_)) => (None, None),
            _ => {
                say("starting PostgreSQL (durable) and Redis");
                let redis = PrivateRedis::start_with(&[("appendonly", "yes")]);
                (Some(PrivatePostgres::start()), Some(redis))
            }
        };
        let admin = options.postgres.clone().or(postgres.as_ref().map(PrivatePostgres::admin_url));
        let admin = admin.ok_or("no PostgreSQL")?;
        let redis_url = options.redis.clone().or(redis.as_ref().map(PrivateRedis::url));
        let redis_url = redis_url.ok_or("no Redis")?;
        let folder = TempDir::new()?;
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let clock: Arc<dyn Clock> = Arc::new(SteadyClock::start());
        let name = format!("audit_load_{}", random.id::<uuid::Uuid>(clock.now()).simple());
        let url = database(&admin, &name).await?;
        let mut settings = Settings::embedded();
        settings.data.folder = folder.path().to_owned();
        let key = folder.path().join("master.key");
        KeyRing::create(&key, &*random)?;
        settings.keys.master_key_file = Some(key);
        let mut as_service = url.clone();
        as_service.set_username(ROLE).map_err(|()| "a URL without a host")?;
        settings.store.url = Some(as_service.as_str().parse()?);
        settings.redis.url = Some(redis_url.as_str().into());
        settings.redis.prefix = name;
        settings.audit.shards = options.shards;
        settings.audit.batch = usize::try_from(options.batch)?;
        let app = Box::pin(App::build(settings, clock, random)).await?;
        let (context, audit) = (Arc::clone(&app.context), Arc::clone(&app.audit));
        if let Some(stream) = &audit.stream {
            stream.link.watch().wait_for(|state| state.is_up()).await?;
        }
        let mut msps = Vec::new();
        for number in 0..options.msps {
            let name = format!("Load IT {number}");
            let made = admin::bootstrap(&context, &name, "msp-", "load").await;
            msps.push(made.map_err(|failure| format!("{failure:?}"))?.0);
        }
        Ok(Self { context, audit, msps, url, folder, _redis: redis, _postgres: postgres })
    }

    /// The same database, which tells nobody of its commits.
    pub fn silent(&self) -> Result<Store, Failure> {
        let mut url = self.url.clone();
        url.set_username(ROLE).map_err(|()| "a URL without a host")?;
        let place = Place::Postgres {
            url: url.to_string(),
            worker_url: url.to_string(),
            tls: Arc::new(no_tls()),
        };
        let timeout = Duration::from_secs(5);
        let address =
            Address { place, pool_size: 2, acquire_timeout: timeout, statement_timeout: timeout };
        Ok(Store::new(address, Arc::new(Metrics::new()))?)
    }

    /// A connection of the superuser.
    pub async fn superuser(&self) -> Result<Client, Failure> {
        connect(&self.url).await
    }

    /// Durable writes a second, here and now.
    pub async fn syncs(&self) -> Option<f64> {
        disk::syncs_a_second(self.folder.path()).await
    }
}

async fn connect(url: &Url) -> Result<Client, Failure> {
    let (client, driver) = tokio_postgres::connect(url.as_str(), NoTls).await?;
    tokio::spawn(driver);
    Ok(client)
}

/// A database of the present schema.
async fn database(admin: &Url, name: &str) -> Result<Url, Failure> {
    let client = connect(admin).await?;
    client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    let mut url = admin.clone();
    url.set_path(name);
    migrate::postgres(url.as_str(), Arc::new(no_tls())).await?;
    let role = format!(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN \
         CREATE ROLE {ROLE} LOGIN IN ROLE countersign_app, countersign_worker, countersign_retention; END IF; END $$"
    );
    client.batch_execute(&role).await?;
    Ok(url)
}

/// TLS settings for loopback, where nothing uses them.
fn no_tls() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore::empty();
    rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}
