//! What a statement can end in.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::domain::Failure;

/// Why a statement gave no result.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique index stands against the row; the text names the constraint or its columns.
    #[error("a row of this kind exists already: {0}")]
    Duplicate(String),
    /// The database does not answer, or can't write. Nothing was changed.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// The database refuses a value, and would refuse it again.
    #[error("the database refuses a value: {0}")]
    Refused(String),
    /// No row; the queries turn it into `None`.
    #[error("no such row")]
    NotFound,
    /// A stored value can't be read.
    #[error("a stored value can't be read: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// True if the unique index over `column` (or named after it) stands against the row.
    #[must_use]
    pub fn is_duplicate_of(&self, column: &str) -> bool {
        matches!(self, Self::Duplicate(text) if text.contains(column))
    }

    /// True if the database may take the same values another time.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// True if the same values would be refused again.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, found) => {
                // PostgreSQL names the index, SQLite the columns: indexes are named after their columns.
                let name = found.constraint_name().unwrap_or_default();
                Self::Duplicate(format!("{name} {}", found.message()))
            }
            // PostgreSQL says so by SQLSTATE 23514 too, of a value that is as good as any other.
            DieselError::DatabaseError(DatabaseErrorKind::CheckViolation, found)
                if found.message().starts_with("no partition of relation") =>
            {
                Self::Unavailable(found.message().to_owned())
            }
            DieselError::DatabaseError(
                DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation,
                found,
            ) => Self::Refused(found.message().to_owned()),
            // SQLSTATE 22021 and 22P05, which diesel has no kind for.
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, found)
                if found.message().starts_with("invalid byte sequence")
                    || found.message().starts_with("unsupported Unicode escape") =>
            {
                Self::Refused(found.message().to_owned())
            }
            DieselError::DeserializationError(error) => Self::Corrupt(error.to_string()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(text) => Self::Unavailable(text),
            fault => Self::Fault(fault.to_string()),
        }
    }
}
