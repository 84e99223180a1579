//! The database as the service holds it.

use std::{
    sync::{Arc, PoisonError, RwLock, Weak},
    time::Duration,
};

use deadpool::{
    Runtime,
    managed::{Pool, PoolError},
};
use futures_util::future::BoxFuture;
use tokio::{runtime::Handle, sync::oneshot};

use super::{
    Committed, Conn, Scope, StoreError, Tx,
    audit::{Months, Recording},
    pool::{PgConnector, Pooled, Pools, Role, SqliteConnector},
};
use crate::{domain::Failure, metrics::Metrics};

/// Where the database is and how long it may take.
pub struct Address {
    /// `postgres://...` for requests, or the path of a SQLite file.
    pub place: Place,
    /// Connections of requests (PostgreSQL) or readers (SQLite).
    pub pool_size: usize,
    /// How long to wait for a free connection.
    pub acquire_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
}

/// Which database.
pub enum Place {
    /// A SQLite file.
    Sqlite(String),
    /// PostgreSQL.
    Postgres {
        /// The URL for requests.
        url: String,
        /// The URL for sweeps across msps.
        worker_url: String,
        /// TLS, used where the URL asks for it.
        tls: Arc<rustls::ClientConfig>,
    },
}

/// Connections of the worker role: the sweeps' two, and the audit log's.
const WORKERS: usize = 6;

/// The database: connections within a scope, and transactions that outlive the caller who began them.
pub struct Store {
    pools: Pools,
    runtime: Handle,
    bound: Duration,
    metrics: Arc<Metrics>,
    witnesses: RwLock<Vec<Weak<dyn Committed>>>,
    months: Months,
}

impl Store {
    /// A store whose transactions run on the present tokio runtime. It connects when first asked.
    ///
    /// # Errors
    /// If the address can't be read.
    pub fn new(address: Address, metrics: Arc<Metrics>) -> Result<Self, StoreError> {
        let Address { place, pool_size, acquire_timeout, statement_timeout } = address;
        let runtime = Handle::current();
        let pools = match place {
            Place::Sqlite(path) => Pools::Sqlite {
                writer: pool(SqliteConnector::new(&path, runtime.clone()), 1, acquire_timeout)?,
                readers: pool(
                    SqliteConnector::new(&path, runtime.clone()),
                    pool_size,
                    acquire_timeout,
                )?,
            },
            Place::Postgres { url, worker_url, tls } => {
                let connector = |url: &str, role| {
                    PgConnector::new(url, &tls, role, statement_timeout, runtime.clone())
                };
                Pools::Pg {
                    app: pool(connector(&url, Role::App)?, pool_size, acquire_timeout)?,
                    worker: pool(connector(&worker_url, Role::Worker)?, WORKERS, acquire_timeout)?,
                    retention: pool(connector(&worker_url, Role::Retention)?, 1, acquire_timeout)?,
                }
            }
        };
        // The server cancels a slow statement first; this bound is for a server that does not answer.
        let bound = statement_timeout + Duration::from_secs(1);
        Ok(Self {
            pools,
            runtime,
            bound,
            metrics,
            witnesses: RwLock::default(),
            months: Months::default(),
        })
    }

    /// Tells `witness` of every event from now on, for as long as somebody else keeps it.
    pub fn tell(&self, witness: Weak<dyn Committed>) {
        let mut witnesses = self.witnesses.write().unwrap_or_else(PoisonError::into_inner);
        witnesses.push(witness);
    }

    fn witnesses(&self) -> Vec<Arc<dyn Committed>> {
        let witnesses = self.witnesses.read().unwrap_or_else(PoisonError::into_inner);
        witnesses.iter().filter_map(Weak::upgrade).collect()
    }

    /// A connection to read within `scope`.
    ///
    /// # Errors
    /// If no connection is free or the database does not answer.
    pub async fn within(&self, scope: Scope) -> Result<Conn, StoreError> {
        let pooled = match &self.pools {
            Pools::Pg { app, .. } => Pooled::Pg(app.get().await.map_err(busy)?),
            Pools::Sqlite { readers, .. } => Pooled::Sqlite(readers.get().await.map_err(busy)?),
        };
        Ok(Conn::new(pooled, scope, self.bound, Arc::clone(&self.metrics)))
    }

    /// A connection for sweeps across msps; what it may see and change is the worker role's.
    ///
    /// # Errors
    /// If no connection is free or the database does not answer.
    pub async fn across(&self) -> Result<Across, StoreError> {
        let pooled = match &self.pools {
            Pools::Pg { worker, .. } => Pooled::Pg(worker.get().await.map_err(busy)?),
            Pools::Sqlite { writer, .. } => Pooled::Sqlite(writer.get().await.map_err(busy)?),
        };
        Ok(Across(Conn::unscoped(pooled, self.bound, Arc::clone(&self.metrics))))
    }

    /// A transaction of the worker role, which adds to the audit log.
    ///
    /// # Errors
    /// If no connection is free or the database does not answer.
    pub async fn recording(&self) -> Result<Recording, StoreError> {
        let pooled = match &self.pools {
            Pools::Pg { worker, .. } => Pooled::Pg(worker.get().await.map_err(busy)?),
            Pools::Sqlite { writer, .. } => Pooled::Sqlite(writer.get().await.map_err(busy)?),
        };
        let conn = Conn::beginning_unscoped(pooled, self.bound, Arc::clone(&self.metrics));
        Ok(Recording::begin(conn))
    }

