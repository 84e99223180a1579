//! What opening a login asks and writes.

use countersign_protocol::{
    Entry, Instant, LoginId, Nonce, TechnicianId, WorkstationId,
    wire::{LoginState, Status},
};
use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::{delegations, devices, logins, technicians, tenants, workstations},
    types::{at, bytes, id},
};

/// The workstation that opens a login, and what its tenant says about logins.
#[derive(Debug, Queryable)]
pub struct WhereOpened {
    /// Whether the workstation may open logins.
    pub status: Status,
    /// Its shown name.
    pub host_name: String,
    /// Since when push logins are frozen.
    pub push_frozen_at: Option<Instant>,
    /// The tenant's setting.
    pub code_digits: Option<i32>,
    /// The tenant's setting.
    pub login_lifetime_s: Option<i32>,
    /// The pending login of the same OS session and way in, which the new one supersedes.
    pub pending: Option<LoginId>,
}

/// The workstation, its tenant, and the login it has pending in this OS session.
///
/// # Errors
/// If the database does not answer.
pub async fn where_opened(
    conn: &mut Conn,
    workstation: WorkstationId,
    os_session: &str,
    entry: Entry,
) -> Result<Option<WhereOpened>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| workstations::table
        .inner_join(tenants::table.on(tenants::id.eq(workstations::tenant)))
        .left_join(
            logins::table.on(logins::workstation
                .eq(workstations::id)
                .and(logins::os_session.eq(os_session))
                .and(logins::entry.eq(word(entry)))
                .and(logins::state.eq(word(LoginState::Pending)))),
        )
        .filter(workstations::msp.eq(id(msp)))
        .filter(workstations::id.eq(id(workstation)))
        .select((
            workstations::status,
            workstations::host_name,
            workstations::push_frozen_at,
            tenants::code_digits,
            tenants::login_lifetime_s,
            logins::id.nullable(),
        ))
        .first::<WhereOpened>(c));
    found_or_none(found)
}

/// The technician whom a typed name means, seen from one tenant.
#[derive(Debug, Queryable)]
pub struct NamedTechnician {
    /// The technician.
    pub id: TechnicianId,
    /// Their shown name.
    pub email: String,
    /// Whether they may sign in.
    pub status: Status,
    /// Until when their push logins pause.
    pub push_paused_until: Option<Instant>,
    /// True if they work for the tenant.
    pub delegated: bool,
    /// True if they have a phone that may approve.
    pub enrolled: bool,
}

/// The technician of this e-mail address or user name (`key` is in its compared form).
///
/// # Errors
/// If the database does not answer.
pub async fn technician_by_name(
    conn: &mut Conn,
    key: &str,
    tenant: countersign_protocol::TenantId,
) -> Result<Option<NamedTechnician>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| technicians::table
        .filter(technicians::msp.eq(id(msp)))
        .filter(technicians::email_key.eq(key).or(technicians::user_name.eq(key)))
        .select((
            technicians::id,
            technicians::email,
            technicians::status,
            technicians::push_paused_until,
            exists(
                delegations::table
                    .filter(delegations::tenant.eq(id(tenant)))
                    .filter(delegations::technician.eq(technicians::id))
                    .filter(delegations::active.eq(true))
            ),
            exists(
                devices::table
                    .filter(devices::technician.eq(technicians::id))
                    .filter(devices::status.eq(word(Status::Active)))
            ),
        ))
        .first::<NamedTechnician>(c));
    found_or_none(found)
}

/// The parts of a login that a push has from the start.
#[derive(Debug)]
pub struct NewPush {
    /// Whom it is for; `None` for a decoy.
    pub technician: Option<TechnicianId>,
    /// Why it is a decoy, for admins.
    pub decoy: Option<&'static str>,
    /// How many digits the code has.
    pub code_digits: u8,
    /// The code's keyed hash.
    pub code_tag: [u8; 32],
}

/// A login to be written.
#[derive(Debug)]
pub struct NewLogin {
    /// Its id.
    pub id: LoginId,
    /// The workstation.
    pub workstation: WorkstationId,
    /// The tenant.
    pub tenant: countersign_protocol::TenantId,
    /// The parts of a push; `None` for QR.
    pub push: Option<NewPush>,
    /// What for.
    pub purpose: countersign_protocol::Purpose,
    /// The machine's logon session.
    pub os_session: String,
    /// Where the workstation was seen.
    pub network_address: String,
    /// The login's nonce.
    pub nonce: Nonce,
    /// The workstation's own nonce.
    pub workstation_nonce: Nonce,
    /// Names the login among the workstation's.
    pub idempotency_key: String,
    /// The request, to tell a repetition from another request.
    pub request_hash: [u8; 32],
    /// Now.
    pub opened_at: Instant,
    /// The end of its life.
    pub expires_at: Instant,
}

