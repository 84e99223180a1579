//! Whom offline codes let in, and the epochs that derived ones hang on.

use std::collections::BTreeMap;

use countersign_protocol::{
    TechnicianId, TenantId, WorkstationId,
    wire::{
        Status,
        accounts::{AccountMode, OfflineSettings},
    },
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError, Tx,
    conn::{by_database, on},
    found_or_none,
    prepared::{Prepared, word},
    schema::{delegations, technicians, tenants, workstations},
    types::{id, json},
};

/// A technician who works for a tenant.
#[derive(Clone, Debug, Queryable)]
pub struct Delegate {
    /// The technician.
    pub technician: TechnicianId,
    /// Their user name.
    pub user_name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their own account.
    pub account_name: String,
    epoch: i32,
}

impl Delegate {
    /// Their epoch.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch.try_into().unwrap_or(1)
    }
}

macro_rules! columns {
    () => {
        (
            technicians::id,
            technicians::user_name,
            technicians::email,
            technicians::account_name,
            technicians::offline_epoch,
        )
    };
}

/// The technicians who may enter a tenant's workstations now.
///
/// # Errors
/// If the database does not answer.
pub async fn delegates(conn: &mut Conn, tenant: TenantId) -> Result<Vec<Delegate>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| delegations::table
        .inner_join(technicians::table.on(technicians::id.eq(delegations::technician)))
        .filter(delegations::msp.eq(id(msp)))
        .filter(delegations::tenant.eq(id(tenant)))
        .filter(delegations::active.eq(true))
        .filter(technicians::status.eq(word(Status::Active)))
        .order(technicians::id)
        .select(columns!())
        .load::<Delegate>(c))
}

/// The technician of a name that was typed, who works or has worked for the tenant.
///
/// # Errors
/// If the database does not answer.
pub async fn names_here(
    conn: &mut Conn,
    tenant: TenantId,
    key: &str,
) -> Result<Option<Delegate>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| technicians::table
        .inner_join(delegations::table.on(delegations::technician.eq(technicians::id)))
        .filter(technicians::msp.eq(id(msp)))
        .filter(technicians::email_key.eq(key).or(technicians::user_name.eq(key)))
        .filter(delegations::tenant.eq(id(tenant)))
        .select(columns!())
        .first::<Delegate>(c));
    found_or_none(found)
}

/// Raises a technician's epoch: every derived secret of theirs is replaced; the epoch and the row's version.
///
/// # Errors
/// If the database does not answer.
pub async fn raise_technician_epoch(
    tx: &mut Tx,
    technician: TechnicianId,
) -> Result<Option<(i32, i64)>, StoreError> {
    let msp = tx.scope().msp;
    let raised = on!(&mut *tx, |c| Prepared(
        diesel::update(
            technicians::table
                .filter(technicians::msp.eq(id(msp)))
                .filter(technicians::id.eq(id(technician)))
        )
        .set((
            technicians::offline_epoch.eq(technicians::offline_epoch + 1),
            technicians::version.eq(technicians::version + 1),
        ))
        .returning((technicians::offline_epoch, technicians::version))
    )
    .get_result::<(i32, i64)>(c));
    found_or_none(raised)
}

/// Raises a workstation's epoch, and its state document's version: every derived secret on it is replaced; the epoch,
/// the state version and the row's version.
///
/// # Errors
/// If the database does not answer.
pub async fn raise_workstation_epoch(
    tx: &mut Tx,
    workstation: WorkstationId,
) -> Result<Option<(i32, i64, i64)>, StoreError> {
    let msp = tx.scope().msp;
    let raised = on!(&mut *tx, |c| Prepared(
        diesel::update(
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::id.eq(id(workstation)))
        )
        .set((
            workstations::offline_epoch.eq(workstations::offline_epoch + 1),
            workstations::state_version.eq(workstations::state_version + 1),
            workstations::offline_epoch_since.eq(workstations::state_version + 1),
            workstations::version.eq(workstations::version + 1),
        ))
        .returning((
            workstations::offline_epoch,
            workstations::state_version,
            workstations::version,
        ))
    )
    .get_result::<(i32, i64, i64)>(c));
    found_or_none(raised)
}

/// A tenant that a technician works for.
#[derive(Clone, Debug, Queryable)]
pub struct WorksFor {
    /// The tenant.
    pub tenant: TenantId,
    /// Its name.
    pub tenant_name: String,
    /// Whose accounts technicians get there.
    pub mode: AccountMode,
    offline: String,
    epoch: i32,
}

impl WorksFor {
    /// The tenant's offline codes.
    ///
    /// # Errors
    /// If what is stored can't be read.
    pub fn settings(&self) -> Result<OfflineSettings, StoreError> {
        json(&self.offline)
    }

    /// The technician's epoch.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch.try_into().unwrap_or(1)
    }
}

/// The tenants that an active technician works for now.
///
/// # Errors
/// If the database does not answer.
pub async fn works_for(
    conn: &mut Conn,
    technician: TechnicianId,
) -> Result<Vec<WorksFor>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| delegations::table
        .inner_join(technicians::table.on(technicians::id.eq(delegations::technician)))
        .inner_join(tenants::table.on(tenants::id.eq(delegations::tenant)))
        .filter(delegations::msp.eq(id(msp)))
        .filter(delegations::technician.eq(id(technician)))
        .filter(delegations::active.eq(true))
        .filter(technicians::status.eq(word(Status::Active)))
        .order(tenants::id)
        .select((
            tenants::id,
            tenants::name,
            tenants::account_mode,
            tenants::offline,
            technicians::offline_epoch,
        ))
        .load::<WorksFor>(c))
}

/// The workstations of a tenant whose epoch was raised, with what it is.
///
/// # Errors
/// If the database does not answer.
pub async fn raised_epochs(
    conn: &mut Conn,
    tenant: TenantId,
) -> Result<BTreeMap<WorkstationId, u32>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| workstations::table
        .filter(workstations::msp.eq(id(msp)))
        .filter(workstations::tenant.eq(id(tenant)))
        .filter(workstations::offline_epoch.gt(1))
        .select((workstations::id, workstations::offline_epoch))
        .load::<(WorkstationId, i32)>(c))?;
    Ok(rows.into_iter().map(|(one, epoch)| (one, epoch.try_into().unwrap_or(1))).collect())
}

/// True if the workstation is one of this tenant. Until the transaction ends, it uploads nothing: whoever looks for what it
/// has uploaded misses nothing.
///
/// # Errors
/// If the database does not answer.
pub async fn workstation_is_at(
    tx: &mut Tx,
    workstation: WorkstationId,
    tenant: TenantId,
) -> Result<bool, StoreError> {
    let msp = tx.scope().msp;
    macro_rules! here {
        () => {
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::id.eq(id(workstation)))
                .filter(workstations::tenant.eq(id(tenant)))
                .select(workstations::id)
        };
    }
    // SQLite has one writer, and this transaction is it.
    let found = by_database!(
        &mut *tx,
        pg | c | here!().for_share().first::<WorkstationId>(c),
        sqlite | c | here!().first::<WorkstationId>(c)
    );
    Ok(found_or_none(found)?.is_some())
}
