//! Workstations as their agents and admins see them.

use countersign_protocol::{
    Instant, TenantId, WorkstationId,
    wire::{Status, desktop::WorkstationFacts, state::StateVersion},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::{
    domain::{ListFrom, Listing},
    store::{
        Conn, StoreError,
        conn::on,
        found_or_none,
        prepared::word,
        schema::{tenants, workstations},
        types::id,
    },
};

/// A workstation as its agent and admins see it.
#[derive(Clone, Debug, Queryable)]
pub struct WorkstationRow {
    /// The id.
    pub id: WorkstationId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its tenant's name.
    pub tenant_name: String,
    host_name: String,
    os: String,
    agent_version: String,
    hardware_id: String,
    /// Its key's thumbprint.
    pub jkt: String,
    /// Its status.
    pub status: Status,
    /// Since when push logins are frozen.
    pub push_frozen_at: Option<Instant>,
    /// When it was enrolled.
    pub enrolled_at: Instant,
    /// When it last authenticated.
    pub last_seen_at: Option<Instant>,
    /// How far its clock is off, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    state: (i64, i64),
    applied: (i64, i64),
    /// Its version.
    pub version: i64,
}

impl WorkstationRow {
    /// The version of its state document, and the one that it has applied.
    #[must_use]
    pub fn states(&self) -> [StateVersion; 2] {
        [self.state, self.applied].map(|(tenant, own)| StateVersion {
            tenant: tenant.try_into().unwrap_or(0),
            own: own.try_into().unwrap_or(0),
        })
    }

    /// What it is.
    #[must_use]
    pub fn facts(&self) -> WorkstationFacts {
        WorkstationFacts {
            host_name: self.host_name.clone(),
            os: self.os.clone(),
            agent_version: self.agent_version.clone(),
            hardware_id: self.hardware_id.clone(),
        }
    }
}

macro_rules! rows {
    ($msp:expr) => {
        workstations::table
            .inner_join(tenants::table.on(tenants::id.eq(workstations::tenant)))
            .filter(workstations::msp.eq(id($msp)))
            .select((
                workstations::id,
                workstations::tenant,
                tenants::name,
                workstations::host_name,
                workstations::os,
                workstations::agent_version,
                workstations::hardware_id,
                workstations::jkt,
                workstations::status,
                workstations::push_frozen_at,
                workstations::enrolled_at,
                workstations::last_seen_at,
                workstations::clock_offset_ms,
                (tenants::state_version, workstations::state_version),
                (workstations::acked_tenant, workstations::acked_own),
                workstations::version,
            ))
    };
}

/// One workstation.
///
/// # Errors
/// If the database does not answer.
pub async fn one(
    conn: &mut Conn,
    workstation: WorkstationId,
) -> Result<Option<WorkstationRow>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| rows!(msp)
        .filter(workstations::id.eq(id(workstation)))
        .first::<WorkstationRow>(c));
    found_or_none(found)
}

/// A part of a tenant's workstations.
///
/// # Errors
/// If the database does not answer.
pub async fn of_tenant(
    conn: &mut Conn,
    tenant: TenantId,
    from: ListFrom,
) -> Result<Listing<WorkstationRow>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| rows!(msp)
        .filter(workstations::tenant.eq(id(tenant)))
        .filter(workstations::id.gt(id(from.floor())))
        .order(workstations::id)
        .limit(from.rows())
        .load::<WorkstationRow>(c))?;
    Ok(from.listing(rows, |row| row.id.into()))
}

/// A part of the msp's workstations in service whose clocks are off by more than this for certain, in milliseconds.
///
/// # Errors
/// If the database does not answer.
pub async fn skewed(
    conn: &mut Conn,
    beyond_ms: i64,
    from: ListFrom,
) -> Result<Listing<WorkstationRow>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| rows!(msp)
        .filter(workstations::status.ne(word(Status::Retired)))
        .filter(
            (workstations::clock_offset_ms - workstations::clock_within_ms.nullable())
                .gt(beyond_ms)
                .or((workstations::clock_offset_ms + workstations::clock_within_ms.nullable())
                    .lt(-beyond_ms))
        )
        .filter(workstations::id.gt(id(from.floor())))
        .order(workstations::id)
        .limit(from.rows())
        .load::<WorkstationRow>(c))?;
    Ok(from.listing(rows, |row| row.id.into()))
}