    /// A transaction of the retention role, which takes pruned texts out of the audit log.
    ///
    /// # Errors
    /// If no connection is free or the database does not answer; or if the service's role is no member of
    /// `countersign_retention`.
    pub(super) async fn pruning(&self) -> Result<Recording, StoreError> {
        let pooled = match &self.pools {
            Pools::Pg { retention, .. } => Pooled::Pg(retention.get().await.map_err(busy)?),
            Pools::Sqlite { writer, .. } => Pooled::Sqlite(writer.get().await.map_err(busy)?),
        };
        let conn = Conn::beginning_unscoped(pooled, self.bound, Arc::clone(&self.metrics));
        Ok(Recording::begin(conn))
    }

    /// The months of the audit log that can be written to.
    pub(super) fn months(&self) -> &Months {
        &self.months
    }

    /// True if this is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.pools, Pools::Pg { .. })
    }

    /// Runs `work` in a transaction within `scope`, to its end even if the caller goes away: whoever hangs
    /// up finds all of it done, or none, and a fault that nobody is there to be told is logged here. `work` ends
    /// with [`Tx::commit`]; otherwise nothing happened.
    ///
    /// # Errors
    /// What `work` fails with, or that the database does not answer.
    pub async fn transact<T, W>(&self, scope: Scope, work: W) -> Result<T, Failure>
    where
        T: Send + 'static,
        W: FnOnce(Tx) -> BoxFuture<'static, Result<T, Failure>> + Send + 'static,
    {
        let pooled = match &self.pools {
            Pools::Pg { app, .. } => Pooled::Pg(app.get().await.map_err(busy)?),
            Pools::Sqlite { writer, .. } => Pooled::Sqlite(writer.get().await.map_err(busy)?),
        };
        let conn = Conn::beginning(pooled, scope, self.bound, Arc::clone(&self.metrics));
        let task = work(Tx::begin(conn, Arc::clone(&self.metrics), self.witnesses()));
        let (caller, told) = oneshot::channel();
        let running = self.runtime.spawn(async move {
            let untold = caller.send(task.await);
            if let Err(Err(failure @ (Failure::Fault(_) | Failure::Unavailable(_)))) = untold {
                tracing::error!(?failure, "a transaction failed after its caller had gone");
            }
        });
        match told.await {
            Ok(result) => result,
            Err(_) => {
                let why = running.await.err().map(|error| error.to_string()).unwrap_or_default();
                Err(Failure::Fault(format!("a transaction's task ended early: {why}")))
            }
        }
    }

    /// Checks that PostgreSQL's walls stand between this process and other msps' rows: the role that logs in
    /// is no superuser, does not bypass row-level security, and does not own the tables.
    ///
    /// # Errors
    /// With what to change; or if the database does not answer.
    pub async fn check_walls(&self) -> Result<(), StoreError> {
        if let Pools::Sqlite { .. } = self.pools {
            return Ok(());
        }
        let mut requests = self.within(Scope::installation()).await?;
        let mut sweeps = self.across().await?.0;
        if super::walls::can_be_climbed(&mut requests).await?
            || super::walls::can_be_climbed(&mut sweeps).await?
        {
            return Err(StoreError::Unavailable(
                "store.url (or store.worker_url) logs in as a superuser, a role with BYPASSRLS, or the owner of the tables (or a member of \
                 it): make a role for the service (CREATE ROLE countersign_service LOGIN PASSWORD '...' IN ROLE \
                 countersign_app, countersign_worker, countersign_retention) and name it in store.url; the owner belongs in store.owner_url"
                    .into(),
            ));
        }
        drop((requests, sweeps));
        match self.pruning().await {
            Ok(tx) => tx.roll_back().await,
            Err(error) => {
                return Err(StoreError::Unavailable(format!(
                    "the role in store.url (or store.worker_url) can't take pruned texts out of the audit log ({error}): \
                     GRANT countersign_retention to it"
                )));
            }
        }
        Ok(())
    }

    /// Connections that are in use now, of all pools.
    #[must_use]
    pub fn busy(&self) -> usize {
        let busy = |status: deadpool::Status| status.size.saturating_sub(status.available);
        match &self.pools {
            Pools::Pg { app, worker, retention } => {
                busy(app.status()) + busy(worker.status()) + busy(retention.status())
            }
            Pools::Sqlite { writer, readers } => busy(writer.status()) + busy(readers.status()),
        }
    }

    /// True if the database answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn answers(&self) -> Result<(), StoreError> {
        self.within(Scope::installation()).await?.execute("SELECT 1").await
    }
}

/// A connection of the worker role.
pub struct Across(pub(super) Conn);

fn pool<M>(manager: M, size: usize, wait: Duration) -> Result<Pool<M>, StoreError>
where
    M: deadpool::managed::Manager<Error = StoreError>,
{
    Pool::builder(manager)
        .max_size(size)
        .wait_timeout(Some(wait))
        .create_timeout(Some(wait.max(Duration::from_secs(3))))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}

fn busy(error: PoolError<StoreError>) -> StoreError {
    match error {
        PoolError::Backend(error) => error,
        other => StoreError::Unavailable(format!("no connection: {other}")),
    }
}
