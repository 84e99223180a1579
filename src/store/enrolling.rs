//! Tickets and enrolment tokens in the hands of those who enrol: found, bound, used up. Each condition
//! stands in the statement, so that every reason for which one is not valid gives the same answer.

use countersign_protocol::{
    EnrolmentTokenId, Instant, Nonce, TechnicianId, TenantId, TicketId, WorkstationId, wire::Status,
};
use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::{device_tickets, enrolment_tokens, msps, technicians},
    types::{at, bytes, id},
};

/// A ticket, the hash of the secret that was shown with it, and the key of the phone that showed it.
#[derive(Clone, Copy, Debug)]
pub struct ShownTicket<'a> {
    /// The ticket.
    pub id: TicketId,
    /// What the shown secret hashes to.
    pub hash: [u8; 32],
    /// The thumbprint of the phone's key.
    pub jkt: &'a str,
    /// Now.
    pub now: Instant,
}

/// A ticket that this key may use, and whose phone it makes.
#[derive(Clone, Debug, Queryable)]
pub struct UsableTicket {
    /// The challenge commits to it.
    pub nonce: Nonce,
    /// The key it is bound to, if it is.
    pub jkt: Option<String>,
    /// When it ends.
    pub expires_at: Instant,
    /// Whose phone it makes.
    pub technician: TechnicianId,
    /// Their e-mail address.
    pub email: String,
    /// The msp's name.
    pub msp_name: String,
}

macro_rules! valid {
    ($msp:expr, $shown:expr) => {
        device_tickets::table
            .filter(device_tickets::msp.eq(id($msp)))
            .filter(device_tickets::id.eq(id($shown.id)))
            .filter(device_tickets::secret_hash.eq($shown.hash.as_slice()))
            .filter(device_tickets::consumed_at.is_null())
            .filter(device_tickets::expires_at.gt(at($shown.now)))
    };
}

macro_rules! of_active_technician {
    () => {
        exists(
            technicians::table
                .filter(technicians::id.eq(device_tickets::technician))
                .filter(technicians::status.eq(word(Status::Active))),
        )
    };
}

/// The ticket, if it is unused, in force, of an active technician, and bound to this key or to none.
///
/// # Errors
/// If the database does not answer.
pub async fn usable_ticket(
    conn: &mut Conn,
    shown: ShownTicket<'_>,
) -> Result<Option<UsableTicket>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| valid!(msp, shown)
        .inner_join(technicians::table.on(technicians::id.eq(device_tickets::technician)))
        .inner_join(msps::table.on(msps::id.eq(device_tickets::msp)))
        .filter(technicians::status.eq(word(Status::Active)))
        .filter(device_tickets::jkt.is_null().or(device_tickets::jkt.eq(shown.jkt)))
        .select((
            device_tickets::nonce,
            device_tickets::jkt,
            device_tickets::expires_at,
            technicians::id,
            technicians::email,
            msps::name,
        ))
        .first::<UsableTicket>(c));
    found_or_none(found)
}

/// Binds a ticket that is bound to no key; its version, or `None` if it was bound or ended meanwhile.
///
/// # Errors
/// If the database does not answer.
pub async fn bind_ticket(tx: &mut Tx, shown: ShownTicket<'_>) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let bound = on!(&mut *tx, |c| Prepared(
        diesel::update(
            valid!(msp, shown)
                .filter(device_tickets::jkt.is_null())
                .filter(of_active_technician!())
        )
        .set((
            device_tickets::jkt.eq(shown.jkt),
            device_tickets::version.eq(device_tickets::version + 1),
        ))
        .returning(device_tickets::version)
    )
    .get_result::<i64>(c));
    found_or_none(bound)
}

/// Uses up a ticket that is bound to this key, with the nonce that was signed; its version, or `None` if
/// it was used or ended meanwhile.
///
/// # Errors
/// If the database does not answer.
pub async fn consume_ticket(
    tx: &mut Tx,
    shown: ShownTicket<'_>,
    nonce: Nonce,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let consumed = on!(&mut *tx, |c| Prepared(
        diesel::update(
            valid!(msp, shown)
                .filter(device_tickets::jkt.eq(shown.jkt))
                .filter(device_tickets::nonce.eq(bytes(nonce)))
                .filter(of_active_technician!())
        )
        .set((
            device_tickets::consumed_at.eq(at(shown.now)),
            device_tickets::version.eq(device_tickets::version + 1),
        ))
        .returning(device_tickets::version)
    )
    .get_result::<i64>(c));
    found_or_none(consumed)
}

/// An enrolment token and the hash of the secret that was shown with it.
#[derive(Clone, Copy, Debug)]
pub struct ShownToken {
    /// The token.
    pub id: EnrolmentTokenId,
    /// What the shown secret hashes to.
    pub hash: [u8; 32],
}

/// True if the secret is the token's, whether or not the token is still in force.
///
/// # Errors
/// If the database does not answer.
pub async fn knows_token(conn: &mut Conn, shown: ShownToken) -> Result<bool, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| enrolment_tokens::table
        .filter(enrolment_tokens::msp.eq(id(msp)))
        .filter(enrolment_tokens::id.eq(id(shown.id)))
        .filter(enrolment_tokens::secret_hash.eq(shown.hash.as_slice()))
        .select(enrolment_tokens::id)
        .first::<EnrolmentTokenId>(c));
    Ok(found_or_none(found)?.is_some())
}

/// An enrolment token that was just used.
#[derive(Clone, Copy, Debug, Queryable)]
pub struct UsedToken {
    /// The tenant it enrols into.
    pub tenant: TenantId,
    /// True if its workstations need no confirmation.
    pub auto_confirm: bool,
    /// The one workstation whose keys it replaces.
    pub workstation: Option<WorkstationId>,
    /// Uses left.
    pub uses_left: i32,
    /// Its version.
    pub version: i64,
}

/// Uses an enrolment token once, if it has uses left, is in force and was not revoked.
///
/// # Errors
/// If the database does not answer.
pub async fn use_token(
    tx: &mut Tx,
    shown: ShownToken,
    now: Instant,
) -> Result<Option<UsedToken>, StoreError> {
    let msp = tx.scope().msp;
    let used = on!(&mut *tx, |c| Prepared(
        diesel::update(
            enrolment_tokens::table
                .filter(enrolment_tokens::msp.eq(id(msp)))
                .filter(enrolment_tokens::id.eq(id(shown.id)))
                .filter(enrolment_tokens::secret_hash.eq(shown.hash.as_slice()))
                .filter(enrolment_tokens::uses_left.gt(0))
                .filter(enrolment_tokens::expires_at.gt(at(now)))
                .filter(enrolment_tokens::revoked_at.is_null())
        )
        .set((
            enrolment_tokens::uses_left.eq(enrolment_tokens::uses_left - 1),
            enrolment_tokens::version.eq(enrolment_tokens::version + 1),
        ))
        .returning((
            enrolment_tokens::tenant,
            enrolment_tokens::auto_confirm,
            enrolment_tokens::workstation,
            enrolment_tokens::uses_left,
            enrolment_tokens::version,
        ))
    )
    .get_result::<UsedToken>(c));
    found_or_none(used)
}