/// Writes a pending login, version 1.
///
/// # Errors
/// `Duplicate` of `idempotency_key` if the workstation used the key before, of `os_session` if another
/// login was opened in the same OS session at the same time.
pub async fn insert(tx: &mut Tx, new: &NewLogin) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let (program, reason) = match &new.purpose {
        countersign_protocol::Purpose::SignIn => (None, None),
        countersign_protocol::Purpose::Elevate { program, reason } => {
            (Some(program.as_str()), Some(reason.as_str()))
        }
    };
    let push = new.push.as_ref();
    let entry = if push.is_some() { Entry::Push } else { Entry::Qr };
    let row = (
        (
            logins::id.eq(id(new.id)),
            logins::msp.eq(id(msp)),
            logins::tenant.eq(id(new.tenant)),
            logins::workstation.eq(id(new.workstation)),
            logins::technician.eq(push.and_then(|push| push.technician).map(id)),
            logins::state.eq(word(LoginState::Pending)),
            logins::entry.eq(word(entry)),
            logins::purpose.eq(new.purpose.as_str()),
            logins::program.eq(program),
            logins::reason.eq(reason),
            logins::os_session.eq(&new.os_session),
            logins::network_address.eq(&new.network_address),
        ),
        (
            logins::nonce.eq(bytes(new.nonce)),
            logins::workstation_nonce.eq(bytes(new.workstation_nonce)),
            logins::code_digits.eq(push.map(|push| i32::from(push.code_digits))),
            logins::code_tag.eq(push.map(|push| push.code_tag.as_slice())),
            logins::wrong_claims.eq(0),
            logins::decoy.eq(push.and_then(|push| push.decoy)),
            logins::idempotency_key.eq(&new.idempotency_key),
            logins::request_hash.eq(new.request_hash.as_slice()),
            logins::opened_at.eq(at(new.opened_at)),
            logins::expires_at.eq(at(new.expires_at)),
            logins::version.eq(1_i64),
        ),
    );
    on!(&mut *tx, |c| diesel::insert_into(logins::table).values(row).execute(c))?;
    Ok(())
}

/// Ends the pending login whose place a new one takes; its version, or `None` if it had ended already.
///
/// # Errors
/// If the database does not answer.
pub async fn supersede(tx: &mut Tx, login: LoginId) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let ended = on!(&mut *tx, |c| Prepared(
        diesel::update(
            logins::table
                .filter(logins::msp.eq(id(msp)))
                .filter(logins::id.eq(id(login)))
                .filter(logins::state.eq(word(LoginState::Pending)))
        )
        .set((
            logins::state.eq(word(LoginState::Superseded)),
            logins::version.eq(logins::version + 1),
        ))
        .returning(logins::version)
    )
    .get_result::<i64>(c));
    found_or_none(ended)
}

/// Ends the other logins that a technician has pending in one OS session of a workstation, whose place `login` takes:
/// each with its version.
///
/// # Errors
/// If the database does not answer.
pub async fn supersede_others(
    tx: &mut Tx,
    login: LoginId,
    technician: TechnicianId,
    (workstation, os_session): (WorkstationId, &str),
) -> Result<Vec<(LoginId, i64)>, StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| Prepared(
        diesel::update(
            logins::table
                .filter(logins::msp.eq(id(msp)))
                .filter(logins::technician.eq(id(technician)))
                .filter(logins::workstation.eq(id(workstation)))
                .filter(logins::os_session.eq(os_session))
                .filter(logins::id.ne(id(login)))
                .filter(logins::state.eq(word(LoginState::Pending)))
        )
        .set((
            logins::state.eq(word(LoginState::Superseded)),
            logins::version.eq(logins::version + 1),
        ))
        .returning((logins::id, logins::version))
    )
    .get_results::<(LoginId, i64)>(c))
}

/// A login that the same Idempotency-Key opened before.
#[derive(Debug, Queryable)]
pub struct OpenedBefore {
    /// The login.
    pub id: LoginId,
    /// The hash of the request that opened it.
    pub request_hash: Vec<u8>,
    /// Its nonce, from which code and claim key are derived.
    pub nonce: Nonce,
    /// The digits of its code.
    pub code_digits: Option<i32>,
    /// The keyed hash of its code.
    pub code_tag: Option<Vec<u8>>,
}

/// The login that this workstation opened with this key.
///
/// # Errors
/// If the database does not answer.
pub async fn opened_before(
    conn: &mut Conn,
    workstation: WorkstationId,
    idempotency_key: &str,
) -> Result<Option<OpenedBefore>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| logins::table
        .filter(logins::msp.eq(id(msp)))
        .filter(logins::workstation.eq(id(workstation)))
        .filter(logins::idempotency_key.eq(idempotency_key))
        .select((
            logins::id,
            logins::request_hash,
            logins::nonce,
            logins::code_digits,
            logins::code_tag,
        ))
        .first::<OpenedBefore>(c));
    found_or_none(found)
}
