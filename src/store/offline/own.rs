//! Many workstations' own secrets at once: a leaver may have received thousands.

use countersign_protocol::{Instant, SecretId, WorkstationId, wire::state::StateVersion};
use diesel::{dsl::max, prelude::*};
use diesel_async::RunQueryDsl;

use super::{NewSecret, SecretKind, secrets::part};
use crate::store::{
    StoreError, Tx,
    conn::{insert_rows, on},
    prepared::word,
    schema::{offline_secrets, workstations},
    types::{at, id},
};

/// Which of them end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Those that stand; until when they work beside their successors, if they do.
    Standing(Option<Instant>),
    /// Those that were replaced, and still work beside their successors.
    Accepted,
}

/// Ends workstations' own secrets at once, by the state document `since`, or by the one that each of their workstations has
/// now; each with its row's version. Those that have ended otherwise are left out.
///
/// # Errors
/// If the database does not answer.
pub async fn end_own(
    tx: &mut Tx,
    these: &[SecretId],
    ends: Ends,
    since: Option<StateVersion>,
    now: Instant,
) -> Result<Vec<(SecretId, i64)>, StoreError> {
    let msp = tx.scope().msp;
    let ids: Vec<_> = these.iter().map(|one| id(*one)).collect();
    macro_rules! ended {
        ($which:expr, $change:expr, $tenant:expr, $own:expr) => {
            on!(&mut *tx, |c| diesel::update(
                offline_secrets::table
                    .filter(offline_secrets::msp.eq(id(msp)))
                    .filter(offline_secrets::id.eq_any(ids.clone()))
                    .filter(offline_secrets::workstation.is_not_null())
                    .filter($which)
            )
            .set((
                $change,
                offline_secrets::ended_tenant.eq($tenant),
                offline_secrets::ended_own.eq($own),
                offline_secrets::version.eq(offline_secrets::version + 1),
            ))
            .returning((offline_secrets::id, offline_secrets::version))
            .get_results::<(SecretId, i64)>(c))
        };
    }
    macro_rules! by_document {
        ($which:expr, $change:expr) => {
            match since {
                Some(since) => {
                    ended!($which, $change, Some(part(since.tenant)), Some(part(since.own)))
                }
                None => {
                    let own = workstations::table
                        .filter(workstations::id.nullable().eq(offline_secrets::workstation))
                        .select(workstations::state_version.nullable());
                    ended!($which, $change, Some(0_i64), own.single_value())
                }
            }
        };
    }
    match ends {
        Ends::Standing(until) => by_document!(
            offline_secrets::replaced_at.is_null(),
            (
                offline_secrets::replaced_at.eq(at(now)),
                offline_secrets::accepted_until.eq(until.map(at))
            )
        ),
        Ends::Accepted => by_document!(
            offline_secrets::accepted_until.gt(at(now)),
            offline_secrets::accepted_until.eq(at(now))
        ),
    }
}

/// The newest number of each of these workstations' own secrets.
///
/// # Errors
/// If the database does not answer.
pub async fn newest_numbers(
    tx: &mut Tx,
    these: &[WorkstationId],
) -> Result<Vec<(WorkstationId, i32)>, StoreError> {
    let msp = tx.scope().msp;
    let ids: Vec<_> = these.iter().map(|one| id(*one)).collect();
    let rows = on!(&mut *tx, |c| offline_secrets::table
        .filter(offline_secrets::msp.eq(id(msp)))
        .filter(offline_secrets::kind.eq(word(SecretKind::Named)))
        .filter(offline_secrets::workstation.eq_any(ids.clone()))
        .group_by(offline_secrets::workstation)
        .select((offline_secrets::workstation, max(offline_secrets::number)))
        .load::<(Option<WorkstationId>, Option<i32>)>(c))?;
    Ok(rows.into_iter().filter_map(|(workstation, number)| workstation.zip(number)).collect())
}

/// Writes secrets down, in version 1.
///
/// # Errors
/// [`StoreError::Duplicate`] if a number was given, or if the database does not answer.
pub async fn insert_many(tx: &mut Tx, new: &[NewSecret]) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let msp = tx.scope().msp;
    let rows: Vec<_> = new
        .iter()
        .map(|new| {
            (
                offline_secrets::id.eq(id(new.id)),
                offline_secrets::msp.eq(id(msp)),
                offline_secrets::tenant.eq(id(new.tenant)),
                offline_secrets::workstation.eq(new.workstation.map(id)),
                offline_secrets::kind.eq(word(new.kind)),
                offline_secrets::number.eq(i32::try_from(new.number).unwrap_or(i32::MAX)),
                offline_secrets::sealed.eq(&new.sealed),
                offline_secrets::made_at.eq(at(new.now)),
                offline_secrets::since_tenant.eq(part(new.since.tenant)),
                offline_secrets::since_own.eq(part(new.since.own)),
                offline_secrets::version.eq(1_i64),
            )
        })
        .collect();
    insert_rows!(&mut *tx, offline_secrets::table, &rows)?;
    Ok(())
}
