//! Events by what they tell, in the order of their positions.
//!
//! What one index serves is read from it in its order, so that a page costs its rows and nothing else. What none
//! serves (several conditions, words of the sentence) is scanned along the index of one of them, within a budget.
//! Every statement has one bound, where it begins, and a literal LIMIT: PostgreSQL then plans a walk along the
//! index, whether it knows the parameters or not. With a bound at each end it takes the stretch for short, and may
//! sort all that a condition finds.

mod entry;
mod scan;
mod statement;
mod term;

use std::ops::RangeInclusive;

use countersign_protocol::{EventId, Instant, Nonce, TechnicianId, TenantId, WorkstationId};
use diesel::prelude::Queryable;
use diesel_async::RunQueryDsl;

use self::{
    statement::{Either, Walk},
    term::Term,
};
use super::heads::position;
use crate::{
    domain::{AuditFilter, Order},
    store::{Conn, StoreError, conn::on, types::id},
};

/// An event as it stands in the log.
#[derive(Clone, Debug, Queryable)]
pub struct AuditRow {
    /// Its position.
    pub position: i64,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// The event.
    pub event_id: EventId,
    /// The fact's word.
    pub kind: String,
    /// How it went.
    pub outcome: Option<String>,
    /// The tenant it concerns.
    pub tenant: Option<TenantId>,
    /// The person.
    pub technician: Option<TechnicianId>,
    /// The machine.
    pub workstation: Option<WorkstationId>,
    /// The local account.
    pub account: Option<String>,
    /// The sentence for people.
    pub sentence: String,
    /// Its text.
    pub body: String,
    /// Its leaf's hash; nothing if somebody has taken the leaf away.
    pub hash: Option<Nonce>,
}

/// A stretch of the log, and the order in which it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The positions.
    pub positions: RangeInclusive<u64>,
    /// From which end.
    pub order: Order,
}

/// How much one search may do.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How many rows are found at most.
    pub rows: usize,
    /// How many are scanned at most, where no index serves.
    pub scanned: usize,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// In the order that was asked for.
    pub rows: Vec<AuditRow>,
    /// The position at which the search stopped, itself included; `None` if it came to the stretch's end.
    pub stopped_at: Option<u64>,
}

impl Stretch {
    /// Where the reading begins, as the database counts; `None` for an empty stretch.
    fn start(&self) -> Result<Option<i64>, StoreError> {
        if self.positions.is_empty() {
            return Ok(None);
        }
        let start = match self.order {
            Order::Newest => self.positions.end(),
            Order::Oldest => self.positions.start(),
        };
        position(*start).map(Some)
    }

    /// True if the position is not behind the stretch's far end.
    fn holds(&self, at: i64) -> bool {
        u64::try_from(at).is_ok_and(|at| self.positions.contains(&at))
    }

    /// True if the position is the last of the reading.
    fn ends_with(&self, at: u64) -> bool {
        match self.order {
            Order::Newest => at == *self.positions.start(),
            Order::Oldest => at == *self.positions.end(),
        }
    }
}

/// The events of this scope's msp that meet the filter, but for its times, which are positions by now.
///
/// # Errors
/// If the database does not answer.
pub async fn search(
    conn: &mut Conn,
    filter: &AuditFilter,
    stretch: &Stretch,
    bounds: Bounds,
) -> Result<Found, StoreError> {
    let Some(from) = stretch.start()? else { return Ok(Found::default()) };
    let mut terms = Term::all(filter);
    let one_condition = terms.len() <= 1 && filter.text.is_none();
    let msp = id(conn.scope().msp);
    let walk = |by| Walk { msp, by, order: stretch.order, from, limit: bounds.rows + 1 };
    if one_condition && filter.kinds.len() <= 1 {
        let walk = walk(terms.pop());
        let rows = on!(conn, |c| walk.load::<AuditRow>(c))?;
        return Ok(whole(rows, stretch, bounds.rows));
    }
    if one_condition && terms.is_empty() {
        let kinds = filter.kinds.iter().map(|kind| walk(Some(Term::kind(kind))));
        let either =
            Either { walks: kinds.collect(), order: stretch.order, limit: bounds.rows + 1 };
        let rows = on!(conn, |c| either.load::<AuditRow>(c))?;
        return Ok(whole(rows, stretch, bounds.rows));
    }
    scan::scanned(conn, (filter, terms), stretch, from, bounds).await
}

/// What rows of an index, one more than are wanted, tell.
fn whole(mut rows: Vec<AuditRow>, stretch: &Stretch, most: usize) -> Found {
    rows.retain(|row| stretch.holds(row.position));
    let goes_on = rows.len() > most;
    rows.truncate(most);
    let last = rows.last().and_then(|row| u64::try_from(row.position).ok());
    Found { rows, stopped_at: last.filter(|_| goes_on) }
}
