//! Msps.

use countersign_protocol::{Instant, MspId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Across, Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::Prepared,
    schema::msps,
    types::{at, id},
};

/// Writes down the msp of the scope, in version 1.
///
/// # Errors
/// If the database does not answer.
pub async fn insert(
    tx: &mut Tx,
    name: &str,
    account_prefix: &str,
    now: Instant,
) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| diesel::insert_into(msps::table)
        .values((
            msps::id.eq(id(msp)),
            msps::name.eq(name),
            msps::account_prefix.eq(account_prefix),
            msps::created_at.eq(at(now)),
            msps::version.eq(1_i64),
        ))
        .execute(c))?;
    Ok(())
}

/// How the msp's account names begin; `None` if there is no such msp.
///
/// # Errors
/// If the database does not answer.
pub async fn account_prefix(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| msps::table
        .filter(msps::id.eq(id(msp)))
        .select(msps::account_prefix)
        .first::<String>(c));
    found_or_none(found)
}

/// How many admins must want a recovery code before it is released: one or two.
///
/// # Errors
/// If the database does not answer.
pub async fn recovery_admins(conn: &mut Conn) -> Result<i32, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| msps::table
        .filter(msps::id.eq(id(msp)))
        .select(msps::recovery_admins)
        .first::<i32>(c))
}

/// Replaces how the msp's account names begin, and how many admins must want a recovery code; the row's version.
///
/// # Errors
/// If the database does not answer.
pub async fn change(
    tx: &mut Tx,
    account_prefix: &str,
    recovery_admins: i32,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let changed = on!(&mut *tx, |c| Prepared(
        diesel::update(msps::table.filter(msps::id.eq(id(msp))))
            .set((
                msps::account_prefix.eq(account_prefix),
                msps::recovery_admins.eq(recovery_admins),
                msps::version.eq(msps::version + 1),
            ))
            .returning(msps::version)
    )
    .get_result::<i64>(c));
    found_or_none(changed)
}

/// Every msp.
///
/// # Errors
/// If the database does not answer.
pub async fn all(across: &mut Across) -> Result<Vec<MspId>, StoreError> {
    on!(&mut across.0, |c| msps::table.order(msps::id).select(msps::id).load::<MspId>(c))
}
