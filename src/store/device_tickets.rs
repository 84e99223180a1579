//! One-time tickets that enrol phones.

use countersign_protocol::{Instant, Nonce, TechnicianId, TicketId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    StoreError, Tx,
    conn::on,
    schema::device_tickets,
    types::{at, bytes, id},
};

/// A ticket that is to be written down.
#[derive(Clone, Debug)]
pub struct NewTicket {
    /// The id.
    pub id: TicketId,
    /// Whose phone it enrols.
    pub technician: TechnicianId,
    /// The hash of its secret.
    pub secret_hash: [u8; 32],
    /// What the registration's challenge commits to.
    pub nonce: Nonce,
    /// Now.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
}

/// Writes down a ticket, in version 1.
///
/// # Errors
/// If the database does not answer.
pub async fn insert(tx: &mut Tx, new: &NewTicket) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| diesel::insert_into(device_tickets::table)
        .values((
            device_tickets::id.eq(id(new.id)),
            device_tickets::msp.eq(id(msp)),
            device_tickets::technician.eq(id(new.technician)),
            device_tickets::secret_hash.eq(new.secret_hash.as_slice()),
            device_tickets::nonce.eq(bytes(new.nonce)),
            device_tickets::created_at.eq(at(new.created_at)),
            device_tickets::expires_at.eq(at(new.expires_at)),
            device_tickets::version.eq(1_i64),
        ))
        .execute(c))?;
    Ok(())
}
