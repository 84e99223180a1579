//! A transaction that can only be committed with a record of what it did.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use super::{Conn, StoreError, outbox};
use crate::{domain::Event, metrics::Metrics};

/// An open transaction. It derefs to its connection; dropped without [`Tx::commit`], it is rolled back.
pub struct Tx {
    conn: Option<Conn>,
    metrics: Arc<Metrics>,
    witnesses: Vec<Arc<dyn Committed>>,
}

/// Whoever is told of each event once it is committed, and of none that is not.
pub trait Committed: Send + Sync {
    /// Takes note; it must not wait for anything.
    fn committed(&self, event: &Event);
}

impl Tx {
    pub(super) fn begin(
        conn: Conn,
        metrics: Arc<Metrics>,
        witnesses: Vec<Arc<dyn Committed>>,
    ) -> Self {
        Self { conn: Some(conn), metrics, witnesses }
    }

    /// Writes the events and commits: all of it, or nothing. There is no commit without an event.
    ///
    /// # Errors
    /// If the events can't be written or the database does not confirm; then nothing was changed, or (when
    /// the connection broke during COMMIT itself) all of it, which a caller's retry finds out.
    pub async fn commit(mut self, event: Event, more: Vec<Event>) -> Result<(), StoreError> {
        let mut conn = self.take()?;
        let written = async {
            outbox::append(&mut conn, std::slice::from_ref(&event)).await?;
            outbox::append(&mut conn, &more).await
        };
        let written: Result<(), StoreError> = written.await;
        if let Err(error) = written {
            rollback(conn).await;
            return Err(error);
        }
        let committed = conn.end("COMMIT").await;
        if committed.is_ok() {
            self.metrics.sql_commits.inc();
            for event in std::iter::once(&event).chain(&more) {
                self.metrics.committed(event.fact.word());
                for witness in &self.witnesses {
                    witness.committed(event);
                }
            }
        }
        committed
    }

    fn take(&mut self) -> Result<Conn, StoreError> {
        self.conn.take().ok_or_else(|| StoreError::Unavailable("the transaction has ended".into()))
    }
}

async fn rollback(mut conn: Conn) {
    if conn.begun() && conn.is_sound() {
        // A connection that can't roll back is dropped instead of reused.
        let _ = conn.end("ROLLBACK").await;
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(mut conn) = self.conn.take() else { return };
        if !conn.begun() {
            return;
        }
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(rollback(conn))),
            Err(_) => conn.mark_unsound(),
        }
    }
}

impl Deref for Tx {
    type Target = Conn;
    #[allow(clippy::expect_used)]
    fn deref(&self) -> &Conn {
        self.conn
            .as_ref()
            .expect("only commit and drop take the connection, and both consume the Tx")
    }
}

impl DerefMut for Tx {
    #[allow(clippy::expect_used)]
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
            .as_mut()
            .expect("only commit and drop take the connection, and both consume the Tx")
    }
}
