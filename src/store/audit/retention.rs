//! Texts that may go: what an msp keeps for how long, what was asked to go, and its going.

use countersign_protocol::{EventId, Instant, MspId};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Text},
};
use diesel_async::RunQueryDsl;

use crate::store::{
    Across, Conn, Store, StoreError, Tx,
    audit::Recording,
    conn::{by_database, on},
    found_or_none,
    prepared::Prepared,
    schema::{audit_events, audit_leaves, audit_prunings, msps},
    types::{Id, Moment, at, id},
};

/// What an msp keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub struct Kept {
    /// For how many days; `None` is for ever.
    pub retention_days: Option<i32>,
    /// Whether nothing may go.
    pub legal_hold: bool,
    /// The msp's version.
    pub version: i64,
}

/// What the msp of the scope keeps; `None` if there is no such msp.
///
/// # Errors
/// If the database does not answer.
pub async fn kept(conn: &mut Conn) -> Result<Option<Kept>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| msps::table
        .filter(msps::id.eq(id(msp)))
        .select((msps::audit_retention_days, msps::legal_hold, msps::version))
        .first::<Kept>(c));
    found_or_none(found)
}

/// Changes what the msp of the scope keeps; its new version, or `None` if there is no such msp. Texts that are just being
/// taken away are waited for: once a hold is confirmed, none goes.
///
/// # Errors
/// If the database does not answer.
pub async fn keep(
    tx: &mut Tx,
    retention_days: Option<i32>,
    legal_hold: bool,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    have_texts(tx, msp, Hands::Alone).await?;
    let changed = on!(&mut *tx, |c| Prepared(
        diesel::update(msps::table.filter(msps::id.eq(id(msp))))
            .set((
                msps::audit_retention_days.eq(retention_days),
                msps::legal_hold.eq(legal_hold),
                msps::version.eq(msps::version + 1),
            ))
            .returning(msps::version)
    )
    .get_result::<i64>(c));
    found_or_none(changed)
}

/// The msps that keep texts for a time only, and for how many days.
///
/// # Errors
/// If the database does not answer.
pub async fn forgetful(across: &mut Across) -> Result<Vec<(MspId, i32)>, StoreError> {
    let rows = on!(&mut across.0, |c| msps::table
        .filter(msps::audit_retention_days.is_not_null())
        .filter(msps::legal_hold.eq(false))
        .order(msps::id)
        .select((msps::id, msps::audit_retention_days))
        .load::<(MspId, Option<i32>)>(c))?;
    Ok(rows.into_iter().filter_map(|(msp, days)| Some((msp, days?))).collect())
}

/// The last position that was recorded before an instant.
///
/// # Errors
/// If the database does not answer.
pub async fn last_before(
    across: &mut Across,
    msp: MspId,
    before: Instant,
) -> Result<Option<i64>, StoreError> {
    let last = on!(&mut across.0, |c| audit_events::table
        .filter(audit_events::msp.eq(id(msp)))
        .filter(audit_events::recorded_at.lt(at(before)))
        .order((audit_events::recorded_at.desc(), audit_events::position.desc()))
        .select(audit_events::position)
        .first::<i64>(c));
    found_or_none(last)
}

/// The last position of which it was asked that it goes.
///
/// # Errors
/// If the database does not answer.
pub async fn last_requested(across: &mut Across, msp: MspId) -> Result<Option<i64>, StoreError> {
    let last = on!(&mut across.0, |c| audit_prunings::table
        .filter(audit_prunings::msp.eq(id(msp)))
        .order(audit_prunings::through_position.desc())
        .select(audit_prunings::through_position)
        .first::<i64>(c));
    found_or_none(last)
}

/// A pruning that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The retention by which it is asked for.
    pub retention_days: i32,
    /// The first position.
    pub from: i64,
    /// The last position.
    pub through: i64,
    /// The event that says so.
    pub event: EventId,
    /// When.
    pub now: Instant,
}

/// Asks for a pruning of the scope's msp, whose new version this is; `None` if it keeps its texts longer by now, or
/// a hold is on it, or others have asked for as much.
///
/// # Errors
/// If the database does not answer.
pub async fn request(tx: &mut Tx, asked: Request) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    // The msp's row first: whoever comes second finds the other's pruning.
    let raised = on!(&mut *tx, |c| Prepared(
        diesel::update(
            msps::table
                .filter(msps::id.eq(id(msp)))
                .filter(msps::audit_retention_days.eq(asked.retention_days))
                .filter(msps::legal_hold.eq(false))
        )
        .set(msps::version.eq(msps::version + 1))
        .returning(msps::version)
    )
    .get_result::<i64>(c));
    let Some(version) = found_or_none(raised)? else { return Ok(None) };
    let overlapping = on!(&mut *tx, |c| audit_prunings::table
        .filter(audit_prunings::msp.eq(id(msp)))
        .filter(audit_prunings::through_position.ge(asked.from))
        .count()
        .get_result::<i64>(c))?;
    if overlapping > 0 {
        return Ok(None);
    }
    on!(&mut *tx, |c| diesel::insert_into(audit_prunings::table)
        .values((
            audit_prunings::msp.eq(id(msp)),
            audit_prunings::from_position.eq(asked.from),
            audit_prunings::through_position.eq(asked.through),
            audit_prunings::event_id.eq(id(asked.event)),
            audit_prunings::requested_at.eq(at(asked.now)),
        ))
        .execute(c))?;
    Ok(Some(version))
}

/// A pruning that stands in the log and is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable)]
pub struct Pruning {
    /// Whose.
    pub msp: MspId,
    /// The first position.
    pub from: i64,
    /// The last position.
    pub through: i64,
    /// When it was asked for.
    pub requested_at: Instant,
}

