//! Tenants.

use countersign_protocol::{
    Instant, TenantId,
    wire::admin::{Tenant, TenantSettings},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::Prepared,
    schema::tenants,
    types::{at, id},
};
use crate::domain::{ListFrom, Listing};

/// The columns of a [`Row`], in its order.
macro_rules! columns {
    () => {
        (
            tenants::id,
            tenants::name,
            tenants::code_digits,
            tenants::login_lifetime_s,
            tenants::refuse_other_network,
            tenants::created_at,
            tenants::version,
        )
    };
}

#[derive(Queryable)]
struct Row {
    id: TenantId,
    name: String,
    code_digits: Option<i32>,
    login_lifetime_s: Option<i32>,
    refuse_other_network: bool,
    created_at: Instant,
    version: i64,
}

impl From<Row> for Tenant {
    fn from(row: Row) -> Self {
        let settings = TenantSettings {
            code_digits: row.code_digits.and_then(|digits| digits.try_into().ok()),
            login_lifetime_s: row.login_lifetime_s.and_then(|seconds| seconds.try_into().ok()),
            refuse_other_network: row.refuse_other_network,
        };
        let Row { id, name, created_at, version, .. } = row;
        Self { id, name, settings, created_at, version }
    }
}

/// Writes down a tenant.
///
/// # Errors
/// [`StoreError::Duplicate`] of `name`, or if the database does not answer.
pub async fn insert(tx: &mut Tx, tenant: &Tenant) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let Tenant { id: tenant_id, name, settings, created_at, version } = tenant;
    on!(&mut *tx, |c| diesel::insert_into(tenants::table)
        .values((
            tenants::id.eq(id(*tenant_id)),
            tenants::msp.eq(id(msp)),
            tenants::name.eq(name),
            tenants::code_digits.eq(settings.code_digits.map(i32::from)),
            tenants::login_lifetime_s.eq(settings.login_lifetime_s.map(i32::from)),
            tenants::refuse_other_network.eq(settings.refuse_other_network),
            tenants::created_at.eq(at(*created_at)),
            tenants::version.eq(version),
        ))
        .execute(c))?;
    Ok(())
}

/// A part of the msp's tenants.
///
/// # Errors
/// If the database does not answer.
pub async fn list(conn: &mut Conn, from: ListFrom) -> Result<Listing<Tenant>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| tenants::table
        .filter(tenants::msp.eq(id(msp)))
        .filter(tenants::id.gt(id(from.floor())))
        .order(tenants::id)
        .limit(from.rows())
        .select(columns!())
        .load::<Row>(c))?;
    Ok(from.listing(rows, |row| row.id.into()))
}

/// One tenant.
///
/// # Errors
/// If the database does not answer.
pub async fn one(conn: &mut Conn, tenant: TenantId) -> Result<Option<Tenant>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| tenants::table
        .filter(tenants::msp.eq(id(msp)))
        .filter(tenants::id.eq(id(tenant)))
        .select(columns!())
        .first::<Row>(c));
    Ok(found_or_none(found)?.map(Tenant::from))
}

/// Replaces a tenant's settings; the tenant as it is then.
///
/// # Errors
/// If the database does not answer.
pub async fn set_settings(
    tx: &mut Tx,
    tenant: TenantId,
    settings: &TenantSettings,
) -> Result<Option<Tenant>, StoreError> {
    let msp = tx.scope().msp;
    let changed = on!(&mut *tx, |c| Prepared(
        diesel::update(
            tenants::table.filter(tenants::msp.eq(id(msp))).filter(tenants::id.eq(id(tenant)))
        )
        .set((
            tenants::code_digits.eq(settings.code_digits.map(i32::from)),
            tenants::login_lifetime_s.eq(settings.login_lifetime_s.map(i32::from)),
            tenants::refuse_other_network.eq(settings.refuse_other_network),
            tenants::version.eq(tenants::version + 1),
        ))
        .returning(columns!())
    )
    .get_result::<Row>(c));
    Ok(found_or_none(changed)?.map(Tenant::from))
}
