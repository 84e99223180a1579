//! Recovery codes, and who asked for one.

use countersign_protocol::{
    AdminTokenId, Instant, RecoveryCodeId, RecoveryId, TenantId, WorkstationId,
};
use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;

use crate::{
    domain::{ListFrom, Listing},
    store::{
        Conn, StoreError, Tx,
        conn::on,
        found_or_none,
        prepared::Prepared,
        schema::{admin_tokens, recovery_codes, recovery_requests},
        types::{at, id},
    },
};

/// A recovery code as it is stored.
#[derive(Clone, Debug, Queryable)]
pub struct RecoveryCodeRow {
    /// Its id.
    pub id: RecoveryCodeId,
    /// Its number.
    pub number: i32,
    /// The code, sealed.
    pub sealed: Vec<u8>,
    /// The row's version.
    pub version: i64,
}

/// The code that stands for a workstation.
///
/// # Errors
/// If the database does not answer.
pub async fn code_standing(
    conn: &mut Conn,
    workstation: WorkstationId,
) -> Result<Option<RecoveryCodeRow>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| recovery_codes::table
        .filter(recovery_codes::msp.eq(id(msp)))
        .filter(recovery_codes::workstation.eq(id(workstation)))
        .filter(recovery_codes::replaced_at.is_null())
        .order(recovery_codes::number.desc())
        .select((
            recovery_codes::id,
            recovery_codes::number,
            recovery_codes::sealed,
            recovery_codes::version,
        ))
        .first::<RecoveryCodeRow>(c));
    found_or_none(found)
}

/// Writes a code down, in version 1.
///
/// # Errors
/// [`StoreError::Duplicate`] of `number`, or if the database does not answer.
pub async fn make_code(
    tx: &mut Tx,
    (code, number): (RecoveryCodeId, i32),
    (tenant, workstation): (TenantId, WorkstationId),
    sealed: &[u8],
    now: Instant,
) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| diesel::insert_into(recovery_codes::table)
        .values((
            recovery_codes::id.eq(id(code)),
            recovery_codes::msp.eq(id(msp)),
            recovery_codes::tenant.eq(id(tenant)),
            recovery_codes::workstation.eq(id(workstation)),
            recovery_codes::number.eq(number),
            recovery_codes::sealed.eq(sealed),
            recovery_codes::made_at.eq(at(now)),
            recovery_codes::version.eq(1_i64),
        ))
        .execute(c))?;
    Ok(())
}

/// Ends a code; its row's version, or `None` if it had ended.
///
/// # Errors
/// If the database does not answer.
pub async fn replace_code(
    tx: &mut Tx,
    code: RecoveryCodeId,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let replaced = on!(&mut *tx, |c| Prepared(
        diesel::update(
            recovery_codes::table
                .filter(recovery_codes::msp.eq(id(msp)))
                .filter(recovery_codes::id.eq(id(code)))
                .filter(recovery_codes::replaced_at.is_null())
        )
        .set((
            recovery_codes::replaced_at.eq(at(now)),
            recovery_codes::version.eq(recovery_codes::version + 1),
        ))
        .returning(recovery_codes::version)
    )
    .get_result::<i64>(c));
    found_or_none(replaced)
}

/// A request as it is stored.
#[derive(Clone, Debug, Queryable)]
pub struct RecoveryRow {
    /// Its id.
    pub id: RecoveryId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its workstation.
    pub workstation: WorkstationId,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub requested_by: AdminTokenId,
    /// When.
    pub requested_at: Instant,
    /// Who agreed.
    pub agreed_by: Option<AdminTokenId>,
    /// Until when it stands.
    pub expires_at: Instant,
    /// The number of the code that was released for it.
    pub number: Option<i32>,
    /// The row's version.
    pub version: i64,
}

/// A request to be written down.
#[derive(Clone, Debug)]
pub struct NewRecovery {
    /// Its id.
    pub id: RecoveryId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its workstation.
    pub workstation: WorkstationId,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub requested_by: AdminTokenId,
    /// Until when it stands.
    pub expires_at: Instant,
    /// The present.
    pub now: Instant,
}

