//! Holding still who works for a tenant, while it is written down what follows from it.

use countersign_protocol::{TechnicianId, TenantId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::store::{
    StoreError, Tx,
    conn::by_database,
    schema::{delegations, technicians, tenants},
    types::id,
};

/// Whose coming and going is held still.
#[derive(Clone, Copy, Debug)]
pub enum Still<'a> {
    /// This technician's.
    One(TechnicianId),
    /// Theirs whom these typed names mean.
    Named(&'a [String]),
}

/// Holds still, until the transaction ends, whether these technicians work for a tenant, and the tenant's settings: whoever
/// changes either meanwhile waits, and finds what was written here. To be called before any row of a workstation is changed,
/// as those do it.
///
/// # Errors
/// If the database does not answer.
pub async fn hold_still(tx: &mut Tx, tenant: TenantId, who: Still<'_>) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    // SQLite has one writer, and this transaction is it.
    macro_rules! held {
        ($rows:expr, $key:ty) => {
            by_database!(
                &mut *tx,
                pg | c | $rows.for_share().load::<$key>(c),
                sqlite | c | $rows.load::<$key>(c)
            )
        };
    }
    macro_rules! people {
        ($which:expr) => {
            technicians::table
                .inner_join(delegations::table.on(delegations::technician.eq(technicians::id)))
                .filter(technicians::msp.eq(id(msp)))
                .filter(delegations::tenant.eq(id(tenant)))
                .filter($which)
                .order(technicians::id)
                .select(technicians::id)
        };
    }
    match who {
        Still::One(technician) => {
            held!(people!(technicians::id.eq(id(technician))), TechnicianId)?;
        }
        Still::Named(keys) => {
            let keys = keys.to_vec();
            let by_name = technicians::user_name.eq_any(keys.clone());
            held!(
                people!(technicians::email_key.eq_any(keys.clone()).or(by_name.clone())),
                TechnicianId
            )?;
        }
    }
    let place = tenants::table
        .filter(tenants::msp.eq(id(msp)))
        .filter(tenants::id.eq(id(tenant)))
        .select(tenants::id);
    held!(place, TenantId)?;
    Ok(())
}
