//! PostgreSQL keeps bodies by month of their recording. The owner's function makes a month's partition; the worker
//! role may call it and can do nothing else to tables.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use countersign_protocol::Instant;
use diesel::{sql_query, sql_types::Bool};
use diesel_async::RunQueryDsl;
use time::OffsetDateTime;

use super::Recording;
use crate::store::{
    Store, StoreError,
    conn::by_database,
    types::{Moment, at},
};

/// The months whose partition is known to be there.
#[derive(Default)]
pub struct Months(Mutex<HashSet<i32>>);

/// The month, counted from year 0.
fn month(instant: Instant) -> i32 {
    let seconds = instant.unix_millis().div_euclid(1000);
    let date = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    date.year() * 12 + i32::from(u8::from(date.month())) - 1
}

impl Months {
    pub(super) fn knows(&self, instant: Instant) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&month(instant))
    }

    pub(super) fn learn(&self, instant: Instant) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(month(instant));
    }

    /// Nothing is known any more: a batch was refused, perhaps since a partition went missing.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Makes the partitions of the present month and the two after it, ahead of need.
///
/// # Errors
/// If the database does not answer.
pub async fn make_partitions(store: &Store, now: Instant) -> Result<(), StoreError> {
    const MONTH: std::time::Duration = std::time::Duration::from_secs(28 * 24 * 3600);
    for ahead in [now, now + MONTH, now + MONTH * 2] {
        ensure(store, ahead).await?;
    }
    Ok(())
}

#[derive(diesel::QueryableByName)]
struct Made {
    #[diesel(sql_type = Bool)]
    #[allow(dead_code, reason = "a SELECT has a column")]
    made: bool,
}

/// Makes the partition of the instant's month, where it is missing.
pub(super) async fn ensure(store: &Store, instant: Instant) -> Result<(), StoreError> {
    if !store.is_postgres() || store.months().knows(instant) {
        return Ok(());
    }
    // In a transaction of its own: making a table locks the log against everyone.
    let mut tx: Recording = store.recording().await?;
    by_database!(
        &mut *tx,
        pg | c
            | sql_query("SELECT audit_make_partition($1) AS made")
                .bind::<Moment, _>(at(instant))
                .get_result::<Made>(c),
        sqlite | c | sql_query("SELECT 1 AS made").get_result::<Made>(c)
    )?;
    tx.commit().await?;
    store.months().learn(instant);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_with_its_last_millisecond() {
        // 2026-11-30T23:59:59.999Z
        let last = Instant::from_unix_millis(1_796_083_199_999);
        let first = Instant::from_unix_millis(1_796_083_200_000);
        assert_eq!(month(last) + 1, month(first));
        assert_eq!(month(last), 2026 * 12 + 10);
    }
}
