//! How many workstations have applied what.

use countersign_protocol::{TenantId, wire::Status};
use diesel::{dsl::count_star, prelude::*};
use diesel_async::RunQueryDsl;

use crate::store::{Conn, StoreError, conn::on, prepared::word, schema::workstations, types::id};

/// How many workstations of these tenants have applied which of the documents that their tenant's share: the tenant, the
/// tenant's part of the version, and how many.
///
/// # Errors
/// If the database does not answer.
pub async fn applied_at(
    conn: &mut Conn,
    tenants: &[TenantId],
) -> Result<Vec<(TenantId, i64, i64)>, StoreError> {
    let msp = conn.scope().msp;
    let tenants: Vec<_> = tenants.iter().map(|tenant| id(*tenant)).collect();
    on!(conn, |c| workstations::table
        .filter(workstations::msp.eq(id(msp)))
        .filter(workstations::tenant.eq_any(tenants.clone()))
        .filter(workstations::status.ne(word(Status::Retired)))
        .filter(workstations::status.ne(word(Status::Pending)))
        .group_by((workstations::tenant, workstations::acked_tenant))
        .select((workstations::tenant, workstations::acked_tenant, count_star()))
        .load::<(TenantId, i64, i64)>(c))
}
