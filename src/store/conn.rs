//! A connection within a scope, and the one way to run a statement on either database.

use std::{sync::Arc, time::Duration};

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

use super::{Scope, StoreError, pool::Pooled};
use crate::metrics::Metrics;

/// A connection that sees the rows of its scope and no others.
pub struct Conn {
    pooled: Option<Pooled>,
    scope: Scope,
    /// PostgreSQL: what must be sent with the next statement, in its round trip. SQLite: before it.
    prelude: Option<String>,
    /// True if the prelude sets the session's scope, not a transaction's.
    settles: bool,
    bound: Duration,
    /// False once a statement was not answered in time.
    sound: bool,
    /// True while a transaction is open: from the statement that begins it to the answer that ends it.
    open: bool,
    /// True while a statement is under way.
    busy: bool,
    metrics: Arc<Metrics>,
}

/// The two arms of [`on!`].
pub(super) enum Arm<'a> {
    Pg(&'a AsyncPgConnection),
    Sqlite(&'a mut super::pool::AsyncSqlite),
}

impl Conn {
    /// A connection whose next statement first sets the scope, where its session has another one.
    pub(super) fn new(
        pooled: Pooled,
        scope: Scope,
        bound: Duration,
        metrics: Arc<Metrics>,
    ) -> Self {
        let mut conn = Self {
            pooled: Some(pooled),
            scope,
            prelude: None,
            settles: true,
            bound,
            sound: true,
            open: false,
            busy: false,
            metrics,
        };
        if let Some(Pooled::Pg(session)) = &mut conn.pooled
            && session.scope != Some(scope)
        {
            // Unknown until the statement has answered: a lost answer leaves no wrong belief behind.
            session.scope = None;
            conn.prelude = Some(scope.set_config(false));
        }
        conn
    }

    /// A connection of the worker role, which sees what that role may see of every msp.
    pub(super) fn unscoped(pooled: Pooled, bound: Duration, metrics: Arc<Metrics>) -> Self {
        let scope = Scope::installation();
        Self {
            pooled: Some(pooled),
            scope,
            prelude: None,
            settles: false,
            bound,
            sound: true,
            open: false,
            busy: false,
            metrics,
        }
    }

    /// A connection whose next statement begins a transaction within the scope.
    pub(super) fn beginning(
        pooled: Pooled,
        scope: Scope,
        bound: Duration,
        metrics: Arc<Metrics>,
    ) -> Self {
        let prelude = match &pooled {
            Pooled::Pg(_) => format!("BEGIN; {}", scope.set_config(true)),
            Pooled::Sqlite(_) => "BEGIN IMMEDIATE".to_owned(),
        };
        Self {
            pooled: Some(pooled),
            scope,
            prelude: Some(prelude),
            settles: false,
            bound,
            sound: true,
            open: false,
            busy: false,
            metrics,
        }
    }

    /// A connection of the worker role whose next statement begins a transaction.
    pub(super) fn beginning_unscoped(
        pooled: Pooled,
        bound: Duration,
        metrics: Arc<Metrics>,
    ) -> Self {
        let begin = match &pooled {
            Pooled::Pg(_) => "BEGIN",
            Pooled::Sqlite(_) => "BEGIN IMMEDIATE",
        };
        let mut conn = Self::unscoped(pooled, bound, metrics);
        conn.prelude = Some(begin.to_owned());
        conn
    }

    /// The scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// True once a statement was sent.
    pub(super) fn begun(&self) -> bool {
        self.prelude.is_none()
    }

    /// True as long as every statement was answered in time.
    pub(super) fn is_sound(&self) -> bool {
        self.sound
    }

    pub(super) fn bound(&self) -> Duration {
        self.bound
    }

    pub(super) fn mark_unsound(&mut self) {
        self.sound = false;
    }

    pub(super) fn begin_statement(&mut self) -> Option<String> {
        self.metrics.sql_statements.inc();
        self.busy = true;
        let prelude = self.prelude.take();
        self.open |= prelude.is_some() && !self.settles;
        prelude
    }

    /// The session has the connection's scope, now that the statement which set it was answered.
    pub(super) fn settle_scope(&mut self) {
        if self.settles
            && let Some(Pooled::Pg(session)) = &mut self.pooled
        {
            session.scope = Some(self.scope);
        }
    }

    pub(super) fn arm(&mut self) -> Result<Arm<'_>, StoreError> {
        match &mut self.pooled {
            Some(Pooled::Pg(session)) => Ok(Arm::Pg(&session.connection)),
            Some(Pooled::Sqlite(connection)) => Ok(Arm::Sqlite(connection)),
            None => Err(StoreError::Unavailable("the connection was given back".into())),
        }
    }

    /// Ends the transaction by `sql`, COMMIT or ROLLBACK.
    pub(super) async fn end(&mut self, sql: &str) -> Result<(), StoreError> {
        self.execute(sql).await?;
        self.open = false;
        Ok(())
    }

    /// Runs `sql`, which has no parameters and no rows.
    pub(super) async fn execute(&mut self, sql: &str) -> Result<(), StoreError> {
        self.metrics.sql_round_trips.inc();
        self.busy = true;
        let bound = self.bound;
        let run = async {
            match self.arm()? {
                Arm::Pg(mut connection) => connection.batch_execute(sql).await?,
                Arm::Sqlite(connection) => connection.batch_execute(sql).await?,
            }
            Ok(())
        };
        let result = tokio::time::timeout(bound, run).await.unwrap_or_else(|_| Err(too_slow()));
        self.busy = false;
        if result.is_err() {
            self.sound = false;
        }
        result
    }
}

