//! Which phones received which secrets, and what follows from that when somebody leaves.

use countersign_protocol::{
    DeviceId, Instant, SecretId, TechnicianId, TenantId, WorkstationId,
    wire::{Status, state::StateVersion},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::SecretKind;
use crate::store::{
    Conn, StoreError, Tx,
    conn::{by_database, on},
    found_or_none,
    prepared::{Prepared, word},
    schema::{delegations, devices, offline_handovers, offline_secrets, technicians, workstations},
    types::{Id, at, id},
};

/// True if the phone may receive secrets of the tenant now: it is active, and its technician works there. Until the
/// transaction ends, none of that ends: whoever suspends the technician meanwhile sees what they received.
///
/// # Errors
/// If the database does not answer.
pub async fn may_receive(
    tx: &mut Tx,
    (technician, device): (TechnicianId, DeviceId),
    tenant: TenantId,
) -> Result<bool, StoreError> {
    let msp = tx.scope().msp;
    macro_rules! standing {
        () => {
            devices::table
                .inner_join(technicians::table.on(technicians::id.eq(devices::technician)))
                .inner_join(delegations::table.on(delegations::technician.eq(technicians::id)))
                .filter(devices::msp.eq(id(msp)))
                .filter(devices::id.eq(id(device)))
                .filter(devices::status.eq(word(Status::Active)))
                .filter(technicians::id.eq(id(technician)))
                .filter(technicians::status.eq(word(Status::Active)))
                .filter(delegations::tenant.eq(id(tenant)))
                .filter(delegations::active.eq(true))
                .select(devices::id)
        };
    }
    // SQLite has one writer, and this transaction is it.
    let found = by_database!(
        &mut *tx,
        pg | c | standing!().for_share().first::<DeviceId>(c),
        sqlite | c | standing!().first::<DeviceId>(c)
    );
    Ok(found_or_none(found)?.is_some())
}

/// Writes down that a phone receives a secret; the secret's row's version, or `None` if the phone has it.
///
/// # Errors
/// If the database does not answer.
pub async fn hand_over(
    tx: &mut Tx,
    (secret, tenant): (SecretId, TenantId),
    (technician, device): (TechnicianId, DeviceId),
    epoch: u32,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let handed = on!(&mut *tx, |c| diesel::insert_into(offline_handovers::table)
        .values((
            offline_handovers::secret.eq(id(secret)),
            offline_handovers::device.eq(id(device)),
            offline_handovers::epoch.eq(i32::try_from(epoch).unwrap_or(i32::MAX)),
            offline_handovers::msp.eq(id(msp)),
            offline_handovers::tenant.eq(id(tenant)),
            offline_handovers::technician.eq(id(technician)),
            offline_handovers::handed_at.eq(at(now)),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    if handed == 0 {
        return Ok(None);
    }
    let raised = on!(&mut *tx, |c| Prepared(
        diesel::update(
            offline_secrets::table
                .filter(offline_secrets::msp.eq(id(msp)))
                .filter(offline_secrets::id.eq(id(secret)))
                .filter(
                    offline_secrets::replaced_at
                        .is_null()
                        .or(offline_secrets::accepted_until.gt(at(now)))
                )
        )
        .set(offline_secrets::version.eq(offline_secrets::version + 1))
        .returning(offline_secrets::version)
    )
    .get_result::<i64>(c));
    // Replaced in this instant: the caller reads again.
    found_or_none(raised)
}

/// The secrets (of the technician's epoch, for roots) that a phone has received.
///
/// # Errors
/// If the database does not answer.
pub async fn handed_to(
    conn: &mut Conn,
    device: DeviceId,
) -> Result<Vec<(SecretId, i32)>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| offline_handovers::table
        .filter(offline_handovers::msp.eq(id(msp)))
        .filter(offline_handovers::device.eq(id(device)))
        .select((offline_handovers::secret, offline_handovers::epoch))
        .load::<(SecretId, i32)>(c))
}

/// A secret that a technician's phones received, and how far its replacement has come.
#[derive(Clone, Debug, Queryable)]
pub struct Exposed {
    /// The secret.
    pub secret: SecretId,
    /// Its tenant.
    pub tenant: TenantId,
    /// The one workstation that it opens.
    pub workstation: Option<WorkstationId>,
    /// What it opens.
    pub kind: SecretKind,
    /// Its number.
    pub number: i32,
    /// When it was replaced.
    pub replaced_at: Option<Instant>,
    /// Until when it works beside its successor.
    pub accepted_until: Option<Instant>,
    /// When a phone first received it.
    pub handed_at: Instant,
    secret_ended: (Option<i64>, Option<i64>),
    technician_ended: (Option<i64>, Option<i64>),
    /// What its one workstation has applied.
    acked: Option<(i64, i64)>,
}

impl Exposed {
    /// The first state document by which the technician can open nothing with it any more.
    #[must_use]
    pub fn ended(&self) -> Option<StateVersion> {
        let part = |number: i64| number.try_into().unwrap_or(0);
        let whole = |(tenant, own): (Option<i64>, Option<i64>)| {
            Some(StateVersion { tenant: part(tenant?), own: part(own?) })
        };
        whole(self.technician_ended).or_else(|| whole(self.secret_ended))
    }

    /// True if its one workstation has applied that document.
    #[must_use]
    pub fn applied(&self) -> bool {
        let part = |number: i64| number.try_into().unwrap_or(0);
        let acked =
            self.acked.map(|(tenant, own)| StateVersion { tenant: part(tenant), own: part(own) });
        acked.zip(self.ended()).is_some_and(|(acked, ended)| acked.covers(ended))
    }

    /// True if it opens something, also at workstations that applied everything.
    #[must_use]
    pub fn stands(&self, now: Instant) -> bool {
        self.ended().is_none() || self.accepted_until.is_some_and(|until| now < until)
    }
}

/// The secrets that a technician's phones received (at one tenant, or everywhere), newest first, each once. Of many
/// phones' hand-overs, `limit` are looked at.
///
/// # Errors
/// If the database does not answer.
pub async fn exposed_of(
    conn: &mut Conn,
    technician: TechnicianId,
    tenant: Option<TenantId>,
    limit: i64,
) -> Result<Vec<Exposed>, StoreError> {
    let msp = conn.scope().msp;
    macro_rules! exposed {
        () => {
            offline_handovers::table
                .inner_join(
                    offline_secrets::table.on(offline_secrets::id.eq(offline_handovers::secret)),
                )
                .left_join(
                    workstations::table
                        .on(offline_secrets::workstation.eq(workstations::id.nullable())),
                )
                .filter(offline_handovers::msp.eq(id(msp)))
                .filter(offline_handovers::technician.eq(id(technician)))
                .order((offline_handovers::secret.desc(), offline_handovers::handed_at))
                .limit(limit)
                .select((
                    offline_secrets::id,
                    offline_secrets::tenant,
                    offline_secrets::workstation,
                    offline_secrets::kind,
                    offline_secrets::number,
                    offline_secrets::replaced_at,
                    offline_secrets::accepted_until,
                    offline_handovers::handed_at,
                    (offline_secrets::ended_tenant, offline_secrets::ended_own),
                    (offline_handovers::ended_tenant, offline_handovers::ended_own),
                    (workstations::acked_tenant, workstations::acked_own).nullable(),
                ))
        };
    }
    let mut rows = match tenant {
        Some(tenant) => on!(conn, |c| exposed!()
            .filter(offline_handovers::tenant.eq(id(tenant)))
            .load::<Exposed>(c))?,
        None => on!(conn, |c| exposed!().load::<Exposed>(c))?,
    };
    // A phone that still can counts before one that no longer can.
    rows.sort_by_key(|row| (std::cmp::Reverse(row.secret), row.ended().is_some()));
    rows.dedup_by_key(|row| row.secret);
    Ok(rows)
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// How many secrets a technician's phones received.
///
/// # Errors
/// If the database does not answer.
pub async fn exposures(conn: &mut Conn, technician: TechnicianId) -> Result<i64, StoreError> {
    let msp = conn.scope().msp;
    // GROUP BY and not DISTINCT, which sorts what an index has in order (PostgreSQL 15: 4 and 21 ms of 100,000).
    let counted: Counted = on!(conn, |c| {
        diesel::sql_query(
        "SELECT count(*) AS count FROM (SELECT secret FROM offline_handovers WHERE msp = $1 AND technician = $2 GROUP BY 1) AS s"
    )
    .bind::<Id, _>(id(msp))
    .bind::<Id, _>(id(technician))
    .get_result(c)
    })?;
    Ok(counted.count)
}

/// The tenants at whose workstations a technician has or had rows of their own (derived mode), each with whether they
/// work there.
///
/// # Errors
/// If the database does not answer.
pub async fn derived_tenants_of(
    conn: &mut Conn,
    technician: TechnicianId,
) -> Result<Vec<(TenantId, bool)>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| delegations::table
        .inner_join(offline_secrets::table.on(offline_secrets::tenant.eq(delegations::tenant)))
        .inner_join(technicians::table.on(technicians::id.eq(delegations::technician)))
        .filter(delegations::msp.eq(id(msp)))
        .filter(delegations::technician.eq(id(technician)))
        .filter(offline_secrets::kind.eq(word(SecretKind::Root)))
        .filter(offline_secrets::replaced_at.is_null())
        .select((
            delegations::tenant,
            delegations::active.and(technicians::status.eq(word(Status::Active)))
        ))
        .distinct()
        .load::<(TenantId, bool)>(c))
}
