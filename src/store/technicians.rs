//! Technicians, as admins see and change them.

use countersign_protocol::{
    Instant, TechnicianId,
    wire::{Status, admin::Technician},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::technicians,
    types::{at, id},
};
use crate::domain::{ListFrom, Listing};

/// The columns of a [`Row`], in its order.
macro_rules! columns {
    () => {
        (
            technicians::id,
            technicians::email,
            technicians::user_name,
            technicians::account_name,
            technicians::status,
            technicians::consecutive_failures,
            technicians::push_paused_until,
            technicians::created_at,
            technicians::version,
        )
    };
}

#[derive(Queryable)]
struct Row {
    id: TechnicianId,
    email: String,
    user_name: String,
    account_name: String,
    status: Status,
    consecutive_failures: i32,
    push_paused_until: Option<Instant>,
    created_at: Instant,
    version: i64,
}

impl From<Row> for Technician {
    fn from(row: Row) -> Self {
        let Row { id, email, user_name, account_name, status, created_at, version, .. } = row;
        Self {
            id,
            email,
            user_name,
            account_name,
            status,
            consecutive_failures: row.consecutive_failures.try_into().unwrap_or(0),
            push_paused_until: row.push_paused_until,
            created_at,
            version,
        }
    }
}

/// Writes down a technician who is active and without failures. `email_key` is the form in which the
/// address is compared.
///
/// # Errors
/// [`StoreError::Duplicate`] of `email_key`, `user_name` or `account_name`, or if the database does not
/// answer.
pub async fn insert(
    tx: &mut Tx,
    technician: &Technician,
    email_key: &str,
) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| diesel::insert_into(technicians::table)
        .values((
            technicians::id.eq(id(technician.id)),
            technicians::msp.eq(id(msp)),
            technicians::email.eq(&technician.email),
            technicians::email_key.eq(email_key),
            technicians::user_name.eq(&technician.user_name),
            technicians::account_name.eq(&technician.account_name),
            technicians::status.eq(word(technician.status)),
            technicians::consecutive_failures.eq(0),
            technicians::devices_version.eq(1_i64),
            technicians::created_at.eq(at(technician.created_at)),
            technicians::version.eq(technician.version),
        ))
        .execute(c))?;
    Ok(())
}

/// A part of the msp's technicians.
///
/// # Errors
/// If the database does not answer.
pub async fn list(conn: &mut Conn, from: ListFrom) -> Result<Listing<Technician>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| technicians::table
        .filter(technicians::msp.eq(id(msp)))
        .filter(technicians::id.gt(id(from.floor())))
        .order(technicians::id)
        .limit(from.rows())
        .select(columns!())
        .load::<Row>(c))?;
    Ok(from.listing(rows, |row| row.id.into()))
}

/// One technician.
///
/// # Errors
/// If the database does not answer.
pub async fn one(
    conn: &mut Conn,
    technician: TechnicianId,
) -> Result<Option<Technician>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| technicians::table
        .filter(technicians::msp.eq(id(msp)))
        .filter(technicians::id.eq(id(technician)))
        .select(columns!())
        .first::<Row>(c));
    Ok(found_or_none(found)?.map(Technician::from))
}

/// The technician of this e-mail address or user name (`key` is in its compared form).
///
/// # Errors
/// If the database does not answer.
pub async fn named(conn: &mut Conn, key: &str) -> Result<Option<Technician>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| technicians::table
        .filter(technicians::msp.eq(id(msp)))
        .filter(technicians::email_key.eq(key).or(technicians::user_name.eq(key)))
        .select(columns!())
        .first::<Row>(c));
    Ok(found_or_none(found)?.map(Technician::from))
}

/// Suspends an active technician, or retires one for good; the technician as they are then, or `None` if there was
/// none to change.
///
/// # Errors
/// If the database does not answer.
pub async fn leave(
    tx: &mut Tx,
    technician: TechnicianId,
    to: Status,
) -> Result<Option<Technician>, StoreError> {
    let msp = tx.scope().msp;
    let suspended = on!(&mut *tx, |c| Prepared(
        diesel::update(
            technicians::table
                .filter(technicians::msp.eq(id(msp)))
                .filter(technicians::id.eq(id(technician)))
                .filter(technicians::status.ne(word(Status::Retired)))
                .filter(technicians::status.ne(word(to)))
        )
        .set((technicians::status.eq(word(to)), technicians::version.eq(technicians::version + 1),))
        .returning(columns!())
    )
    .get_result::<Row>(c));
    Ok(found_or_none(suspended)?.map(Technician::from))
}

/// Makes a suspended, paused or failing technician active again, with no failures and no pause; the
/// technician as they are then, or `None` if there was nothing to change.
///
/// # Errors
/// If the database does not answer.
pub async fn resume(
    tx: &mut Tx,
    technician: TechnicianId,
) -> Result<Option<Technician>, StoreError> {
    let msp = tx.scope().msp;
    let resumed = on!(&mut *tx, |c| Prepared(
        diesel::update(
            technicians::table
                .filter(technicians::msp.eq(id(msp)))
                .filter(technicians::id.eq(id(technician)))
                .filter(technicians::status.ne(word(Status::Retired)))
                .filter(
                    technicians::status
                        .ne(word(Status::Active))
                        .or(technicians::consecutive_failures.gt(0))
                        .or(technicians::push_paused_until.is_not_null())
                )
        )
        .set((
            technicians::status.eq(word(Status::Active)),
            technicians::consecutive_failures.eq(0),
            technicians::push_paused_until.eq(None::<super::types::WrittenInstant>),
            technicians::version.eq(technicians::version + 1),
        ))
        .returning(columns!())
    )
    .get_result::<Row>(c));
    Ok(found_or_none(resumed)?.map(Technician::from))
}
