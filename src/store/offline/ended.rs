//! What phones received and opens nothing to their technician any more, though the secret stands.

use countersign_protocol::{SecretId, TechnicianId, TenantId, wire::state::StateVersion};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::SecretKind;
use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::word,
    schema::{offline_handovers, offline_secrets, technicians},
    types::id,
};

/// Writes down that a technician's phones can no longer open anything with a secret, which stands for others, once a
/// state document of this version is applied.
///
/// # Errors
/// If the database does not answer.
pub async fn end_handovers(
    tx: &mut Tx,
    secret: SecretId,
    technician: TechnicianId,
    since: StateVersion,
) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let part = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    on!(&mut *tx, |c| diesel::update(
        offline_handovers::table
            .filter(offline_handovers::msp.eq(id(msp)))
            .filter(offline_handovers::secret.eq(id(secret)))
            .filter(offline_handovers::technician.eq(id(technician)))
            .filter(offline_handovers::ended_tenant.is_null())
    )
    .set((
        offline_handovers::ended_tenant.eq(Some(part(since.tenant))),
        offline_handovers::ended_own.eq(Some(part(since.own))),
    ))
    .execute(c))?;
    Ok(())
}

/// The state document by which what a technician's phones received under an epoch ended, if it did.
///
/// # Errors
/// If the database does not answer.
pub async fn ended_for(
    conn: &mut Conn,
    secret: SecretId,
    technician: TechnicianId,
    epoch: u32,
) -> Result<Option<StateVersion>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| offline_handovers::table
        .filter(offline_handovers::msp.eq(id(msp)))
        .filter(offline_handovers::secret.eq(id(secret)))
        .filter(offline_handovers::technician.eq(id(technician)))
        .filter(offline_handovers::epoch.eq(i32::try_from(epoch).unwrap_or(i32::MAX)))
        .filter(offline_handovers::ended_tenant.is_not_null())
        .order(offline_handovers::ended_tenant)
        .select((offline_handovers::ended_tenant, offline_handovers::ended_own))
        .first::<(Option<i64>, Option<i64>)>(c));
    let part = |number: i64| number.try_into().unwrap_or(0);
    Ok(found_or_none(found)?
        .and_then(|(tenant, own)| Some(StateVersion { tenant: part(tenant?), own: part(own?) })))
}

/// Writes down that what a technician's phones received opens something again: they are back at these tenants, and the
/// secrets of their epoch with them.
///
/// # Errors
/// If the database does not answer.
pub async fn reopen_handovers(
    tx: &mut Tx,
    technician: TechnicianId,
    tenants: &[TenantId],
) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let tenants: Vec<_> = tenants.iter().map(|tenant| id(*tenant)).collect();
    on!(&mut *tx, |c| diesel::update(
        offline_handovers::table
            .filter(offline_handovers::msp.eq(id(msp)))
            .filter(offline_handovers::technician.eq(id(technician)))
            .filter(offline_handovers::tenant.eq_any(tenants.clone()))
            .filter(
                offline_handovers::secret.eq_any(
                    offline_secrets::table
                        .filter(offline_secrets::kind.eq(word(SecretKind::Root)))
                        .filter(offline_secrets::replaced_at.is_null())
                        .select(offline_secrets::id)
                )
            )
            .filter(
                offline_handovers::epoch.eq_any(
                    technicians::table
                        .filter(technicians::id.eq(id(technician)))
                        .select(technicians::offline_epoch)
                )
            )
    )
    .set((
        offline_handovers::ended_tenant.eq(None::<i64>),
        offline_handovers::ended_own.eq(None::<i64>),
    ))
    .execute(c))?;
    Ok(())
}
