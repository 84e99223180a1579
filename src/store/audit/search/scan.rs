//! What no index serves: a scan along one that helps, a window at a time, within a budget.

use countersign_protocol::Instant;
use diesel_async::RunQueryDsl;

use super::{
    AuditRow, Bounds, Found, Stretch,
    statement::{At, Scan, Walk},
    term::Term,
};
use crate::{
    domain::{AuditFilter, Order},
    store::{Conn, StoreError, conn::on, types::id},
};

/// How many rows one statement scans.
const WINDOW: usize = 2_000;

/// What was found so far.
struct Seen {
    positions: Vec<i64>,
    earliest: Instant,
    latest: Instant,
}

pub(super) async fn scanned(
    conn: &mut Conn,
    (filter, terms): (&AuditFilter, Vec<Term<'_>>),
    stretch: &Stretch,
    mut from: i64,
    bounds: Bounds,
) -> Result<Found, StoreError> {
    let mut terms = terms.into_iter();
    let by = terms.next();
    let rest: Vec<Term<'_>> = terms.collect();
    // One kind is among the terms.
    let kinds = if filter.kinds.len() > 1 { &*filter.kinds } else { &[] };
    let mut seen: Option<Seen> = None;
    let mut left = bounds.scanned;
    let stopped_at = 'scan: loop {
        let limit = WINDOW.min(left);
        let msp = id(conn.scope().msp);
        let walk = Walk { msp, by, order: stretch.order, from, limit };
        let scan = Scan { walk, rest: &rest, kinds };
        let rows = on!(conn, |c| scan.load::<(i64, Instant, Option<String>)>(c))?;
        let window = rows.len();
        for (position, at, sentence) in rows {
            if !stretch.holds(position) {
                break 'scan None;
            }
            from = position;
            if sentence.is_some_and(|sentence| filter.is_said_in(&sentence)) {
                let seen = seen.get_or_insert(Seen { positions: vec![], earliest: at, latest: at });
                seen.positions.push(position);
                seen.earliest = seen.earliest.min(at);
                seen.latest = seen.latest.max(at);
                if seen.positions.len() == bounds.rows {
                    break 'scan Some(position);
                }
            }
        }
        left -= window;
        if window < limit {
            break None;
        }
        if left == 0 {
            break Some(from);
        }
        from += if stretch.order == Order::Newest { -1 } else { 1 };
    };
    let stopped_at = stopped_at.and_then(|at| u64::try_from(at).ok());
    let stopped_at = stopped_at.filter(|at| !stretch.ends_with(*at));
    let Some(seen) = seen else { return Ok(Found { rows: vec![], stopped_at }) };
    let recorded = (seen.earliest, seen.latest);
    let at = At::new(id(conn.scope().msp), &seen.positions, recorded, stretch.order);
    let rows = on!(conn, |c| at.load::<AuditRow>(c))?;
    Ok(Found { rows, stopped_at })
}
