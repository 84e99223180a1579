//! Changes of what workstations are told, and how far each has come.

use countersign_protocol::{
    Instant, StateChangeId, TenantId, WorkstationId,
    wire::{
        Status,
        state::{StateChange, StateVersion, Straggler},
    },
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::place::count;
use crate::{
    domain::{ListFrom, Listing},
    store::{
        Conn, StoreError, Tx,
        conn::{insert_rows, on},
        found_or_none,
        prepared::word,
        schema::{state_changes, workstations},
        types::{at, id},
    },
};

/// A change to be written down.
#[derive(Clone, Debug)]
pub struct NewChange<'a> {
    /// Its id.
    pub id: StateChangeId,
    /// The tenant.
    pub tenant: TenantId,
    /// The one workstation, if it concerns one.
    pub workstation: Option<WorkstationId>,
    /// What changed, in words.
    pub what: &'a str,
    /// The first version of the documents that knows it.
    pub since: StateVersion,
    /// When.
    pub now: Instant,
}

/// Writes changes down.
///
/// # Errors
/// If the database does not answer.
pub async fn note(tx: &mut Tx, new: &[NewChange<'_>]) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let msp = tx.scope().msp;
    let part = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let rows: Vec<_> = new
        .iter()
        .map(|new| {
            (
                state_changes::id.eq(id(new.id)),
                state_changes::msp.eq(id(msp)),
                state_changes::tenant.eq(id(new.tenant)),
                state_changes::workstation.eq(new.workstation.map(id)),
                state_changes::what.eq(new.what),
                state_changes::since_tenant.eq(part(new.since.tenant)),
                state_changes::since_own.eq(part(new.since.own)),
                state_changes::made_at.eq(at(new.now)),
            )
        })
        .collect();
    insert_rows!(&mut *tx, state_changes::table, &rows)?;
    Ok(())
}

#[derive(Queryable)]
struct Row {
    id: StateChangeId,
    tenant: TenantId,
    workstation: Option<WorkstationId>,
    what: String,
    since_tenant: i64,
    since_own: i64,
    made_at: Instant,
}

macro_rules! columns {
    () => {
        (
            state_changes::id,
            state_changes::tenant,
            state_changes::workstation,
            state_changes::what,
            state_changes::since_tenant,
            state_changes::since_own,
            state_changes::made_at,
        )
    };
}

/// A part of a tenant's changes, newest first, each with how far it has come.
///
/// # Errors
/// If the database does not answer.
pub async fn changes_of(
    conn: &mut Conn,
    tenant: TenantId,
    from: ListFrom,
) -> Result<Listing<StateChange>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| state_changes::table
        .filter(state_changes::msp.eq(id(msp)))
        .filter(state_changes::tenant.eq(id(tenant)))
        .filter(state_changes::id.gt(id(from.floor())))
        .order(state_changes::id)
        .limit(from.rows())
        .select(columns!())
        .load::<Row>(c))?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in rows {
        changes.push(progress(conn, row).await?);
    }
    Ok(from.listing(changes, |change: &StateChange| change.id.into()))
}

/// Workstations in service that a change concerns: one that was enrolled after it began with it.
macro_rules! concerned {
    ($msp:expr, $row:expr) => {
        workstations::table
            .filter(workstations::msp.eq(id($msp)))
            .filter(workstations::tenant.eq(id($row.tenant)))
            .filter(workstations::status.ne(word(Status::Retired)))
            .filter(workstations::status.ne(word(Status::Pending)))
            .filter(workstations::enrolled_at.le(at($row.made_at)))
            .filter(workstations::id.eq($row.workstation.map_or(id(uuid::Uuid::nil()), id)).or(
                diesel::dsl::sql::<diesel::sql_types::Bool>(if $row.workstation.is_none() {
                    "1 = 1"
                } else {
                    "1 = 0"
                }),
            ))
    };
}

async fn progress(conn: &mut Conn, row: Row) -> Result<StateChange, StoreError> {
    let msp = conn.scope().msp;
    let all = on!(conn, |c| concerned!(msp, row).count().get_result::<i64>(c))?;
    let applied = on!(conn, |c| concerned!(msp, row)
        .filter(workstations::acked_tenant.ge(row.since_tenant))
        .filter(workstations::acked_own.ge(row.since_own))
        .count()
        .get_result::<i64>(c))?;
    Ok(StateChange {
        id: row.id,
        tenant_id: row.tenant,
        workstation_id: row.workstation,
        what: row.what,
        made_at: row.made_at,
        workstations: count(all),
        applied: count(applied),
    })
}

/// One change and a part of the workstations that have not applied it, longest unheard of first.
///
/// # Errors
/// If the database does not answer.
pub async fn stragglers_of(
    conn: &mut Conn,
    change: StateChangeId,
    limit: i64,
) -> Result<Option<(StateChange, Vec<Straggler>)>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| state_changes::table
        .filter(state_changes::msp.eq(id(msp)))
        .filter(state_changes::id.eq(id(change)))
        .select(columns!())
        .first::<Row>(c));
    let Some(row) = found_or_none(found)? else { return Ok(None) };
    let rows = on!(conn, |c| concerned!(msp, row)
        .filter(
            workstations::acked_tenant
                .lt(row.since_tenant)
                .or(workstations::acked_own.lt(row.since_own))
        )
        .order((workstations::last_seen_at, workstations::id))
        .limit(limit)
        .select((workstations::id, workstations::host_name, workstations::last_seen_at))
        .load::<(WorkstationId, String, Option<Instant>)>(c))?;
    let straggler = |(workstation_id, host_name, last_seen_at)| Straggler {
        workstation_id,
        host_name,
        last_seen_at,
    };
    let stragglers = rows.into_iter().map(straggler).collect();
    Ok(Some((progress(conn, row).await?, stragglers)))
}
