//! A workstation's place: its tenant's settings, its key, and the version of its state document.

use countersign_protocol::{
    Instant, P256Jwk, TenantId, WorkstationId,
    offline::skew::Offset,
    wire::{
        Status,
        accounts::{AccountMode, OfflineSettings, Profiles},
        state::StateVersion,
    },
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::store::{
    Across, Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::{tenants, workstations},
    types::{id, json},
};

/// What a workstation's state document is made from.
#[derive(Clone, Debug)]
pub struct Place {
    /// The workstation.
    pub workstation: WorkstationId,
    /// Its shown name.
    pub host_name: String,
    /// What is sealed to it is sealed to this key.
    pub encryption_key: P256Jwk,
    /// Its tenant.
    pub tenant: TenantId,
    /// The tenant's name.
    pub tenant_name: String,
    /// Whose accounts technicians get.
    pub mode: AccountMode,
    /// The account they share, in shared mode.
    pub shared_account: Option<String>,
    /// What becomes of profiles.
    pub profiles: Profiles,
    /// Offline codes.
    pub offline: OfflineSettings,
    /// The version of the document.
    pub version: StateVersion,
    /// The version that was applied last.
    pub applied: StateVersion,
    /// True if it ever said so.
    pub has_applied: bool,
    /// Since when it was not heard of, the last time that it was not for long.
    pub away_since: Option<Instant>,
    /// Since when it is heard of again.
    pub back_at: Option<Instant>,
    /// Its epoch of derived secrets.
    pub epoch: u32,
    /// The own part of the first version that has it.
    pub epoch_since: u64,
    /// How many times its failures were forgiven.
    pub clearances: u32,
    /// The last number of its uploaded offline sessions.
    pub uploaded: u64,
    /// How far its clock was off.
    pub clock: Option<Offset>,
}

#[derive(Queryable)]
struct Row {
    workstation: WorkstationId,
    host_name: String,
    encryption_key: String,
    tenant: TenantId,
    tenant_name: String,
    mode: AccountMode,
    shared_account: Option<String>,
    keep_profiles: bool,
    offline: String,
    tenant_version: i64,
    own_version: i64,
    acked_tenant: i64,
    acked_own: i64,
    acked_at: Option<Instant>,
    away_since: Option<Instant>,
    back_at: Option<Instant>,
    epoch: i32,
    epoch_since: i64,
    clearances: i32,
    uploaded: i64,
    clock_offset_ms: Option<i64>,
    clock_within_ms: i64,
}

/// What never falls below zero.
pub(super) fn count<N: TryInto<u64>>(number: N) -> u64 {
    number.try_into().unwrap_or(0)
}

impl Row {
    fn place(self) -> Result<Place, StoreError> {
        let version =
            StateVersion { tenant: count(self.tenant_version), own: count(self.own_version) };
        let applied = StateVersion { tenant: count(self.acked_tenant), own: count(self.acked_own) };
        Ok(Place {
            workstation: self.workstation,
            host_name: self.host_name,
            encryption_key: json(&self.encryption_key)?,
            tenant: self.tenant,
            tenant_name: self.tenant_name,
            mode: self.mode,
            shared_account: self.shared_account,
            profiles: if self.keep_profiles { Profiles::Keep } else { Profiles::Delete },
            offline: json(&self.offline)?,
            version,
            applied,
            has_applied: self.acked_at.is_some(),
            away_since: self.away_since,
            back_at: self.back_at,
            epoch: self.epoch.try_into().unwrap_or(1),
            epoch_since: count(self.epoch_since),
            clearances: self.clearances.try_into().unwrap_or(0),
            uploaded: count(self.uploaded),
            clock: self
                .clock_offset_ms
                .map(|millis| Offset { millis, within_millis: count(self.clock_within_ms) }),
        })
    }
}

/// The workstation's place; `None` if it is not in service.
///
/// # Errors
/// If the database does not answer.
pub async fn place(
    conn: &mut Conn,
    workstation: WorkstationId,
) -> Result<Option<Place>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| workstations::table
        .inner_join(tenants::table.on(tenants::id.eq(workstations::tenant)))
        .filter(workstations::msp.eq(id(msp)))
        .filter(workstations::id.eq(id(workstation)))
        .filter(workstations::status.eq(word(Status::Active)))
        .select((
            workstations::id,
            workstations::host_name,
            workstations::encryption_key,
            tenants::id,
            tenants::name,
            tenants::account_mode,
            tenants::shared_account,
            tenants::keep_profiles,
            tenants::offline,
            tenants::state_version,
            workstations::state_version,
            workstations::acked_tenant,
            workstations::acked_own,
            workstations::acked_at,
            workstations::away_since,
            workstations::back_at,
            workstations::offline_epoch,
            workstations::offline_epoch_since,
            workstations::clearances,
            workstations::uploaded,
            workstations::clock_offset_ms,
            workstations::clock_within_ms,
        ))
        .first::<Row>(c));
    found_or_none(found)?.map(Row::place).transpose()
}

