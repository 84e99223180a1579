//! Account names: each is given once within an msp, to a technician or a tenant, and never again to anybody else.

use countersign_protocol::{Instant, TechnicianId, TenantId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError, Tx,
    conn::on,
    schema::account_names,
    types::{at, id},
};

/// Whose an account name is.
#[derive(Clone, Copy, Debug)]
pub enum Owner {
    /// A technician's own.
    Technician(TechnicianId),
    /// What a tenant's technicians share.
    Tenant(TenantId),
}

/// Gives a name away.
///
/// # Errors
/// [`StoreError::Duplicate`] of `account_name` if it was given before, or if the database does not answer.
pub async fn give(tx: &mut Tx, name: &str, to: Owner, now: Instant) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let (technician, tenant) = match to {
        Owner::Technician(technician) => (Some(id(technician)), None),
        Owner::Tenant(tenant) => (None, Some(id(tenant))),
    };
    on!(&mut *tx, |c| diesel::insert_into(account_names::table)
        .values((
            account_names::msp.eq(id(msp)),
            account_names::name.eq(name),
            account_names::technician.eq(technician),
            account_names::tenant.eq(tenant),
            account_names::given_at.eq(at(now)),
        ))
        .execute(c))?;
    Ok(())
}

/// The names that begin so, of all that were ever given.
///
/// # Errors
/// If the database does not answer.
pub async fn beginning(conn: &mut Conn, start: &str) -> Result<Vec<String>, StoreError> {
    let msp = conn.scope().msp;
    // Names are of [a-z0-9-]: nothing to escape.
    let pattern = format!("{start}%");
    on!(conn, |c| account_names::table
        .filter(account_names::msp.eq(id(msp)))
        .filter(account_names::name.like(&pattern))
        .select(account_names::name)
        .load::<String>(c))
}
