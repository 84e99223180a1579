//! The names and keys under which an msp's checkpoints are signed.

use countersign_protocol::{Instant, MspId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::store::{
    Across, StoreError,
    conn::on,
    found_or_none,
    schema::audit_origins,
    types::{at, id, raw},
};

/// One origin of an msp's log. After a reopening there is another, whose number is higher by one.
#[derive(Clone, Debug, Queryable)]
pub struct Origin {
    /// Its number; the first is 1.
    pub generation: i32,
    /// Its name, as checkpoints bear it.
    pub name: String,
    /// Its Ed25519 public key.
    pub public_key: countersign_protocol::Nonce,
    /// Its private key, sealed.
    pub sealed: Vec<u8>,
    /// How many entries the log had when it began.
    pub from_size: i64,
}

/// An origin to be written down.
#[derive(Clone, Debug)]
pub struct NewOrigin {
    /// Its number.
    pub generation: i32,
    /// Its name.
    pub name: String,
    /// Its Ed25519 public key.
    pub public_key: [u8; 32],
    /// Its private key, sealed.
    pub sealed: Vec<u8>,
    /// How many entries the log has.
    pub from_size: i64,
}

/// The msp's newest origin.
///
/// # Errors
/// If the database does not answer.
pub async fn newest_origin(across: &mut Across, msp: MspId) -> Result<Option<Origin>, StoreError> {
    let newest = on!(&mut across.0, |c| audit_origins::table
        .filter(audit_origins::msp.eq(id(msp)))
        .order(audit_origins::generation.desc())
        .select((
            audit_origins::generation,
            audit_origins::name,
            audit_origins::public_key,
            audit_origins::sealed,
            audit_origins::from_size,
        ))
        .first::<Origin>(c));
    found_or_none(newest)
}

/// Writes an origin down; `false` if another node has written one of this number.
///
/// # Errors
/// If the database does not answer.
pub async fn open_origin(
    across: &mut Across,
    msp: MspId,
    new: &NewOrigin,
    now: Instant,
) -> Result<bool, StoreError> {
    let opened = on!(&mut across.0, |c| diesel::insert_into(audit_origins::table)
        .values((
            audit_origins::msp.eq(id(msp)),
            audit_origins::generation.eq(new.generation),
            audit_origins::name.eq(&new.name),
            audit_origins::public_key.eq(raw(new.public_key)),
            audit_origins::sealed.eq(&new.sealed),
            audit_origins::from_size.eq(new.from_size),
            audit_origins::opened_at.eq(at(now)),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(opened == 1)
}