impl Drop for Conn {
    /// Only a connection at rest goes back to its pool. A PostgreSQL statement whose caller went away comes to
    /// its end behind the next one's back; on SQLite the next one would block its thread for it.
    fn drop(&mut self) {
        let Some(pooled) = self.pooled.take() else { return };
        let blocks = self.busy && matches!(pooled, Pooled::Sqlite(_));
        if !self.sound || self.open || blocks {
            pooled.discard();
        }
    }
}

pub(super) fn too_slow() -> StoreError {
    StoreError::Unavailable("a statement was not answered in time".into())
}

/// Runs one query text on whichever database the connection belongs to.
///
/// `on!(conn, |c| users.filter(...).first(c))`: the body is pasted into both arms and awaited there. On
/// PostgreSQL, what must come first (the scope, BEGIN) travels in the same round trip.
macro_rules! on {
    ($conn:expr, |$c:ident| $query:expr) => {
        $crate::store::conn::by_database!($conn, pg | $c | $query, sqlite | $c | $query)
    };
}
pub(super) use on;

/// Runs one text on PostgreSQL and another on SQLite, for what the two do not say alike.
macro_rules! by_database {
    ($conn:expr, pg |$pg:ident| $pg_query:expr, sqlite |$sqlite:ident| $sqlite_query:expr) => {{
        let conn: &mut $crate::store::conn::Conn = $conn;
        let prelude = conn.begin_statement();
        let bound = conn.bound();
        let run = async {
            match conn.arm()? {
                $crate::store::conn::Arm::Pg(shared) => {
                    let first = $crate::store::conn::prepare(shared, prelude.as_deref());
                    let mut shared = shared;
                    let $pg = &mut shared;
                    // In order: the first future is polled, and so sent, before the second.
                    let (ready, result) = futures_util::future::join(first, $pg_query).await;
                    ready.and_then(|()| Ok(result?))
                }
                $crate::store::conn::Arm::Sqlite(connection) => {
                    $crate::store::conn::prepare_sqlite(connection, prelude.as_deref()).await?;
                    let $sqlite = connection;
                    Ok($sqlite_query.await?)
                }
            }
        };
        let result: Result<_, $crate::store::StoreError> = tokio::time::timeout(bound, run)
            .await
            .unwrap_or_else(|_| Err($crate::store::conn::too_slow()));
        conn.finish_statement(prelude.is_some(), result.as_ref().err());
        result
    }};
}
pub(super) use by_database;

/// Inserts rows: on PostgreSQL by one statement, on SQLite, which is no journey away, by one each. (diesel-async has no
/// batch for it.)
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {
        $crate::store::conn::by_database!(
            $conn,
            pg | c | diesel::insert_into($table).values($rows).execute(c),
            sqlite
                | c
                | async {
                    let mut inserted = 0;
                    for row in $rows {
                        inserted += diesel::insert_into($table).values(row).execute(c).await?;
                    }
                    Ok::<usize, diesel::result::Error>(inserted)
                }
        )
    };
}
pub(super) use insert_rows;

pub(super) async fn prepare(
    mut shared: &AsyncPgConnection,
    prelude: Option<&str>,
) -> Result<(), StoreError> {
    match prelude {
        Some(sql) => Ok(shared.batch_execute(sql).await?),
        None => Ok(()),
    }
}

pub(super) async fn prepare_sqlite(
    connection: &mut super::pool::AsyncSqlite,
    prelude: Option<&str>,
) -> Result<(), StoreError> {
    match prelude {
        Some(sql) => Ok(connection.batch_execute(sql).await?),
        None => Ok(()),
    }
}

impl Conn {
    /// Notes what the statement's end says about the connection.
    pub(super) fn finish_statement(&mut self, had_prelude: bool, error: Option<&StoreError>) {
        self.metrics.sql_round_trips.inc();
        self.busy = false;
        match error {
            None if had_prelude => self.settle_scope(),
            Some(StoreError::Unavailable(_)) => self.mark_unsound(),
            _ => {}
        }
    }
}