/// Raises the part of the version that a tenant's workstations share; what it is then.
///
/// # Errors
/// If the database does not answer.
pub async fn raise_tenant(tx: &mut Tx, tenant: TenantId) -> Result<u64, StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| Prepared(
        diesel::update(
            tenants::table.filter(tenants::msp.eq(id(msp))).filter(tenants::id.eq(id(tenant)))
        )
        .set(tenants::state_version.eq(tenants::state_version + 1))
        .returning(tenants::state_version)
    )
    .get_result::<i64>(c))
    .map(count)
}

/// Raises the own parts of these workstations' versions; each with its tenant and what it is then.
///
/// # Errors
/// If the database does not answer.
pub async fn raise_owns(
    tx: &mut Tx,
    these: &[WorkstationId],
) -> Result<Vec<(WorkstationId, TenantId, u64)>, StoreError> {
    if these.is_empty() {
        return Ok(Vec::new());
    }
    let msp = tx.scope().msp;
    let ids: Vec<_> = these.iter().map(|one| id(*one)).collect();
    let raised = on!(&mut *tx, |c| diesel::update(
        workstations::table
            .filter(workstations::msp.eq(id(msp)))
            .filter(workstations::id.eq_any(ids.clone()))
    )
    .set(workstations::state_version.eq(workstations::state_version + 1))
    .returning((workstations::id, workstations::tenant, workstations::state_version))
    .get_results::<(WorkstationId, TenantId, i64)>(c))?;
    Ok(raised.into_iter().map(|(one, tenant, version)| (one, tenant, count(version))).collect())
}

/// How far state versions leap after a restored backup: more changes than were lost with what was made since.
const LEAP: i64 = 1 << LEAP_BITS;

/// The bits of a version below those that count its leaps.
pub const LEAP_BITS: u32 = 32;

/// Raises the state versions of these workstations and of their tenants beyond all that they were perhaps told before a
/// backup was restored: a version that they know must not name another document.
///
/// # Errors
/// If the database does not answer.
pub async fn leap(tx: &mut Tx, these: &[WorkstationId]) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let ids: Vec<_> = these.iter().map(|one| id(*one)).collect();
    let leapt = on!(&mut *tx, |c| diesel::update(
        workstations::table
            .filter(workstations::msp.eq(id(msp)))
            .filter(workstations::id.eq_any(ids.clone()))
    )
    .set(workstations::state_version.eq(workstations::state_version + LEAP))
    .returning(workstations::tenant)
    .get_results::<TenantId>(c))?;
    let tenants: Vec<_> = leapt.into_iter().map(id).collect();
    on!(&mut *tx, |c| diesel::update(
        tenants::table.filter(tenants::msp.eq(id(msp))).filter(tenants::id.eq_any(tenants.clone()))
    )
    .set(tenants::state_version.eq(tenants::state_version + LEAP))
    .execute(c))?;
    Ok(())
}

/// The versions behind these topics (workstations or tenants): read while no wake-ups arrive from other nodes.
///
/// # Errors
/// If the database does not answer.
pub async fn versions_behind(
    across: &mut Across,
    topics: &[Uuid],
) -> Result<Vec<(WorkstationId, i64)>, StoreError> {
    let ids: Vec<_> = topics.iter().map(|topic| id(*topic)).collect();
    on!(&mut across.0, |c| workstations::table
        .inner_join(tenants::table.on(tenants::id.eq(workstations::tenant)))
        .filter(workstations::id.eq_any(&ids))
        .select((workstations::id, workstations::state_version + tenants::state_version))
        .load::<(WorkstationId, i64)>(c))
}
