//! Pools of connections that are ready for use: PostgreSQL in one of the roles, SQLite with its pragmas.

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
    /// Takes pruned texts out of the audit log.
    Retention,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::App => "countersign_app",
            Self::Worker => "countersign_worker",
            Self::Retention => "countersign_retention",
        }
    }
}

/// Makes PostgreSQL connections. What drives one runs on the service's own runtime and not on the one of
/// whoever happened to ask first: an HTTP worker's thread would drive it between its requests, and take it along
/// when it ends.
pub struct PgConnector {
    config: tokio_postgres::Config,
    tls: MakeRustlsConnect,
    role: Role,
    statement_timeout: Duration,
    runtime: Handle,
}

impl PgConnector {
    pub(super) fn new(
        url: &str,
        tls: &Arc<ClientConfig>,
        role: Role,
        statement_timeout: Duration,
        runtime: Handle,
    ) -> Result<Self, StoreError> {
        let mut config: tokio_postgres::Config = url
            .parse()
            .map_err(|error| StoreError::Unavailable(format!("store.url is not valid: {error}")))?;
        config
            .connect_timeout(Duration::from_secs(3))
            // A server that is gone without a word is found out, not waited for.
            .tcp_user_timeout(Duration::from_secs(10))
            .keepalives_idle(Duration::from_secs(30))
            .application_name("countersign");
        let tls = MakeRustlsConnect::new(ClientConfig::clone(tls));
        Ok(Self { config, tls, role, statement_timeout, runtime })
    }
}

fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

impl Manager for PgConnector {
    type Type = PgSession;
    type Error = StoreError;

    async fn create(&self) -> Result<PgSession, StoreError> {
        let (config, tls) = (self.config.clone(), self.tls.clone());
        let settle = format!(
            "SET ROLE {}; SET statement_timeout = {}; SET idle_in_transaction_session_timeout = 10000",
            self.role.name(),
            self.statement_timeout.as_millis()
        );
        let connecting = async move {
            let (client, driver) = config.connect(tls).await.map_err(unavailable)?;
            let mut connection = AsyncPgConnection::try_from_client_and_connection(client, driver)
                .await
                .map_err(unavailable)?;
            connection.batch_execute(&settle).await?;
            Ok(PgSession { connection, scope: None })
        };
        self.runtime.spawn(connecting).await.map_err(unavailable)?
    }

    async fn recycle(&self, session: &mut PgSession, _: &Metrics) -> RecycleResult<StoreError> {
        if session.connection.is_broken() {
            return Err(RecycleError::message("the server closed the connection"));
        }
        Ok(())
    }
}

/// Makes SQLite connections, whose statements run on the service's own runtime.
pub struct SqliteConnector {
    path: String,
    runtime: Handle,
}

impl SqliteConnector {
    pub(super) fn new(path: &str, runtime: Handle) -> Self {
        Self { path: path.to_owned(), runtime }
    }
}

/// WAL so that readers never wait, FULL so that a commit is on the disk when it is answered.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 268435456;";

impl Manager for SqliteConnector {
    type Type = AsyncSqlite;
    type Error = StoreError;

    async fn create(&self) -> Result<AsyncSqlite, StoreError> {
        let path = self.path.clone();
        let opened = self.runtime.spawn_blocking(move || -> Result<SqliteConnection, String> {
            let mut connection =
                SqliteConnection::establish(&path).map_err(|error| error.to_string())?;
            connection.batch_execute(PRAGMAS).map_err(|error| error.to_string())?;
            Ok(connection)
        });
        let connection = opened
            .await
            .map_err(unavailable)?
            .map_err(|error| StoreError::Unavailable(format!("{}: {error}", self.path)))?;
        Ok(SyncConnectionWrapper::with_runtime(connection, Detached(self.runtime.clone())))
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
    Pg(Object<PgConnector>),
    /// SQLite.
    Sqlite(Object<SqliteConnector>),
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
        app: Pool<PgConnector>,
        /// Sweeps.
        worker: Pool<PgConnector>,
        /// Retention.
        retention: Pool<PgConnector>,
    },
    /// SQLite: one connection writes, the others read.
    Sqlite {
        /// The one writer.
        writer: Pool<SqliteConnector>,
        /// Readers.
        readers: Pool<SqliteConnector>,
    },
}
