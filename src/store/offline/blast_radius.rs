//! What a technician's phones can still open.

use std::collections::HashMap;

use countersign_protocol::{
    Instant, SecretId, TechnicianId, TenantId, WorkstationId,
    wire::{
        Status,
        state::{StateVersion, Straggler},
    },
};
use diesel::{
    dsl::{count_star, sql},
    prelude::*,
    sql_types::Bool,
};
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError,
    conn::on,
    prepared::word,
    schema::{offline_handovers, offline_secrets, workstations},
    types::{Id, Moment, at, id},
};

/// Whether workstation `w` may accept a code of secret `s` that the phone of hand-over `h` can make: it has applied no
/// document by which that ended, and was there before it did.
const OPEN: &str = "NOT COALESCE(w.acked_tenant >= h.ended_tenant AND w.acked_own >= h.ended_own, FALSE)
    AND (s.replaced_at IS NULL OR w.enrolled_at <= COALESCE(s.accepted_until, s.replaced_at))
    AND (NOT COALESCE(w.acked_tenant >= s.ended_tenant AND w.acked_own >= s.ended_own, FALSE) OR s.accepted_until > ";

/// The workstations that still accept a code which the technician's phones can make: those that have not applied the
/// document by which it ended, or of which none says so. Longest unheard of first; and how many they are.
///
/// # Errors
/// If the database does not answer.
pub async fn accepting(
    conn: &mut Conn,
    technician: TechnicianId,
    now: Instant,
    limit: i64,
) -> Result<(Vec<Straggler>, i64), StoreError> {
    let msp = conn.scope().msp;
    macro_rules! accepting {
        () => {
            workstations::table
                .filter(workstations::msp.eq(id(msp)))
                .filter(workstations::status.ne(word(Status::Retired)))
                .filter(workstations::status.ne(word(Status::Pending)))
                .filter(
                    sql::<Bool>(
                        "workstations.id IN (SELECT w.id FROM offline_handovers h
                         JOIN offline_secrets s ON s.id = h.secret JOIN workstations w ON w.id = s.workstation
                         WHERE h.technician = ",
                    )
                    .bind::<Id, _>(id(technician))
                    .sql(" AND ")
                    .sql(OPEN)
                    .bind::<Moment, _>(at(now))
                    .sql(
                        ") UNION SELECT w.id FROM offline_handovers h
                         JOIN offline_secrets s ON s.id = h.secret JOIN workstations w ON w.tenant = h.tenant
                         WHERE s.workstation IS NULL AND h.technician = ",
                    )
                    .bind::<Id, _>(id(technician))
                    .sql(" AND ")
                    .sql(OPEN)
                    .bind::<Moment, _>(at(now))
                    .sql("))"),
                )
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

/// A secret, the document by which it ended, and the one that its workstation has applied.
type Reached = (SecretId, (Option<i64>, Option<i64>), (i64, i64));

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
        .select((
            offline_secrets::id,
            (offline_secrets::ended_tenant, offline_secrets::ended_own),
            (workstations::acked_tenant, workstations::acked_own),
        ))
        .load::<Reached>(c))?;
    let applied = |(secret, ended, acked): Reached| {
        let whole = ended.0.zip(ended.1);
        (secret, whole.is_some_and(|(tenant, own)| acked.0 >= tenant && acked.1 >= own))
    };
    Ok(rows.into_iter().map(applied).collect())
}
