//! A transaction that adds to the audit log. It is its own record, and has no event.

use std::ops::{Deref, DerefMut};

use crate::store::{Conn, StoreError};

/// An open transaction of the worker role; dropped without [`Recording::commit`], it is rolled back with its
/// connection.
pub struct Recording(Conn);

impl Recording {
    pub(in crate::store) fn begin(conn: Conn) -> Self {
        Self(conn)
    }

    /// Commits.
    ///
    /// # Errors
    /// If the database does not confirm: then nothing was added, or (when the connection broke during COMMIT
    /// itself) everything; added again, it is known.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.0.end("COMMIT").await
    }

    /// Ends without a trace, and keeps the connection.
    pub async fn roll_back(mut self) {
        if self.0.begun() && self.0.is_sound() {
            // A connection that can't roll back is dropped instead of reused.
            let _ = self.0.end("ROLLBACK").await;
        }
    }
}

impl Deref for Recording {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Recording {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}
