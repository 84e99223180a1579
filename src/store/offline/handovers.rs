//! Which phones received which secrets, and what follows from that when somebody leaves.

use std::collections::HashMap;

use countersign_protocol::{
    DeviceId, Instant, SecretId, TechnicianId, TenantId, WorkstationId,
    wire::{
        Status,
        state::{StateVersion, Straggler},
    },
};
use diesel::{dsl::count_star, prelude::*};
use diesel_async::RunQueryDsl;

use super::SecretKind;
use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::{offline_handovers, offline_secrets, workstations},
    types::{at, id},
};

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
    /// When a phone first received it.
    pub handed_at: Instant,
    ended_tenant: Option<i64>,
    ended_own: Option<i64>,
}

impl Exposed {
    /// The first state document by which it is accepted no more.
    #[must_use]
    pub fn ended(&self) -> Option<StateVersion> {
        let part = |number: i64| number.try_into().unwrap_or(0);
        let (tenant, own) = (self.ended_tenant?, self.ended_own?);
        Some(StateVersion { tenant: part(tenant), own: part(own) })
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
                    offline_handovers::handed_at,
                    offline_handovers::ended_tenant,
                    offline_handovers::ended_own,
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
    rows.sort_by_key(|row| (std::cmp::Reverse(row.secret), row.ended_tenant.is_some()));
    rows.dedup_by_key(|row| row.secret);
    Ok(rows)
}

/// How many secrets a technician's phones received.
///
/// # Errors
/// If the database does not answer.
pub async fn exposures(conn: &mut Conn, technician: TechnicianId) -> Result<i64, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| offline_handovers::table
        .filter(offline_handovers::msp.eq(id(msp)))
        .filter(offline_handovers::technician.eq(id(technician)))
        .select(diesel::dsl::count(offline_handovers::secret).aggregate_distinct())
        .first::<i64>(c))
}

/// Writes down that a technician's phones can no longer open anything with a secret, once a state document of this
/// version is applied.
///
/// # Errors
/// If the database does not answer.
pub async fn end_handovers(
    tx: &mut Tx,
    secret: SecretId,
    technician: Option<TechnicianId>,
    since: StateVersion,
) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let part = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    macro_rules! ended {
        ($which:expr) => {
            on!(&mut *tx, |c| diesel::update(
                offline_handovers::table
                    .filter(offline_handovers::msp.eq(id(msp)))
                    .filter(offline_handovers::secret.eq(id(secret)))
                    .filter(offline_handovers::ended_tenant.is_null())
                    .filter($which)
            )
            .set((
                offline_handovers::ended_tenant.eq(Some(part(since.tenant))),
                offline_handovers::ended_own.eq(Some(part(since.own))),
            ))
            .execute(c))
        };
    }
    match technician {
        Some(technician) => ended!(offline_handovers::technician.eq(id(technician)))?,
        None => ended!(offline_handovers::secret.eq(id(secret)))?,
    };
    Ok(())
}

/// The workstations that still accept a code which the technician's phones can make: those that have not applied the
/// document by which it ended, or of which none says so. Longest unheard of first; and how many they are.
///
/// # Errors
/// If the database does not answer.
pub async fn accepting(
    conn: &mut Conn,
    technician: TechnicianId,
    limit: i64,
) -> Result<(Vec<Straggler>, i64), StoreError> {
    let msp = conn.scope().msp;
    macro_rules! accepting {
        () => {
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::status.ne(word(Status::Retired)))
                .filter(workstations::status.ne(word(Status::Pending)))
                .filter(diesel::dsl::exists(
                    offline_handovers::table
                        .inner_join(
                            offline_secrets::table
                                .on(offline_secrets::id.eq(offline_handovers::secret)),
                        )
                        .filter(offline_handovers::technician.eq(id(technician)))
                        .filter(offline_handovers::tenant.eq(workstations::tenant))
                        .filter(
                            offline_secrets::workstation.is_null().or(offline_secrets::workstation
                                .eq(workstations::id.nullable())
                                .assume_not_null()),
                        )
                        .filter(
                            offline_handovers::ended_tenant
                                .is_null()
                                .or(workstations::acked_tenant
                                    .nullable()
                                    .lt(offline_handovers::ended_tenant)
                                    .assume_not_null())
                                .or(workstations::acked_own
                                    .nullable()
                                    .lt(offline_handovers::ended_own)
                                    .assume_not_null()),
                        ),
                ))
        };
    }
    let rows = on!(conn, |c| accepting!()
        .order((workstations::last_seen_at, workstations::id))
        .limit(limit)
        .select((workstations::id, workstations::host_name, workstations::last_seen_at))
        .load::<(WorkstationId, String, Option<Instant>)>(c))?;
    let total = on!(conn, |c| accepting!().select(count_star()).first::<i64>(c))?;
    let straggler = |(workstation_id, host_name, last_seen_at)| Straggler {
        workstation_id,
        host_name,
        last_seen_at,
    };
    Ok((rows.into_iter().map(straggler).collect(), total))
}

/// How many workstations a secret opens or opened, and how many of them have applied this version.
///
/// # Errors
/// If the database does not answer.
pub async fn reach(
    conn: &mut Conn,
    (tenant, workstation): (TenantId, Option<WorkstationId>),
    since: Option<StateVersion>,
) -> Result<(i64, i64), StoreError> {
    let msp = conn.scope().msp;
    let part = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    macro_rules! opened {
        () => {
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::tenant.eq(id(tenant)))
                .filter(workstations::status.ne(word(Status::Retired)))
                .filter(workstations::status.ne(word(Status::Pending)))
        };
    }
    macro_rules! counted {
        ($query:expr) => {
            match workstation {
                Some(one) => on!(conn, |c| $query
                    .filter(workstations::id.eq(id(one)))
                    .select(count_star())
                    .first::<i64>(c))?,
                None => on!(conn, |c| $query.select(count_star()).first::<i64>(c))?,
            }
        };
    }
    let all = counted!(opened!());
    let Some(since) = since else { return Ok((all, 0)) };
    let applied = counted!(
        opened!()
            .filter(workstations::acked_tenant.ge(part(since.tenant)))
            .filter(workstations::acked_own.ge(part(since.own)))
    );
    Ok((all, applied))
}

/// For each workstation's own secret that a technician's phones received: whether the workstation has applied the
/// document by which it ended.
///
/// # Errors
/// If the database does not answer.
pub async fn reaches(
    conn: &mut Conn,
    technician: TechnicianId,
) -> Result<HashMap<SecretId, bool>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| offline_handovers::table
        .inner_join(offline_secrets::table.on(offline_secrets::id.eq(offline_handovers::secret)))
        .inner_join(
            workstations::table.on(offline_secrets::workstation.eq(workstations::id.nullable()))
        )
        .filter(offline_handovers::msp.eq(id(msp)))
        .filter(offline_handovers::technician.eq(id(technician)))
        .order(offline_secrets::id.desc())
        .limit(2000)
        .select((offline_secrets::id, offline_handovers::ended_own, workstations::acked_own,))
        .load::<(SecretId, Option<i64>, i64)>(c))?;
    let applied = |(secret, ended, acked): (SecretId, Option<i64>, i64)| {
        (secret, ended.is_some_and(|ended| acked >= ended))
    };
    Ok(rows.into_iter().map(applied).collect())
}
