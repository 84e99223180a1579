//! Workstations: enrolled, authenticated, held back, retired.

use countersign_protocol::{
    EnrolmentTokenId, Instant, P256Jwk, TenantId, WorkstationId,
    wire::{Status, desktop::WorkstationFacts},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    schema::{revocations, tenants, workstations},
    types::{at, id, json, to_json, word},
};
use crate::domain::{ListFrom, Listing};

/// The counter that a workstation's first assertion shows.
pub const FIRST_COUNTER: i64 = 1;

/// The stored counter of a workstation that an admin released: its next assertion is taken whatever it
/// shows, once, and counting goes on from there.
pub const RESYNCHRONISE: i64 = -1;

/// A machine's keys, and what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// What it is.
    pub facts: WorkstationFacts,
    /// The key it signs with.
    pub signing_key: P256Jwk,
    /// The key that secrets are sealed to.
    pub encryption_key: P256Jwk,
    /// The enrolment token it showed.
    pub token: EnrolmentTokenId,
}

impl Machine {
    /// The signing key's thumbprint.
    #[must_use]
    pub fn jkt(&self) -> String {
        self.signing_key.thumbprint()
    }
}

/// A workstation that is about to be enrolled.
#[derive(Clone, Debug)]
pub struct NewWorkstation<'a> {
    /// Its id.
    pub id: WorkstationId,
    /// Whose it becomes.
    pub tenant: TenantId,
    /// The machine.
    pub machine: &'a Machine,
    /// Active, or pending until an admin confirms it.
    pub status: Status,
    /// When it was enrolled.
    pub now: Instant,
}

/// Enrols a workstation, in its first version. Its key must be new to the msp, its hardware id to the
/// tenant: `StoreError::is_duplicate_of("jkt")` or `("hardware_id")`.
///
/// # Errors
/// If one is not, or the database does not answer.
pub async fn insert(tx: &mut Tx, new: &NewWorkstation<'_>) -> Result<i64, StoreError> {
    let msp = tx.scope().msp;
    let machine = new.machine;
    let (signing, encryption) = (to_json(&machine.signing_key)?, to_json(&machine.encryption_key)?);
    let jkt = machine.jkt();
    on!(&mut *tx, |c| diesel::insert_into(workstations::table)
        .values((
            workstations::id.eq(id(new.id)),
            workstations::msp.eq(id(msp)),
            workstations::tenant.eq(id(new.tenant)),
            workstations::host_name.eq(&machine.facts.host_name),
            workstations::os.eq(&machine.facts.os),
            workstations::agent_version.eq(&machine.facts.agent_version),
            workstations::hardware_id.eq(&machine.facts.hardware_id),
            workstations::jkt.eq(&jkt),
            workstations::signing_key.eq(&signing),
            workstations::encryption_key.eq(&encryption),
            workstations::status.eq(word(new.status)),
            workstations::counter.eq(FIRST_COUNTER),
            workstations::enrolment_token.eq(id(machine.token)),
            workstations::enrolled_at.eq(at(new.now)),
            workstations::version.eq(1_i64),
        ))
        .execute(c))?;
    Ok(1)
}

/// A workstation that an enrolment meets.
#[derive(Clone, Debug, Queryable)]
pub struct Known {
    /// The workstation.
    pub id: WorkstationId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its status.
    pub status: Status,
    /// Its name.
    pub host_name: String,
    /// Its key's thumbprint.
    pub jkt: String,
    /// The token that enrolled its present key.
    pub token: EnrolmentTokenId,
}

macro_rules! known {
    ($msp:expr) => {
        workstations::table.filter(workstations::msp.eq(id($msp))).select((
            workstations::id,
            workstations::tenant,
            workstations::status,
            workstations::host_name,
            workstations::jkt,
            workstations::enrolment_token,
        ))
    };
}

/// The workstation of the msp that has this key.
///
/// # Errors
/// If the database does not answer.
pub async fn by_key(conn: &mut Conn, jkt: &str) -> Result<Option<Known>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| known!(msp).filter(workstations::jkt.eq(jkt)).first::<Known>(c));
    found_or_none(found)
}

