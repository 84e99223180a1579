//! Which positions a filter's times leave.

use std::ops::RangeInclusive;

use crate::{
    domain::AuditFilter,
    store::{
        Conn, StoreError,
        audit::{first_since, last_before},
    },
};

/// No position at all.
#[allow(clippy::reversed_empty_ranges, reason = "an empty range is what is meant")]
pub(super) const NOTHING: RangeInclusive<u64> = 1..=0;

/// The committed positions within the filter's times. Recording never goes back within a log, so that a time is a
/// position.
pub(super) async fn reach(
    conn: &mut Conn,
    filter: &AuditFilter,
    size: u64,
) -> Result<RangeInclusive<u64>, StoreError> {
    let Some(last) = size.checked_sub(1) else { return Ok(NOTHING) };
    let start = match filter.recorded_after {
        Some(since) => first_since(conn, since).await?,
        None => Some(0),
    };
    let end = match filter.recorded_before {
        Some(before) => last_before(conn, before).await?.map(|end| end.min(last)),
        None => Some(last),
    };
    Ok(match (start, end) {
        (Some(start), Some(end)) => start..=end,
        _ => NOTHING,
    })
}
