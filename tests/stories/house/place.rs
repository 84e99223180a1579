//! Where a story's data is.

use countersign_testkit::servers::{TestDatabase, schema_version, shared_postgres, shared_redis};
use tempfile::TempDir;
use url::Url;

use countersign::{config::Settings, store::migrate};

/// The databases of a story.
pub enum Place {
    /// A SQLite file.
    Embedded {
        /// The data folder.
        folder: TempDir,
    },
    /// PostgreSQL and Redis.
    Large {
        /// The story's own database.
        database: TestDatabase,
        /// The Redis of the run; the story has a prefix of its own.
        redis: Url,
        /// The master key's folder.
        folder: TempDir,
    },
}

impl Place {
    /// A fresh folder.
    pub fn embedded() -> Self {
        Self::Embedded { folder: TempDir::new().unwrap() }
    }

    /// A fresh database on the servers of the run.
    pub async fn shared() -> Option<Self> {
        let (postgres, redis) = (shared_postgres()?, shared_redis()?);
        Some(Self::large(&postgres, redis).await)
    }

    /// A fresh database on these servers.
    pub async fn large(postgres: &Url, redis: Url) -> Self {
        let version = schema_version("stories", &migrations());
        let database = TestDatabase::create(postgres, &version, async |url: Url| {
            migrate::postgres(url.as_str(), tls()).await.unwrap();
            let (client, driver) =
                tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(driver);
            client
                .batch_execute(
                    "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'countersign_story') THEN
                     CREATE ROLE countersign_story LOGIN IN ROLE countersign_app, countersign_worker; END IF;
                     GRANT countersign_retention TO countersign_story; END $$",
                )
                .await
                .unwrap();
        })
        .await;
        let folder = TempDir::new().unwrap();
        Self::Large { database, redis, folder }
    }

    /// The settings of a node here; what only one node decides is filled in by the node.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::embedded();
        settings.server.metrics_listen = None;
        match self {
            Self::Embedded { folder } => settings.data.folder = folder.path().to_owned(),
            Self::Large { database, redis, folder } => {
                settings.data.folder = folder.path().to_owned();
                settings.store.url =
                    Some(database.url_as("countersign_story").as_str().parse().unwrap());
                settings.store.pool_size = 6;
                settings.redis.url = Some(redis.as_str().into());
                settings.redis.prefix = database.name().to_owned();
                settings.cluster.nodes = 2;
                let key = folder.path().join("master.key");
                if !key.exists() {
                    let random = countersign::ambient::SystemRandom::new();
                    countersign::auth::KeyRing::create(&key, &random).unwrap();
                }
                settings.keys.master_key_file = Some(key);
            }
        }
        settings
    }

    /// The superuser's or file's way past the walls, for what a story looks up by itself.
    pub fn behind_the_walls(&self) -> Behind {
        match self {
            Self::Embedded { folder } => Behind::File(
                folder.path().join("countersign.sqlite").to_string_lossy().into_owned(),
            ),
            Self::Large { database, .. } => Behind::Superuser(database.url()),
        }
    }
}

/// A way past the walls.
pub enum Behind {
    /// The SQLite file.
    File(String),
    /// The superuser's URL.
    Superuser(Url),
}

/// TLS settings that are never used on loopback.
pub fn tls() -> std::sync::Arc<rustls::ClientConfig> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let roots = rustls::RootCertStore::empty();
    let config = rustls::ClientConfig::builder().with_root_certificates(roots);
    std::sync::Arc::new(config.with_no_client_auth())
}

/// Where PostgreSQL's migrations are.
fn migrations() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres")
}
