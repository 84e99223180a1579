//! Which technicians work for which tenants. A delegation that ended keeps its row, and with it the count
//! of its versions.

use countersign_protocol::{Instant, TechnicianId, TenantId, wire::admin::Delegation};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::Prepared,
    schema::{delegations, technicians, tenants},
    types::{at, id},
};
use crate::domain::{ListFrom, Listing};

#[derive(Queryable)]
struct Row {
    tenant: TenantId,
    technician: TechnicianId,
    created_at: Instant,
}

impl From<Row> for Delegation {
    fn from(row: Row) -> Self {
        Self { tenant_id: row.tenant, technician_id: row.technician, created_at: row.created_at }
    }
}

/// A technician and a tenant of one msp, and how they stand.
#[derive(Clone, Debug, Queryable)]
pub struct Pair {
    /// The tenant's name.
    pub tenant: String,
    /// The technician's e-mail address.
    pub email: String,
    /// Whether the technician works for the tenant; `None` if they never did.
    pub active: Option<bool>,
    /// Since when.
    pub created_at: Option<Instant>,
}

/// How the technician and the tenant stand; `None` unless both are the msp's.
///
/// # Errors
/// If the database does not answer.
pub async fn pair(
    conn: &mut Conn,
    tenant: TenantId,
    technician: TechnicianId,
) -> Result<Option<Pair>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| tenants::table
        .inner_join(technicians::table.on(technicians::msp.eq(tenants::msp)))
        .left_join(delegations::table.on(
            delegations::tenant.eq(tenants::id).and(delegations::technician.eq(technicians::id))
        ),)
        .filter(tenants::msp.eq(id(msp)))
        .filter(tenants::id.eq(id(tenant)))
        .filter(technicians::id.eq(id(technician)))
        .select((
            tenants::name,
            technicians::email,
            delegations::active.nullable(),
            delegations::created_at.nullable(),
        ))
        .first::<Pair>(c));
    found_or_none(found)
}

/// Makes the delegation, or begins one anew that had ended; its new version, or `None` if it stands
/// already. Whether both are the msp's is for [`pair`] to say: foreign keys look past the scope.
///
/// # Errors
/// If the database does not answer.
pub async fn make(
    tx: &mut Tx,
    tenant: TenantId,
    technician: TechnicianId,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    use diesel::query_dsl::methods::FilterDsl; // the WHERE of DO UPDATE

    let msp = tx.scope().msp;
    let made = on!(&mut *tx, |c| diesel::insert_into(delegations::table)
        .values((
            delegations::msp.eq(id(msp)),
            delegations::tenant.eq(id(tenant)),
            delegations::technician.eq(id(technician)),
            delegations::active.eq(true),
            delegations::created_at.eq(at(now)),
            delegations::version.eq(1_i64),
        ))
        .on_conflict((delegations::tenant, delegations::technician))
        .do_update()
        .set((
            delegations::active.eq(true),
            delegations::created_at.eq(at(now)),
            delegations::version.eq(delegations::version + 1),
        ))
        .filter(delegations::active.eq(false))
        .returning(delegations::version)
        .get_result::<i64>(c));
    found_or_none(made)
}

/// Ends the delegation; its new version, or `None` if there is none to end.
///
/// # Errors
/// If the database does not answer.
pub async fn end(
    tx: &mut Tx,
    tenant: TenantId,
    technician: TechnicianId,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let ended = on!(&mut *tx, |c| Prepared(
        diesel::update(
            delegations::table
                .filter(delegations::msp.eq(id(msp)))
                .filter(delegations::tenant.eq(id(tenant)))
                .filter(delegations::technician.eq(id(technician)))
                .filter(delegations::active.eq(true))
        )
        .set((delegations::active.eq(false), delegations::version.eq(delegations::version + 1),))
        .returning(delegations::version)
    )
    .get_result::<i64>(c));
    found_or_none(ended)
}

/// A part of the technicians who work for a tenant, by technician.
///
/// # Errors
/// If the database does not answer.
pub async fn list(
    conn: &mut Conn,
    tenant: TenantId,
    from: ListFrom,
) -> Result<Listing<Delegation>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| delegations::table
        .filter(delegations::msp.eq(id(msp)))
        .filter(delegations::tenant.eq(id(tenant)))
        .filter(delegations::active.eq(true))
        .filter(delegations::technician.gt(id(from.floor())))
        .order(delegations::technician)
        .limit(from.rows())
        .select((delegations::tenant, delegations::technician, delegations::created_at))
        .load::<Row>(c))?;
    Ok(from.listing(rows, |row| row.technician.into()))
}
