//! A machine with its keys: enrolled, met again, given other keys.

use countersign_protocol::{
    EnrolmentTokenId, Instant, P256Jwk, TenantId, WorkstationId,
    wire::{Status, desktop::WorkstationFacts},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::workstations,
    types::{at, id, to_json},
};

/// The counter that a workstation's first assertion shows.
pub const FIRST_COUNTER: i64 = 1;

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
    let raised = on!(&mut *tx, |c| Prepared(
        diesel::update(
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::id.eq(id(workstation)))
                .filter(workstations::status.ne(word(Status::Retired)))
        )
        .set(workstations::version.eq(workstations::version + 1))
        .returning(workstations::version)
    )
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
    let replaced = on!(&mut *tx, |c| Prepared(
        diesel::update(
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
    )
    .get_result::<i64>(c));
    found_or_none(replaced)
}
