//! Sessions as workstations report them.

use countersign_protocol::{
    Instant, LoginId, Purpose, SessionId, TechnicianId, TenantId, WorkstationId,
    offline::SecretVersion,
    wire::{
        LoginState,
        sessions::{Flag, Trust},
    },
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::{logins, sessions, technicians, tenants, workstations},
    types::{at, id, to_json},
};

/// A login whose grant was taken here, and whom it let in.
#[derive(Clone, Debug, Queryable)]
pub struct GrantedLogin {
    /// The workstation's shown name.
    pub host_name: String,
    /// The technician.
    pub technician: TechnicianId,
    /// Their e-mail address.
    pub email: String,
    /// Their own account.
    pub own_account: String,
    account: Option<String>,
    program: Option<String>,
    reason: Option<String>,
    /// When the grant was taken.
    pub granted_at: Option<Instant>,
}

impl GrantedLogin {
    /// The account that the grant named.
    #[must_use]
    pub fn account(&self) -> &str {
        self.account.as_deref().unwrap_or(&self.own_account)
    }

    /// What for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        match (&self.program, &self.reason) {
            (Some(program), Some(reason)) => {
                Purpose::Elevate { program: program.clone(), reason: reason.clone() }
            }
            _ => Purpose::SignIn,
        }
    }
}

/// The login of this workstation, if its grant was taken.
///
/// # Errors
/// If the database does not answer.
pub async fn granted_login(
    conn: &mut Conn,
    login: LoginId,
    workstation: WorkstationId,
) -> Result<Option<GrantedLogin>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| logins::table
        .inner_join(workstations::table.on(workstations::id.eq(logins::workstation)))
        .inner_join(tenants::table.on(tenants::id.eq(logins::tenant)))
        .inner_join(technicians::table.on(logins::technician.eq(technicians::id.nullable())))
        .filter(logins::msp.eq(id(msp)))
        .filter(logins::id.eq(id(login)))
        .filter(logins::workstation.eq(id(workstation)))
        .filter(logins::state.eq(word(LoginState::Approved)))
        .filter(logins::granted_at.is_not_null())
        .select((
            workstations::host_name,
            technicians::id,
            technicians::email,
            technicians::account_name,
            logins::granted_account,
            logins::program,
            logins::reason,
            logins::granted_at,
        ))
        .first::<GrantedLogin>(c));
    found_or_none(found)
}

/// A session to be written down.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// The tenant.
    pub tenant: TenantId,
    /// The machine.
    pub workstation: WorkstationId,
    /// The person, where one is known.
    pub technician: Option<TechnicianId>,
    /// The login, for one that began with one.
    pub login: Option<LoginId>,
    /// Its number among the workstation's offline sessions.
    pub sequence: Option<u64>,
    /// The account.
    pub account: String,
    /// What for.
    pub purpose: Purpose,
    /// What is believed.
    pub trust: Trust,
    /// True if the account was made for it.
    pub account_created: bool,
    /// When its password was made.
    pub password_made_at: Option<Instant>,
    /// The secret whose code opened it.
    pub secret_version: Option<SecretVersion>,
    /// That code's step.
    pub step: Option<u64>,
    /// What is odd.
    pub flags: Vec<Flag>,
    /// When it began.
    pub started_at: Instant,
    /// When it ended, if that is known.
    pub ended_at: Option<Instant>,
    /// The present.
    pub now: Instant,
}

/// Writes a session down, in version 1.
///
/// # Errors
/// [`StoreError::Duplicate`] if the login or the sequence number has one, or if the database does not answer.
pub async fn insert(tx: &mut Tx, new: &NewSession) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (purpose, flags) = (to_json(&new.purpose)?, to_json(&new.flags)?);
    on!(&mut *tx, |c| diesel::insert_into(sessions::table)
        .values((
            (
                sessions::id.eq(id(new.id)),
                sessions::msp.eq(id(msp)),
                sessions::tenant.eq(id(new.tenant)),
                sessions::workstation.eq(id(new.workstation)),
                sessions::technician.eq(new.technician.map(id)),
                sessions::login.eq(new.login.map(id)),
                sessions::sequence.eq(new.sequence.map(number)),
                sessions::account.eq(&new.account),
                sessions::purpose.eq(&purpose),
                sessions::trust.eq(word(new.trust)),
            ),
            (
                sessions::account_created.eq(new.account_created),
                sessions::password_made_at.eq(new.password_made_at.map(at)),
                sessions::secret_version.eq(new.secret_version.map(|version| version.to_string())),
                sessions::step.eq(new.step.map(number)),
                sessions::flags.eq(&flags),
                sessions::started_at.eq(at(new.started_at)),
                sessions::ended_at.eq(new.ended_at.map(at)),
                sessions::reported_at.eq(at(new.now)),
                sessions::version.eq(1_i64),
            ),
        ))
        .execute(c))?;
    Ok(())
}

macro_rules! changed {
    ($tx:expr, $session:expr, $which:expr, $set:expr) => {{
        let msp = $tx.scope().msp;
        let changed = on!(&mut *$tx, |c| Prepared(
            diesel::update(
                sessions::table
                    .filter(sessions::msp.eq(id(msp)))
                    .filter(sessions::id.eq(id($session)))
                    .filter($which)
            )
            .set(($set, sessions::version.eq(sessions::version + 1)))
            .returning(sessions::version)
        )
        .get_result::<i64>(c));
        found_or_none(changed)
    }};
}

/// Writes down that a session of this workstation has ended; its version, or `None` if it had.
///
/// # Errors
/// If the database does not answer.
pub async fn end(
    tx: &mut Tx,
    session: SessionId,
    workstation: WorkstationId,
    ended_at: Instant,
) -> Result<Option<i64>, StoreError> {
    changed!(
        tx,
        session,
        sessions::ended_at.is_null().and(sessions::workstation.eq(id(workstation))),
        sessions::ended_at.eq(at(ended_at))
    )
}

/// Writes down that a session is to end; its version, or `None` if it had ended or was asked to before.
///
/// # Errors
/// If the database does not answer.
pub async fn ask_to_end(
    tx: &mut Tx,
    session: SessionId,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    changed!(
        tx,
        session,
        sessions::ended_at.is_null().and(sessions::end_requested_at.is_null()),
        sessions::end_requested_at.eq(at(now))
    )
}

/// Writes down that the technician's phone has shown the code which opened the session; its version, or `None` if
/// that was known.
///
/// # Errors
/// If the database does not answer.
pub async fn confirm(
    tx: &mut Tx,
    session: SessionId,
    technician: TechnicianId,
) -> Result<Option<i64>, StoreError> {
    let open =
        sessions::trust.eq(word(Trust::Claimed)).or(sessions::trust.eq(word(Trust::ShownByCode)));
    changed!(
        tx,
        session,
        open.and(sessions::technician.eq(id(technician))),
        sessions::trust.eq(word(Trust::Confirmed))
    )
}

/// The sessions that the workstation is asked to end.
///
/// # Errors
/// If the database does not answer.
pub async fn ends_asked(
    conn: &mut Conn,
    workstation: WorkstationId,
) -> Result<Vec<SessionId>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| sessions::table
        .filter(sessions::msp.eq(id(msp)))
        .filter(sessions::workstation.eq(id(workstation)))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::end_requested_at.is_not_null())
        .order(sessions::id)
        .select(sessions::id)
        .load::<SessionId>(c))
}
