//! Which phones hold a secret that can still open something to them.

use countersign_protocol::{DeviceId, SecretId, wire::Status};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError,
    conn::on,
    prepared::word,
    schema::{delegations, devices, offline_handovers, technicians},
    types::id,
};

/// The active phones, of technicians who work for the tenant, that received these secrets.
///
/// # Errors
/// If the database does not answer.
pub async fn holders(
    conn: &mut Conn,
    secrets: &[SecretId],
) -> Result<Vec<(SecretId, DeviceId)>, StoreError> {
    let msp = conn.scope().msp;
    let secrets: Vec<_> = secrets.iter().map(|secret| id(*secret)).collect();
    let works = delegations::technician
        .eq(offline_handovers::technician)
        .and(delegations::tenant.eq(offline_handovers::tenant));
    on!(conn, |c| offline_handovers::table
        .inner_join(devices::table.on(devices::id.eq(offline_handovers::device)))
        .inner_join(technicians::table.on(technicians::id.eq(offline_handovers::technician)))
        .inner_join(delegations::table.on(works))
        .filter(offline_handovers::msp.eq(id(msp)))
        .filter(offline_handovers::secret.eq_any(&secrets))
        .filter(devices::status.eq(word(Status::Active)))
        .filter(technicians::status.eq(word(Status::Active)))
        .filter(delegations::active.eq(true))
        .select((offline_handovers::secret, offline_handovers::device))
        .load::<(SecretId, DeviceId)>(c))
}
