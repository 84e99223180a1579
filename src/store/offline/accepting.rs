//! Which workstations still accept a code that a technician's phones can make.

use countersign_protocol::{Instant, TechnicianId, WorkstationId, wire::state::Straggler};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError,
    conn::on,
    types::{Id, Moment, at, id},
};

/// Each secret that was received counts once, however many phones have it. Of a tenant's secrets the newest counts, and
/// those that still work beside it: whatever accepts an older one has not heard of the newer one's end either.
///
/// A workstation accepts one if it has applied no document by which it (or what the technician can do with it) ended,
/// and was there before it did.
const ACCEPTING: &str = "
WITH given AS (
    SELECT secret, ended_tenant, ended_own FROM offline_handovers WHERE msp = $1 AND technician = $2 GROUP BY 1, 2, 3
), known AS (
    SELECT s.tenant, s.workstation, s.kind, s.number, s.replaced_at, s.accepted_until, s.ended_tenant, s.ended_own,
        g.ended_tenant AS left_tenant, g.ended_own AS left_own
    FROM given AS g JOIN offline_secrets AS s ON s.id = g.secret
), newest AS (
    SELECT tenant, kind, max(number) AS number FROM known WHERE workstation IS NULL GROUP BY 1, 2
), reached AS (
    SELECT k.workstation AS id, k.* FROM known AS k WHERE k.workstation IS NOT NULL
    UNION ALL
    SELECT w.id, k.* FROM known AS k
        JOIN newest AS n ON n.tenant = k.tenant AND n.kind = k.kind
        JOIN workstations AS w ON w.tenant = k.tenant
    WHERE k.workstation IS NULL AND (k.number = n.number OR k.accepted_until > $3)
), accepting AS (
    SELECT DISTINCT w.id, w.last_seen_at FROM reached AS k JOIN workstations AS w ON w.id = k.id
    WHERE w.msp = $1 AND w.status NOT IN ('retired', 'pending')
        AND NOT COALESCE(w.acked_tenant >= k.left_tenant AND w.acked_own >= k.left_own, FALSE)
        AND (k.replaced_at IS NULL OR w.enrolled_at <= COALESCE(k.accepted_until, k.replaced_at))
        AND (NOT COALESCE(w.acked_tenant >= k.ended_tenant AND w.acked_own >= k.ended_own, FALSE)
            OR k.accepted_until > $3)
), longest AS (
    SELECT id, count(*) OVER () AS total FROM accepting ORDER BY last_seen_at, id LIMIT $4
)
SELECT w.id, w.host_name, w.last_seen_at, l.total FROM longest AS l JOIN workstations AS w ON w.id = l.id
ORDER BY w.last_seen_at, w.id";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Id)]
    id: WorkstationId,
    #[diesel(sql_type = Text)]
    host_name: String,
    #[diesel(sql_type = Nullable<Moment>)]
    last_seen_at: Option<Instant>,
    #[diesel(sql_type = BigInt)]
    total: i64,
}

/// The workstations that still accept a code which the technician's phones can make, at most `limit`, longest unheard of
/// first; and how many they are.
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
    let rows: Vec<Row> = on!(conn, |c| diesel::sql_query(ACCEPTING)
        .bind::<Id, _>(id(msp))
        .bind::<Id, _>(id(technician))
        .bind::<Moment, _>(at(now))
        .bind::<BigInt, _>(limit)
        .load(c))?;
    let total = rows.as_slice().first().map_or(0, |row| row.total);
    let straggler = |row: Row| Straggler {
        workstation_id: row.id,
        host_name: row.host_name,
        last_seen_at: row.last_seen_at,
    };
    Ok((rows.into_iter().map(straggler).collect(), total))
}
