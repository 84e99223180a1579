//! The installation's signing keys, sealed.

use countersign_protocol::Instant;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError,
    conn::on,
    prepared::Prepared,
    schema::signing_keys,
    types::{at, to_json},
};

/// A stored key.
#[derive(Debug, Queryable)]
pub struct StoredKey {
    /// Its thumbprint.
    pub kid: String,
    /// What it signs: `installation`, `grant` or `access_token`.
    pub purpose: String,
    /// Counts the keys of a purpose from 1: of two nodes that make the same one, one finds the other's.
    pub ordinal: i32,
    /// The sealed PKCS#8.
    pub sealed: Vec<u8>,
    /// From when on it signs.
    pub created_at: Instant,
    /// From when on its signatures are refused.
    pub retires_at: Option<Instant>,
}

/// All keys.
///
/// # Errors
/// If the database does not answer.
pub async fn all(conn: &mut Conn) -> Result<Vec<StoredKey>, StoreError> {
    on!(conn, |c| signing_keys::table
        .select((
            signing_keys::kid,
            signing_keys::purpose,
            signing_keys::ordinal,
            signing_keys::sealed,
            signing_keys::created_at,
            signing_keys::retires_at,
        ))
        .order(signing_keys::created_at)
        .load::<StoredKey>(c))
}

/// Adds a key.
///
/// # Errors
/// `Duplicate` of `ordinal` if another node was faster. If the database does not answer.
pub async fn add(
    conn: &mut Conn,
    key: &StoredKey,
    public: &countersign_protocol::P256Jwk,
) -> Result<(), StoreError> {
    let public = to_json(public)?;
    on!(conn, |c| diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::kid.eq(&key.kid),
            signing_keys::purpose.eq(&key.purpose),
            signing_keys::ordinal.eq(key.ordinal),
            signing_keys::sealed.eq(&key.sealed),
            signing_keys::public_key.eq(&public),
            signing_keys::created_at.eq(at(key.created_at)),
            signing_keys::retires_at.eq(key.retires_at.map(at)),
        ))
        .execute(c))?;
    Ok(())
}

/// Sets when the keys of a purpose that have no end yet retire, but for `newest`.
///
/// # Errors
/// If the database does not answer.
pub async fn retire_all_but(
    conn: &mut Conn,
    purpose: &str,
    newest: &str,
    retires_at: Instant,
) -> Result<usize, StoreError> {
    on!(conn, |c| Prepared(
        diesel::update(
            signing_keys::table
                .filter(signing_keys::purpose.eq(purpose))
                .filter(signing_keys::kid.ne(newest))
                .filter(signing_keys::retires_at.is_null())
        )
        .set(signing_keys::retires_at.eq(at(retires_at)))
    )
    .execute(c))
}