/// The workstation of a tenant with this hardware id, unless it is retired.
///
/// # Errors
/// If the database does not answer.
pub async fn by_hardware(
    conn: &mut Conn,
    tenant: TenantId,
    hardware_id: &str,
) -> Result<Option<Known>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| known!(msp)
        .filter(workstations::tenant.eq(id(tenant)))
        .filter(workstations::hardware_id.eq(hardware_id))
        .filter(workstations::status.ne(word(Status::Retired)))
        .first::<Known>(c));
    found_or_none(found)
}

/// This workstation of the tenant, unless it is retired.
///
/// # Errors
/// If the database does not answer.
pub async fn in_service(
    conn: &mut Conn,
    tenant: TenantId,
    workstation: WorkstationId,
) -> Result<Option<Known>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| known!(msp)
        .filter(workstations::tenant.eq(id(tenant)))
        .filter(workstations::id.eq(id(workstation)))
        .filter(workstations::status.ne(word(Status::Retired)))
        .first::<Known>(c));
    found_or_none(found)
}

/// Raises the version of a workstation that is not retired, for an event that changes no column of it.
///
/// # Errors
/// If the database does not answer.
pub async fn raise_version(
    tx: &mut Tx,
    workstation: WorkstationId,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let raised = on!(&mut *tx, |c| diesel::update(
        workstations::table
            .filter(workstations::msp.eq(id(msp)))
            .filter(workstations::id.eq(id(workstation)))
            .filter(workstations::status.ne(word(Status::Retired)))
    )
    .set(workstations::version.eq(workstations::version + 1))
    .returning(workstations::version)
    .get_result::<i64>(c));
    found_or_none(raised)
}

/// Gives a workstation other keys, if its status is `from`: it is `to` then, and counts from the beginning.
/// The key must be new to the msp, the hardware id to the tenant, as in [`insert`].
///
/// # Errors
/// If one is not, or the database does not answer.
pub async fn replace_keys(
    tx: &mut Tx,
    workstation: WorkstationId,
    machine: &Machine,
    (from, to): (Status, Status),
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let (signing, encryption) = (to_json(&machine.signing_key)?, to_json(&machine.encryption_key)?);
    let jkt = machine.jkt();
    let replaced = on!(&mut *tx, |c| diesel::update(
        workstations::table
            .filter(workstations::msp.eq(id(msp)))
            .filter(workstations::id.eq(id(workstation)))
            .filter(workstations::status.eq(word(from)))
    )
    .set((
        workstations::host_name.eq(&machine.facts.host_name),
        workstations::os.eq(&machine.facts.os),
        workstations::agent_version.eq(&machine.facts.agent_version),
        workstations::hardware_id.eq(&machine.facts.hardware_id),
        workstations::jkt.eq(&jkt),
        workstations::signing_key.eq(&signing),
        workstations::encryption_key.eq(&encryption),
        workstations::status.eq(word(to)),
        workstations::counter.eq(FIRST_COUNTER),
        workstations::rotation.eq(None::<Vec<u8>>),
        workstations::enrolment_token.eq(id(machine.token)),
        workstations::version.eq(workstations::version + 1),
    ))
    .returning(workstations::version)
    .get_result::<i64>(c));
    found_or_none(replaced)
}

/// What a workstation's assertion is checked against.
#[derive(Clone, Debug, Queryable)]
pub struct Asserting {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its name.
    pub host_name: String,
    /// Its key's thumbprint.
    pub jkt: String,
    signing_key: String,
    /// Its status.
    pub status: Status,
    /// The counter that its next assertion shows.
    pub counter: i64,
    /// The hash of the retry id of the rotation that led to it.
    pub rotation: Option<Vec<u8>>,
    /// When its tokens were last revoked: a new one must be younger.
    pub revoked_at: Option<Instant>,
}

impl Asserting {
    /// Its key.
    ///
    /// # Errors
    /// If the stored one can't be read.
    pub fn signing_key(&self) -> Result<P256Jwk, StoreError> {
        json(&self.signing_key)
    }
}

/// What an assertion of this workstation is checked against.
///
/// # Errors
/// If the database does not answer.
pub async fn asserting(
    conn: &mut Conn,
    workstation: WorkstationId,
) -> Result<Option<Asserting>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| workstations::table
        .left_join(revocations::table.on(revocations::subject.eq(workstations::id)))
        .filter(workstations::msp.eq(id(msp)))
        .filter(workstations::id.eq(id(workstation)))
        .select((
            workstations::tenant,
            workstations::host_name,
            workstations::jkt,
            workstations::signing_key,
            workstations::status,
            workstations::counter,
            workstations::rotation,
            revocations::revoked_at.nullable(),
        ))
        .first::<Asserting>(c));
    found_or_none(found)
}

