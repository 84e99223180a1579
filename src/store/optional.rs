//! A row that may not be there.

use super::StoreError;

/// `None` where the query found no row.
pub(super) fn found_or_none<T>(result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(row) => Ok(Some(row)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