/// Prunings that stand in the log, are not done, and are not held.
///
/// # Errors
/// If the database does not answer.
pub async fn recorded(across: &mut Across, limit: i64) -> Result<Vec<Pruning>, StoreError> {
    on!(&mut across.0, |c| audit_prunings::table
        .inner_join(msps::table.on(msps::id.eq(audit_prunings::msp)))
        .inner_join(audit_leaves::table.on(audit_leaves::event_id.eq(audit_prunings::event_id)))
        .filter(audit_prunings::done_at.is_null())
        .filter(msps::legal_hold.eq(false))
        .order((audit_prunings::msp, audit_prunings::through_position))
        .limit(limit)
        .select((
            audit_prunings::msp,
            audit_prunings::from_position,
            audit_prunings::through_position,
            audit_prunings::requested_at,
        ))
        .load::<Pruning>(c))
}

/// Takes the texts from `from` to before `until` away, in a transaction of its own; how many. Some stay: see
/// the migration. The database refuses what no recorded pruning covers.
///
/// # Errors
/// If the database does not answer, or refuses.
pub async fn take_away(
    store: &Store,
    msp: MspId,
    (from, until): (i64, i64),
) -> Result<usize, StoreError> {
    let mut tx = store.pruning().await?;
    match take(&mut tx, msp, (from, until)).await {
        Ok(gone) => {
            tx.commit().await?;
            Ok(gone)
        }
        Err(error) => {
            tx.roll_back().await;
            Err(error)
        }
    }
}

async fn take(
    tx: &mut Recording,
    msp: MspId,
    (from, until): (i64, i64),
) -> Result<usize, StoreError> {
    have_texts(tx, msp, Hands::Many).await?;
    on!(&mut *tx, |c| sql_query(
        "DELETE FROM audit_events WHERE msp = $1 AND position >= $2 AND position < $3 \
         AND kind NOT IN ('device_enrolled', 'audit_pruned', 'log_reopened')"
    )
    .bind::<Id, _>(id(msp))
    .bind::<BigInt, _>(from)
    .bind::<BigInt, _>(until)
    .execute(c))
}

/// Who has an msp's texts in hand at once.
#[derive(Clone, Copy)]
enum Hands {
    /// All that take texts away.
    Many,
    /// Whoever says which ones are kept.
    Alone,
}

#[derive(QueryableByName)]
struct Had {
    #[diesel(sql_type = Text)]
    #[allow(dead_code, reason = "a SELECT has a column")]
    had: String,
}

/// Has an msp's texts in hand until the transaction ends. SQLite has one writer anyway.
async fn have_texts(conn: &mut Conn, msp: MspId, hands: Hands) -> Result<(), StoreError> {
    let lock = match hands {
        Hands::Many => "pg_advisory_xact_lock_shared",
        Hands::Alone => "pg_advisory_xact_lock",
    };
    let lock = format!("SELECT {lock}(hashtext('audit_retention'), hashtext($1))::text AS had");
    by_database!(
        &mut *conn,
        pg | c | sql_query(lock).bind::<Text, _>(msp.to_string()).get_result::<Had>(c),
        sqlite | c | sql_query("SELECT '' AS had").get_result::<Had>(c)
    )?;
    Ok(())
}

#[derive(QueryableByName)]
struct Month {
    #[diesel(sql_type = Text)]
    month: String,
}

/// The tables of the months that ended before an instant, oldest first; none on SQLite.
///
/// # Errors
/// If the database does not answer.
pub async fn months_before(store: &Store, before: Instant) -> Result<Vec<String>, StoreError> {
    if !store.is_postgres() {
        return Ok(Vec::new());
    }
    let mut tx = store.pruning().await?;
    let months = by_database!(
        &mut *tx,
        pg | c
            | sql_query("SELECT month FROM audit_months_before($1) AS month")
                .bind::<Moment, _>(at(before))
                .load::<Month>(c),
        sqlite | c | sql_query("SELECT '' AS month").load::<Month>(c)
    );
    tx.roll_back().await;
    Ok(months?.into_iter().map(|row| row.month).collect())
}

#[derive(QueryableByName)]
struct Dropped {
    #[diesel(sql_type = Bool)]
    dropped: bool,
}

/// Drops the table of a month that ended before an instant, in a transaction of its own; `false` if something is left
/// in it, or it is in use.
///
/// # Errors
/// If the database does not answer, or something hangs on the table.
pub async fn drop_month(store: &Store, month: &str, before: Instant) -> Result<bool, StoreError> {
    let mut tx = store.pruning().await?;
    let dropped = by_database!(
        &mut *tx,
        pg | c
            | sql_query("SELECT audit_drop_month($1, $2) AS dropped")
                .bind::<Text, _>(month)
                .bind::<Moment, _>(at(before))
                .get_result::<Dropped>(c),
        sqlite | c | sql_query("SELECT 0 AS dropped").get_result::<Dropped>(c)
    );
    match dropped {
        Ok(Dropped { dropped }) => {
            tx.commit().await?;
            Ok(dropped)
        }
        Err(error) => {
            tx.roll_back().await;
            Err(error)
        }
    }
}

/// Notes that a pruning is done.
///
/// # Errors
/// If the database does not answer.
pub async fn done(across: &mut Across, pruning: &Pruning, now: Instant) -> Result<(), StoreError> {
    on!(&mut across.0, |c| diesel::update(
        audit_prunings::table
            .filter(audit_prunings::msp.eq(id(pruning.msp)))
            .filter(audit_prunings::through_position.eq(pruning.through))
    )
    .set(audit_prunings::done_at.eq(at(now)))
    .execute(c))?;
    Ok(())
}
