//! A workstation that authenticates, and its counter.

use std::time::Duration;

use countersign_protocol::{Instant, P256Jwk, TenantId, WorkstationId, wire::Status};
use diesel::{dsl::case_when, prelude::*};
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::{revocations, workstations},
    types::{at, id, json},
};

/// What a workstation's assertion is checked against.
#[derive(Clone, Debug, Queryable)]
pub struct Asserting {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its name.
    pub host_name: String,
    /// Its key's thumbprint.
    pub jkt: String,
    signing_key: String,
    /// Its status.
    pub status: Status,
    /// The counter that its next assertion shows.
    pub counter: i64,
    /// The hash of the retry id of the rotation that led to it.
    pub rotation: Option<Vec<u8>>,
    /// When its tokens were last revoked: a new one must be younger.
    pub revoked_at: Option<Instant>,
}

impl Asserting {
    /// Its key.
    ///
    /// # Errors
    /// If the stored one can't be read.
    pub fn signing_key(&self) -> Result<P256Jwk, StoreError> {
        json(&self.signing_key)
    }
}

/// What an assertion of this workstation is checked against.
///
/// # Errors
/// If the database does not answer.
pub async fn asserting(
    conn: &mut Conn,
    workstation: WorkstationId,
) -> Result<Option<Asserting>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| workstations::table
        .left_join(revocations::table.on(revocations::subject.eq(workstations::id)))
        .filter(workstations::msp.eq(id(msp)))
        .filter(workstations::id.eq(id(workstation)))
        .select((
            workstations::tenant,
            workstations::host_name,
            workstations::jkt,
            workstations::signing_key,
            workstations::status,
            workstations::counter,
            workstations::rotation,
            revocations::revoked_at.nullable(),
        ))
        .first::<Asserting>(c));
    found_or_none(found)
}

/// One step of a workstation's counter.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The stored counter that the assertion was judged by.
    pub from: i64,
    /// The counter for the next assertion.
    pub to: i64,
    /// The hash of the assertion's retry id.
    pub rotation: [u8; 32],
    /// The present.
    pub now: Instant,
}

/// A workstation that was not heard of for longer was away: an access token lives for minutes.
const AWAY: Duration = Duration::from_secs(1800);

/// Moves an active workstation's counter on; the new version, or `None` if somebody else did.
///
/// # Errors
/// If the database does not answer.
pub async fn count(
    tx: &mut Tx,
    workstation: WorkstationId,
    step: Step,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let counted = on!(&mut *tx, |c| Prepared(
        diesel::update(
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::id.eq(id(workstation)))
                .filter(workstations::status.eq(word(Status::Active)))
                .filter(workstations::counter.eq(step.from))
        )
        .set((
            workstations::counter.eq(step.to),
            workstations::rotation.eq(step.rotation.as_slice()),
            // What it did in between is told later: from here on it was away.
            workstations::away_since.eq(case_when(
                workstations::last_seen_at.lt(at(step.now - AWAY)),
                workstations::last_seen_at,
            )
            .otherwise(workstations::away_since)),
            workstations::back_at.eq(case_when(
                workstations::last_seen_at.lt(at(step.now - AWAY)),
                at(step.now).into_sql::<diesel::sql_types::Nullable<crate::store::types::Moment>>(),
            )
            .otherwise(workstations::back_at)),
            workstations::last_seen_at.eq(at(step.now)),
            workstations::version.eq(workstations::version + 1),
        ))
        .returning(workstations::version)
    )
    .get_result::<i64>(c));
    found_or_none(counted)
}
