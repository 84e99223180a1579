//! A page of the log.

use countersign_protocol::{ProblemCode, wire::audit::AuditPage};

use super::{
    observed::observed,
    reach::{NOTHING, reach},
};
use crate::{
    domain::{AuditCursor, AuditFilter, Failure, Order, Refusal},
    flows::{AdminCaller, Context},
    store::audit::{self, AuditRow, Bounds, Stretch},
};

/// How many events one request scans at most, where no index serves.
pub(super) const SCANNED: usize = 20_000;

/// Which page.
#[derive(Clone, Debug, Default)]
pub struct PageAsked {
    /// Of which events.
    pub filter: AuditFilter,
    /// In which order.
    pub order: Order,
    /// How many at most.
    pub limit: u16,
    /// The `next` of the page before.
    pub after: Option<String>,
}

/// The page.
///
/// # Errors
/// `invalid_request` for a cursor that belongs to something else; or that the database does not answer.
pub async fn page(
    ctx: &Context,
    caller: AdminCaller,
    asked: PageAsked,
) -> Result<AuditPage, Failure> {
    let PageAsked { filter, order, limit, after } = asked;
    let msp = caller.scope.msp;
    let after = after.map(|text| {
        AuditCursor::decode(&text, msp, &filter, order).ok_or_else(|| {
            let why = "after: not a cursor of these conditions in this order";
            Refusal::because(ProblemCode::InvalidRequest, why)
        })
    });
    let after = after.transpose()?;
    let mut conn = ctx.store.within(caller.scope).await?;
    let size = audit::size(&mut conn).await?;
    let mut positions = reach(&mut conn, &filter, size).await?;
    if let Some(AuditCursor(after)) = after {
        positions = match (order, after.checked_sub(1)) {
            (Order::Newest, None) => NOTHING,
            (Order::Newest, Some(end)) => *positions.start()..=end.min(*positions.end()),
            (Order::Oldest, _) => (after + 1).max(*positions.start())..=*positions.end(),
        };
    }
    let far_end = match order {
        Order::Newest => *positions.start(),
        Order::Oldest => *positions.end(),
    };
    let searched = !positions.is_empty();
    let stretch = Stretch { positions, order };
    let bounds = Bounds { rows: usize::from(limit), scanned: SCANNED };
    let found = audit::search(&mut conn, &filter, &stretch, bounds).await?;
    drop(conn);
    let items = found.rows.into_iter().map(AuditRow::entry).collect::<Result<Vec<_>, _>>()?;
    observed(ctx, caller, &filter.canonical(), "page", items.len() as u64);
    let next = found.stopped_at.map(|at| AuditCursor(at).encode(msp, &filter, order));
    Ok(AuditPage {
        items,
        next,
        committed_through: size.checked_sub(1),
        scanned_through: searched.then(|| found.stopped_at.unwrap_or(far_end)),
    })
}

/// A position or a size as it is told.
pub(super) fn number(stored: i64) -> Result<u64, Failure> {
    u64::try_from(stored).map_err(|_| Failure::Fault(format!("a stored position of {stored}")))
}
