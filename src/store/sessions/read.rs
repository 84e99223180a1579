//! Sessions as admins see them, and as offline codes depend on them.

use countersign_protocol::{
    Instant, LoginId, SessionId, TechnicianId, TenantId, WorkstationId,
    offline::SecretVersion,
    wire::sessions::{Session, Trust},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::{
    domain::{ListFrom, Listing, SessionKind},
    store::{
        Conn, StoreError,
        conn::on,
        found_or_none,
        prepared::word,
        schema::{sessions, workstations},
        types::{at, id, json},
    },
};

macro_rules! columns {
    () => {
        (
            sessions::id,
            sessions::tenant,
            sessions::workstation,
            sessions::technician,
            sessions::login,
            sessions::account,
            sessions::purpose,
            sessions::trust,
            sessions::secret_version,
            sessions::account_created,
            sessions::password_made_at,
            sessions::flags,
            sessions::started_at,
            sessions::ended_at,
            sessions::end_requested_at,
            sessions::reported_at,
            sessions::version,
        )
    };
}

#[derive(Queryable)]
struct Row {
    id: SessionId,
    tenant: TenantId,
    workstation: WorkstationId,
    technician: Option<TechnicianId>,
    login: Option<LoginId>,
    account: String,
    purpose: String,
    trust: Trust,
    secret_version: Option<String>,
    account_created: bool,
    password_made_at: Option<Instant>,
    flags: String,
    started_at: Instant,
    ended_at: Option<Instant>,
    end_requested_at: Option<Instant>,
    reported_at: Instant,
    version: i64,
}

impl Row {
    fn session(self) -> Result<Session, StoreError> {
        let version = self.secret_version.map(|version| version.parse::<SecretVersion>());
        let odd = |_| StoreError::Corrupt("a secret's version can't be read".into());
        Ok(Session {
            id: self.id,
            tenant_id: self.tenant,
            workstation_id: self.workstation,
            technician_id: self.technician,
            login_id: self.login,
            account: self.account,
            purpose: json(&self.purpose)?,
            trust: self.trust,
            secret_version: version.transpose().map_err(odd)?,
            account_created: self.account_created,
            password_made_at: self.password_made_at,
            flags: json(&self.flags)?,
            started_at: self.started_at,
            ended_at: self.ended_at,
            end_requested_at: self.end_requested_at,
            reported_at: self.reported_at,
            version: self.version,
        })
    }
}

/// A part of the msp's sessions of a kind.
///
/// # Errors
/// If the database does not answer.
pub async fn all(
    conn: &mut Conn,
    kind: SessionKind,
    from: ListFrom,
) -> Result<Listing<Session>, StoreError> {
    let msp = conn.scope().msp;
    macro_rules! sessions {
        () => {
            sessions::table
                .filter(sessions::msp.eq(id(msp)))
                .filter(sessions::id.gt(id(from.floor())))
                .order(sessions::id)
                .limit(from.rows())
                .select(columns!())
        };
    }
    let rows = match kind {
        SessionKind::All => on!(conn, |c| sessions!().load::<Row>(c)),
        SessionKind::Open => {
            on!(conn, |c| sessions!().filter(sessions::ended_at.is_null()).load::<Row>(c))
        }
        SessionKind::Flagged => {
            on!(conn, |c| sessions!().filter(sessions::flags.ne("[]")).load::<Row>(c))
        }
    }?;
    let rows: Result<Vec<Session>, _> = rows.into_iter().map(Row::session).collect();
    Ok(from.listing(rows?, |session: &Session| session.id.into()))
}

/// One session.
///
/// # Errors
/// If the database does not answer.
pub async fn one(conn: &mut Conn, session: SessionId) -> Result<Option<Session>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| sessions::table
        .filter(sessions::msp.eq(id(msp)))
        .filter(sessions::id.eq(id(session)))
        .select(columns!())
        .first::<Row>(c));
    found_or_none(found)?.map(Row::session).transpose()
}

/// The sessions that a code of this version and step opened on a workstation.
///
/// # Errors
/// If the database does not answer.
pub async fn of_code(
    conn: &mut Conn,
    workstation: WorkstationId,
    version: &str,
    step: i64,
) -> Result<Vec<Session>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| sessions::table
        .filter(sessions::msp.eq(id(msp)))
        .filter(sessions::workstation.eq(id(workstation)))
        .filter(sessions::secret_version.eq(version))
        .filter(sessions::step.eq(step))
        .order(sessions::id)
        .select(columns!())
        .load::<Row>(c))?;
    rows.into_iter().map(Row::session).collect()
}

