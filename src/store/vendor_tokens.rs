//! Tokens by which push vendors know this installation, sealed.

use countersign_protocol::Instant;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError, conn::on, found_or_none, prepared::Prepared, schema::vendor_tokens, types::at,
};

/// The sealed token of this name, and when it was made.
///
/// # Errors
/// If the database does not answer.
pub async fn one(conn: &mut Conn, name: &str) -> Result<Option<(Vec<u8>, Instant)>, StoreError> {
    let found = on!(conn, |c| vendor_tokens::table
        .filter(vendor_tokens::name.eq(name))
        .select((vendor_tokens::sealed, vendor_tokens::made_at))
        .first::<(Vec<u8>, Instant)>(c));
    found_or_none(found)
}

/// Keeps a token, unless the one that is kept was made after `unless_since`.
///
/// # Errors
/// If the database does not answer.
pub async fn keep(
    conn: &mut Conn,
    name: &str,
    sealed: &[u8],
    made_at: Instant,
    unless_since: Instant,
) -> Result<(), StoreError> {
    let replaced = on!(&mut *conn, |c| Prepared(
        diesel::update(
            vendor_tokens::table
                .filter(vendor_tokens::name.eq(name))
                .filter(vendor_tokens::made_at.le(at(unless_since)))
        )
        .set((vendor_tokens::sealed.eq(sealed), vendor_tokens::made_at.eq(at(made_at))))
    )
    .execute(c))?;
    if replaced == 0 {
        on!(conn, |c| diesel::insert_into(vendor_tokens::table)
            .values((
                vendor_tokens::name.eq(name),
                vendor_tokens::sealed.eq(sealed),
                vendor_tokens::made_at.eq(at(made_at)),
            ))
            .on_conflict_do_nothing()
            .execute(c))?;
    }
    Ok(())
}
