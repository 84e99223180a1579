//! Pools of connections that are ready for use: PostgreSQL in one of the two roles, SQLite with its pragmas.

use std::{sync::Arc, time::Duration};

use deadpool::managed::{Manager, Metrics, Object, Pool, RecycleError, RecycleResult};
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection,
    pooled_connection::PoolableConnection,
    sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper},
};
use futures_util::future::BoxFuture;
use rustls::ClientConfig;
use tokio::runtime::Handle;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Scope, StoreError};

/// A SQLite connection whose statements run on blocking threads.
pub(super) type AsyncSqlite = SyncConnectionWrapper<SqliteConnection, Detached>;

/// Runs statements on tokio's blocking threads, and lets one whose caller went away come to its end there;
/// the connection's next statement waits for it. (The library's own way blocks the caller's thread in `drop`,
/// which panics on actix's runtimes of one thread.)
pub struct Detached(Handle);

impl SpawnBlocking for Detached {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn std::error::Error + Send + Sync + 'static>>>
    where
        R: Send + 'static,
    {
        let running = self.0.spawn_blocking(task);
        Box::pin(async move { running.await.map_err(Box::from) })
    }

    fn get_runtime() -> Self {
        Self(Handle::current())
    }
}

/// A PostgreSQL connection and the scope its session is set to.
pub struct PgSession {
    pub(super) connection: AsyncPgConnection,
    pub(super) scope: Option<Scope>,
}

/// The role that a PostgreSQL connection takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The service's requests, behind row-level security.
    App,
    /// Sweeps across msps.
    Worker,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::App => "countersign_app",
            Self::Worker => "countersign_worker",
        }
    }
}

/// Makes PostgreSQL connections.
pub struct PgManager {
    config: tokio_postgres::Config,
    tls: MakeRustlsConnect,
    role: Role,
    statement_timeout: Duration,
}

impl PgManager {
    pub(super) fn new(
        url: &str,
        tls: &Arc<ClientConfig>,
        role: Role,
        statement_timeout: Duration,
    ) -> Result<Self, StoreError> {
        let mut config: tokio_postgres::Config = url
            .parse()
            .map_err(|error| StoreError::Unavailable(format!("store.url is not valid: {error}")))?;
        config.connect_timeout(Duration::from_secs(3)).application_name("countersign");
        let tls = MakeRustlsConnect::new(ClientConfig::clone(tls));
        Ok(Self { config, tls, role, statement_timeout })
    }
}

impl Manager for PgManager {
    type Type = PgSession;
    type Error = StoreError;

    async fn create(&self) -> Result<PgSession, StoreError> {
        let unavailable =
            |error: &dyn std::fmt::Display| StoreError::Unavailable(error.to_string());
        let (client, driver) =
            self.config.connect(self.tls.clone()).await.map_err(|error| unavailable(&error))?;
        let mut connection = AsyncPgConnection::try_from_client_and_connection(client, driver)
            .await
            .map_err(|error| unavailable(&error))?;
        let settle = format!(
            "SET ROLE {}; SET statement_timeout = {}; SET idle_in_transaction_session_timeout = 10000",
            self.role.name(),
            self.statement_timeout.as_millis()
        );
        connection.batch_execute(&settle).await?;
        Ok(PgSession { connection, scope: None })
    }

    async fn recycle(&self, session: &mut PgSession, _: &Metrics) -> RecycleResult<StoreError> {
        if session.connection.is_broken() {
            return Err(RecycleError::message("the server closed the connection"));
        }
        Ok(())
    }
}

/// Makes SQLite connections.
pub struct SqliteManager {
    path: String,
}

impl SqliteManager {
    pub(super) fn new(path: &str) -> Self {
        Self { path: path.to_owned() }
    }
}

/// WAL so that readers never wait, FULL so that a commit is on the disk when it is answered.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 268435456;";

impl Manager for SqliteManager {
    type Type = AsyncSqlite;
    type Error = StoreError;

    async fn create(&self) -> Result<AsyncSqlite, StoreError> {
        let path = self.path.clone();
        let opened = tokio::task::spawn_blocking(move || -> Result<SqliteConnection, String> {
            let mut connection =
                SqliteConnection::establish(&path).map_err(|error| error.to_string())?;
            connection.batch_execute(PRAGMAS).map_err(|error| error.to_string())?;
            Ok(connection)
        });
        let connection = opened
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?
            .map_err(|error| StoreError::Unavailable(format!("{}: {error}", self.path)))?;
        Ok(SyncConnectionWrapper::new(connection))
    }

    async fn recycle(&self, _: &mut AsyncSqlite, _: &Metrics) -> RecycleResult<StoreError> {
        Ok(())
    }
}

/// A connection out of its pool.
#[allow(
    clippy::large_enum_variant,
    reason = "one a request, moved a few times: a box would cost more"
)]
pub enum Pooled {
    /// PostgreSQL.
    Pg(Object<PgManager>),
    /// SQLite.
    Sqlite(Object<SqliteManager>),
}

impl Pooled {
    /// Closes the connection instead of giving it back.
    pub(super) fn discard(self) {
        match self {
            Self::Pg(object) => drop(Object::take(object)),
            Self::Sqlite(object) => drop(Object::take(object)),
        }
    }
}

/// The pools of one database.
pub enum Pools {
    /// PostgreSQL, by role.
    Pg {
        /// Requests.
        app: Pool<PgManager>,
        /// Sweeps.
        worker: Pool<PgManager>,
    },
    /// SQLite: one connection writes, the others read.
    Sqlite {
        /// The one writer.
        writer: Pool<SqliteManager>,
        /// Readers.
        readers: Pool<SqliteManager>,
    },
}