/// The sessions of these numbers among a workstation's offline ones.
///
/// # Errors
/// If the database does not answer.
pub async fn of_numbers(
    conn: &mut Conn,
    workstation: WorkstationId,
    numbers: &[u64],
) -> Result<Vec<(u64, SessionId)>, StoreError> {
    let msp = conn.scope().msp;
    let numbers: Vec<i64> = numbers.iter().filter_map(|one| (*one).try_into().ok()).collect();
    let rows = on!(conn, |c| sessions::table
        .filter(sessions::msp.eq(id(msp)))
        .filter(sessions::workstation.eq(id(workstation)))
        .filter(sessions::sequence.eq_any(&numbers))
        .order(sessions::sequence)
        .select((sessions::sequence.assume_not_null(), sessions::id))
        .load::<(i64, SessionId)>(c))?;
    Ok(rows.into_iter().map(|(number, id)| (number.unsigned_abs(), id)).collect())
}

/// True if a code of this step or of a later one opened the workstation without network before: in derived mode, one of
/// this technician's; otherwise any.
///
/// # Errors
/// If the database does not answer.
pub async fn step_is_used(
    conn: &mut Conn,
    workstation: WorkstationId,
    derived_of: Option<Option<TechnicianId>>,
    step: i64,
) -> Result<bool, StoreError> {
    let msp = conn.scope().msp;
    macro_rules! later {
        () => {
            sessions::table
                .filter(sessions::msp.eq(id(msp)))
                .filter(sessions::workstation.eq(id(workstation)))
                .filter(sessions::step.ge(step))
                .select(sessions::id)
        };
    }
    let derived = sessions::secret_version.like("d%");
    let found = match derived_of {
        None => on!(conn, |c| later!()
            .filter(sessions::secret_version.not_like("d%"))
            .first::<SessionId>(c)),
        Some(None) => on!(conn, |c| later!()
            .filter(derived)
            .filter(sessions::technician.is_null())
            .first::<SessionId>(c)),
        Some(Some(technician)) => on!(conn, |c| later!()
            .filter(derived)
            .filter(sessions::technician.eq(id(technician)))
            .first::<SessionId>(c)),
    };
    Ok(found_or_none(found)?.is_some())
}

/// True if a session under this account had this very password.
///
/// # Errors
/// If the database does not answer.
pub async fn password_is_used(
    conn: &mut Conn,
    workstation: WorkstationId,
    account: &str,
    made_at: Instant,
) -> Result<bool, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| sessions::table
        .filter(sessions::msp.eq(id(msp)))
        .filter(sessions::workstation.eq(id(workstation)))
        .filter(sessions::account.eq(account))
        .filter(sessions::password_made_at.eq(at(made_at)))
        .select(sessions::id)
        .first::<SessionId>(c));
    Ok(found_or_none(found)?.is_some())
}

/// How many sessions a workstation had without network that began after this.
///
/// # Errors
/// If the database does not answer.
pub async fn offline_since(
    conn: &mut Conn,
    workstation: WorkstationId,
    since: Instant,
) -> Result<u64, StoreError> {
    let msp = conn.scope().msp;
    let count = on!(conn, |c| sessions::table
        .filter(sessions::msp.eq(id(msp)))
        .filter(sessions::workstation.eq(id(workstation)))
        .filter(sessions::sequence.is_not_null())
        .filter(sessions::started_at.gt(at(since)))
        .count()
        .get_result::<i64>(c))?;
    Ok(count.try_into().unwrap_or(0))
}

/// When the password of an account was made for the last session that is known of it.
///
/// # Errors
/// If the database does not answer.
pub async fn last_password(
    conn: &mut Conn,
    workstation: WorkstationId,
    account: &str,
) -> Result<Option<Instant>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| sessions::table
        .filter(sessions::msp.eq(id(msp)))
        .filter(sessions::workstation.eq(id(workstation)))
        .filter(sessions::account.eq(account))
        .filter(sessions::password_made_at.is_not_null())
        .order(sessions::password_made_at.desc())
        .select(sessions::password_made_at)
        .first::<Option<Instant>>(c));
    Ok(found_or_none(found)?.flatten())
}

/// The workstations on which the technician has had a session with a login: what they have visited.
///
/// # Errors
/// If the database does not answer.
pub async fn visited_by(
    conn: &mut Conn,
    technician: TechnicianId,
) -> Result<Vec<(WorkstationId, TenantId, String)>, StoreError> {
    let msp = conn.scope().msp;
    on!(conn, |c| sessions::table
        .inner_join(workstations::table.on(workstations::id.eq(sessions::workstation)))
        .filter(sessions::msp.eq(id(msp)))
        .filter(sessions::technician.eq(id(technician)))
        .filter(sessions::trust.eq(word(Trust::Approved)))
        .select((workstations::id, workstations::tenant, workstations::host_name))
        .distinct()
        .load::<(WorkstationId, TenantId, String)>(c))
}

/// The session that a login has.
///
/// # Errors
/// If the database does not answer.
pub async fn of_login(conn: &mut Conn, login: LoginId) -> Result<Option<Session>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| sessions::table
        .filter(sessions::msp.eq(id(msp)))
        .filter(sessions::login.eq(id(login)))
        .select(columns!())
        .first::<Row>(c));
    found_or_none(found)?.map(Row::session).transpose()
}
