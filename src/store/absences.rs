//! When technicians might not enter: anywhere, or one tenant's workstations.

use countersign_protocol::{Instant, TechnicianId, TenantId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    schema::absences,
    types::{at, id},
};

/// A technician leaves a tenant, or everything. Who has left stays away since then.
///
/// # Errors
/// If the database does not answer.
pub async fn begin(
    tx: &mut Tx,
    technician: TechnicianId,
    tenant: Option<TenantId>,
    now: Instant,
) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| diesel::insert_into(absences::table)
        .values((
            absences::msp.eq(id(msp)),
            absences::technician.eq(id(technician)),
            absences::tenant.eq(tenant.map(id)),
            absences::left_at.eq(at(now)),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// A technician is back; false if they were not away.
///
/// # Errors
/// If the database does not answer.
pub async fn end(
    tx: &mut Tx,
    technician: TechnicianId,
    tenant: Option<TenantId>,
    now: Instant,
) -> Result<bool, StoreError> {
    let msp = tx.scope().msp;
    macro_rules! ended {
        ($where:expr) => {
            on!(&mut *tx, |c| diesel::update(
                absences::table
                    .filter(absences::msp.eq(id(msp)))
                    .filter(absences::technician.eq(id(technician)))
                    .filter(absences::back_at.is_null())
                    .filter($where)
            )
            .set(absences::back_at.eq(at(now)))
            .execute(c))
        };
    }
    let ended = match tenant {
        Some(tenant) => ended!(absences::tenant.eq(id(tenant))),
        None => ended!(absences::tenant.is_null()),
    };
    Ok(ended? > 0)
}

/// True if a technician was away from a tenant at an instant.
///
/// # Errors
/// If the database does not answer.
pub async fn was_away(
    conn: &mut Conn,
    technician: TechnicianId,
    tenant: TenantId,
    when: Instant,
) -> Result<bool, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| absences::table
        .filter(absences::msp.eq(id(msp)))
        .filter(absences::technician.eq(id(technician)))
        .filter(absences::tenant.is_null().or(absences::tenant.eq(id(tenant))))
        .filter(absences::left_at.lt(at(when)))
        .filter(absences::back_at.is_null().or(absences::back_at.gt(at(when))))
        .select(absences::left_at)
        .first::<Instant>(c));
    Ok(found_or_none(found)?.is_some())
}