/// One step of a workstation's counter.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The stored counter that the assertion was judged by.
    pub from: i64,
    /// The counter for the next assertion.
    pub to: i64,
    /// The hash of the assertion's retry id.
    pub rotation: [u8; 32],
}

/// Moves an active workstation's counter on; the new version, or `None` if somebody else did.
///
/// # Errors
/// If the database does not answer.
pub async fn count(
    tx: &mut Tx,
    workstation: WorkstationId,
    step: Step,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let counted = on!(&mut *tx, |c| diesel::update(
        workstations::table
            .filter(workstations::msp.eq(id(msp)))
            .filter(workstations::id.eq(id(workstation)))
            .filter(workstations::status.eq(word(Status::Active)))
            .filter(workstations::counter.eq(step.from))
    )
    .set((
        workstations::counter.eq(step.to),
        workstations::rotation.eq(step.rotation.as_slice()),
        workstations::version.eq(workstations::version + 1),
    ))
    .returning(workstations::version)
    .get_result::<i64>(c));
    found_or_none(counted)
}

/// A workstation that was just changed.
#[derive(Clone, Debug, Queryable)]
pub struct ChangedWorkstation {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub host_name: String,
    /// Its tenant.
    pub tenant: TenantId,
}

/// Changes a workstation's status, if it is `from`.
///
/// # Errors
/// If the database does not answer.
pub async fn change_status(
    tx: &mut Tx,
    workstation: WorkstationId,
    from: Status,
    to: Status,
) -> Result<Option<ChangedWorkstation>, StoreError> {
    let msp = tx.scope().msp;
    let changed = on!(&mut *tx, |c| diesel::update(
        workstations::table
            .filter(workstations::msp.eq(id(msp)))
            .filter(workstations::id.eq(id(workstation)))
            .filter(workstations::status.eq(word(from)))
    )
    .set((workstations::status.eq(word(to)), workstations::version.eq(workstations::version + 1)))
    .returning((workstations::version, workstations::host_name, workstations::tenant))
    .get_result::<ChangedWorkstation>(c));
    found_or_none(changed)
}

/// Releases a quarantined workstation: its next assertion is taken whatever counter it shows.
///
/// # Errors
/// If the database does not answer.
pub async fn release(
    tx: &mut Tx,
    workstation: WorkstationId,
) -> Result<Option<ChangedWorkstation>, StoreError> {
    let msp = tx.scope().msp;
    let released = on!(&mut *tx, |c| diesel::update(
        workstations::table
            .filter(workstations::msp.eq(id(msp)))
            .filter(workstations::id.eq(id(workstation)))
            .filter(workstations::status.eq(word(Status::Quarantined)))
    )
    .set((
        workstations::status.eq(word(Status::Active)),
        workstations::counter.eq(RESYNCHRONISE),
        workstations::rotation.eq(None::<Vec<u8>>),
        workstations::version.eq(workstations::version + 1),
    ))
    .returning((workstations::version, workstations::host_name, workstations::tenant))
    .get_result::<ChangedWorkstation>(c));
    found_or_none(released)
}

/// Allows push logins again on a workstation where they are frozen.
///
/// # Errors
/// If the database does not answer.
pub async fn unfreeze(
    tx: &mut Tx,
    workstation: WorkstationId,
) -> Result<Option<ChangedWorkstation>, StoreError> {
    let msp = tx.scope().msp;
    let unfrozen = on!(&mut *tx, |c| diesel::update(
        workstations::table
            .filter(workstations::msp.eq(id(msp)))
            .filter(workstations::id.eq(id(workstation)))
            .filter(workstations::status.ne(word(Status::Retired)))
            .filter(workstations::push_frozen_at.is_not_null())
    )
    .set((
        workstations::push_frozen_at.eq(None::<super::types::WrittenInstant>),
        workstations::version.eq(workstations::version + 1),
    ))
    .returning((workstations::version, workstations::host_name, workstations::tenant))
    .get_result::<ChangedWorkstation>(c));
    found_or_none(unfrozen)
}

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
    /// Its version.
    pub version: i64,
}

impl WorkstationRow {
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
