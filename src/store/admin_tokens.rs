//! Admins' API tokens.

use countersign_protocol::{
    AdminTokenId, Instant, MspId,
    wire::admin::{AdminRole, AdminToken},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::admin_tokens,
    types::{at, id},
};
use crate::domain::{ListFrom, Listing};

/// A token that is to be written down.
#[derive(Clone, Debug)]
pub struct NewAdminToken {
    /// The id.
    pub id: AdminTokenId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: AdminRole,
    /// The hash of its secret.
    pub secret_hash: [u8; 32],
    /// Now.
    pub created_at: Instant,
}

/// Writes down a token, in version 1.
///
/// # Errors
/// If the database does not answer.
pub async fn insert(tx: &mut Tx, new: &NewAdminToken) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| diesel::insert_into(admin_tokens::table)
        .values((
            admin_tokens::id.eq(id(new.id)),
            admin_tokens::msp.eq(id(msp)),
            admin_tokens::name.eq(&new.name),
            admin_tokens::role.eq(word(new.role)),
            admin_tokens::secret_hash.eq(new.secret_hash.as_slice()),
            admin_tokens::created_at.eq(at(new.created_at)),
            admin_tokens::version.eq(1_i64),
        ))
        .execute(c))?;
    Ok(())
}

/// The hash of a token's secret and what it may do; `None` if there is no such token, or it was revoked.
///
/// # Errors
/// If the database does not answer.
pub async fn standing(
    conn: &mut Conn,
    token: AdminTokenId,
) -> Result<Option<(Vec<u8>, AdminRole)>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| admin_tokens::table
        .filter(admin_tokens::msp.eq(id(msp)))
        .filter(admin_tokens::id.eq(id(token)))
        .filter(admin_tokens::revoked_at.is_null())
        .select((admin_tokens::secret_hash, admin_tokens::role))
        .first::<(Vec<u8>, AdminRole)>(c));
    found_or_none(found)
}

/// True if the msp has, or had, such a token.
///
/// # Errors
/// If the database does not answer.
pub async fn exists(conn: &mut Conn, token: AdminTokenId) -> Result<bool, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| admin_tokens::table
        .filter(admin_tokens::msp.eq(id(msp)))
        .filter(admin_tokens::id.eq(id(token)))
        .select(admin_tokens::version)
        .first::<i64>(c));
    Ok(found_or_none(found)?.is_some())
}

#[derive(Queryable)]
struct Row {
    id: AdminTokenId,
    msp: MspId,
    name: String,
    role: AdminRole,
    created_at: Instant,
    revoked_at: Option<Instant>,
}

impl From<Row> for AdminToken {
    fn from(row: Row) -> Self {
        let Row { id, msp, name, role, created_at, revoked_at } = row;
        Self { id, msp_id: msp, name, role, token: None, created_at, revoked_at }
    }
}

/// A part of the msp's tokens, the revoked among them.
///
/// # Errors
/// If the database does not answer.
pub async fn list(conn: &mut Conn, from: ListFrom) -> Result<Listing<AdminToken>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| admin_tokens::table
        .filter(admin_tokens::msp.eq(id(msp)))
        .filter(admin_tokens::id.gt(id(from.floor())))
        .order(admin_tokens::id)
        .limit(from.rows())
        .select((
            admin_tokens::id,
            admin_tokens::msp,
            admin_tokens::name,
            admin_tokens::role,
            admin_tokens::created_at,
            admin_tokens::revoked_at,
        ))
        .load::<Row>(c))?;
    Ok(from.listing(rows, |row| row.id.into()))
}

/// Revokes a token; its name and new version, or `None` if there is none to revoke.
///
/// # Errors
/// If the database does not answer.
pub async fn revoke(
    tx: &mut Tx,
    token: AdminTokenId,
    now: Instant,
) -> Result<Option<(String, i64)>, StoreError> {
    let msp = tx.scope().msp;
    let revoked = on!(&mut *tx, |c| Prepared(
        diesel::update(
            admin_tokens::table
                .filter(admin_tokens::msp.eq(id(msp)))
                .filter(admin_tokens::id.eq(id(token)))
                .filter(admin_tokens::revoked_at.is_null())
        )
        .set((
            admin_tokens::revoked_at.eq(at(now)),
            admin_tokens::version.eq(admin_tokens::version + 1),
        ))
        .returning((admin_tokens::name, admin_tokens::version))
    )
    .get_result::<(String, i64)>(c));
    found_or_none(revoked)
}