/// Writes a request down, in version 1.
///
/// # Errors
/// If the database does not answer.
pub async fn ask(tx: &mut Tx, new: &NewRecovery) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| diesel::insert_into(recovery_requests::table)
        .values((
            recovery_requests::id.eq(id(new.id)),
            recovery_requests::msp.eq(id(msp)),
            recovery_requests::tenant.eq(id(new.tenant)),
            recovery_requests::workstation.eq(id(new.workstation)),
            recovery_requests::reason.eq(&new.reason),
            recovery_requests::requested_by.eq(id(new.requested_by)),
            recovery_requests::requested_at.eq(at(new.now)),
            recovery_requests::expires_at.eq(at(new.expires_at)),
            recovery_requests::version.eq(1_i64),
        ))
        .execute(c))?;
    Ok(())
}

macro_rules! request {
    () => {
        (
            recovery_requests::id,
            recovery_requests::tenant,
            recovery_requests::workstation,
            recovery_requests::reason,
            recovery_requests::requested_by,
            recovery_requests::requested_at,
            recovery_requests::agreed_by,
            recovery_requests::expires_at,
            recovery_requests::number,
            recovery_requests::version,
        )
    };
}

/// One request.
///
/// # Errors
/// If the database does not answer.
pub async fn requested(
    conn: &mut Conn,
    recovery: RecoveryId,
) -> Result<Option<RecoveryRow>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| recovery_requests::table
        .filter(recovery_requests::msp.eq(id(msp)))
        .filter(recovery_requests::id.eq(id(recovery)))
        .select(request!())
        .first::<RecoveryRow>(c));
    found_or_none(found)
}

/// A part of the msp's requests.
///
/// # Errors
/// If the database does not answer.
pub async fn all_requested(
    conn: &mut Conn,
    from: ListFrom,
) -> Result<Listing<RecoveryRow>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| recovery_requests::table
        .filter(recovery_requests::msp.eq(id(msp)))
        .filter(recovery_requests::id.gt(id(from.floor())))
        .order(recovery_requests::id)
        .limit(from.rows())
        .select(request!())
        .load::<RecoveryRow>(c))?;
    Ok(from.listing(rows, |row| row.id.into()))
}

/// Writes down that another admin agrees; the row's version, or `None` if it is too late, somebody has agreed, it is the one
/// who asked, or their token was made since: whoever asks could have made it.
///
/// # Errors
/// If the database does not answer.
pub async fn agree(
    tx: &mut Tx,
    recovery: RecoveryId,
    by: AdminTokenId,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let agreed = on!(&mut *tx, |c| Prepared(
        diesel::update(
            recovery_requests::table
                .filter(recovery_requests::msp.eq(id(msp)))
                .filter(recovery_requests::id.eq(id(recovery)))
                .filter(recovery_requests::agreed_by.is_null())
                .filter(recovery_requests::requested_by.ne(id(by)))
                .filter(exists(
                    admin_tokens::table
                        .filter(admin_tokens::id.eq(id(by)))
                        .filter(admin_tokens::created_at.lt(recovery_requests::requested_at))
                ))
                .filter(recovery_requests::expires_at.gt(at(now)))
        )
        .set((
            recovery_requests::agreed_by.eq(id(by)),
            recovery_requests::agreed_at.eq(at(now)),
            recovery_requests::version.eq(recovery_requests::version + 1),
        ))
        .returning(recovery_requests::version)
    )
    .get_result::<i64>(c));
    found_or_none(agreed)
}

/// Writes down that the code of this number is read, the first or the only one that ever is for this request; the row's
/// version, or `None` if it is too late, or another one was.
///
/// # Errors
/// If the database does not answer.
pub async fn release(
    tx: &mut Tx,
    recovery: RecoveryId,
    number: i32,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let released = on!(&mut *tx, |c| Prepared(
        diesel::update(
            recovery_requests::table
                .filter(recovery_requests::msp.eq(id(msp)))
                .filter(recovery_requests::id.eq(id(recovery)))
                .filter(
                    recovery_requests::number.is_null().or(recovery_requests::number.eq(number))
                )
                .filter(recovery_requests::expires_at.gt(at(now)))
        )
        .set((
            recovery_requests::released_at.eq(at(now)),
            recovery_requests::number.eq(number),
            recovery_requests::version.eq(recovery_requests::version + 1),
        ))
        .returning(recovery_requests::version)
    )
    .get_result::<i64>(c));
    found_or_none(released)
}
