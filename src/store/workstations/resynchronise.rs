//! Counters after a restored backup, which went back in time: every machine would look like a copy of itself.

use countersign_protocol::{TenantId, WorkstationId, wire::Status};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::RESYNCHRONISE;
use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    prepared::{Prepared, word},
    schema::workstations,
    types::{WrittenId, id},
};

/// A workstation whose next assertion is taken whatever counter it shows.
#[derive(Clone, Debug, Queryable)]
pub struct Resynchronised {
    /// The workstation.
    pub id: WorkstationId,
    /// Its version.
    pub version: i64,
    /// Its name.
    pub host_name: String,
    /// Its tenant.
    pub tenant: TenantId,
}

/// The next workstations of the msp, behind `after`, whose counters count. Quarantined ones were so before, and wait
/// for an admin.
///
/// # Errors
/// If the database does not answer.
pub async fn counting(
    conn: &mut Conn,
    after: WorkstationId,
    limit: i64,
) -> Result<Vec<WorkstationId>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| workstations::table
        .filter(workstations::msp.eq(id(msp)))
        .filter(workstations::id.gt(id(after)))
        .filter(workstations::counter.ge(0))
        .filter(workstations::status.ne(word(Status::Quarantined)))
        .filter(workstations::status.ne(word(Status::Retired)))
        .order(workstations::id)
        .limit(limit)
        .select(workstations::id)
        .load::<WorkstationId>(c))
}

/// Lets the next assertion of each of these be taken whatever counter it shows.
///
/// # Errors
/// If the database does not answer.
pub async fn resynchronise(
    tx: &mut Tx,
    these: &[WorkstationId],
) -> Result<Vec<Resynchronised>, StoreError> {
    let msp = tx.scope().msp;
    let these: Vec<WrittenId> = these.iter().map(|one| id(*one)).collect();
    on!(&mut *tx, |c| Prepared(
        diesel::update(
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::id.eq_any(&these))
                .filter(workstations::counter.ge(0))
                .filter(workstations::status.ne(word(Status::Quarantined)))
                .filter(workstations::status.ne(word(Status::Retired)))
        )
        .set((
            workstations::counter.eq(RESYNCHRONISE),
            workstations::rotation.eq(None::<Vec<u8>>),
            workstations::version.eq(workstations::version + 1),
        ))
        .returning((
            workstations::id,
            workstations::version,
            workstations::host_name,
            workstations::tenant,
        ))
    )
    .get_results::<Resynchronised>(c))
}
