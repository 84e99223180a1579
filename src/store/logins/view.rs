//! A login as its workstation waits on it.

use countersign_protocol::{LoginId, TechnicianId, WorkstationId, wire::LoginState};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Standing;
use crate::store::{
    Across, Conn, StoreError,
    conn::on,
    found_or_none,
    prepared::word,
    schema::{logins, technicians},
    types::id,
};

/// The state of a login and what its workstation may know.
#[derive(Clone, Debug, Queryable)]
pub struct LoginRow {
    /// The login.
    pub id: LoginId,
    /// Where it stands.
    pub standing: Standing,
    /// The row's version.
    pub version: i64,
    /// Whose it is, once known. A decoy has none.
    pub technician: Option<TechnicianId>,
    /// The technician's e-mail address.
    pub email: Option<String>,
}

/// The login, if it is this workstation's.
///
/// # Errors
/// If the database does not answer.
pub async fn view(
    conn: &mut Conn,
    login: LoginId,
    workstation: WorkstationId,
) -> Result<Option<LoginRow>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| logins::table
        .left_join(technicians::table.on(logins::technician.eq(technicians::id.nullable())))
        .filter(logins::msp.eq(id(msp)))
        .filter(logins::id.eq(id(login)))
        .filter(logins::workstation.eq(id(workstation)))
        .select((
            logins::id,
            Standing::as_select(),
            logins::version,
            logins::technician,
            technicians::email.nullable()
        ))
        .first::<LoginRow>(c));
    found_or_none(found)
}

/// What stands behind these topics, across msps: each login that is one, and each pending login of a
/// technician that is one. For waits that may have lost a wake-up.
///
/// # Errors
/// If the database does not answer.
pub async fn behind(
    across: &mut Across,
    topics: &[Uuid],
) -> Result<Vec<(LoginId, Option<TechnicianId>, i64)>, StoreError> {
    let wanted: Vec<_> = topics.iter().copied().map(id).collect();
    on!(&mut across.0, |c| logins::table
        .filter(
            logins::id.eq_any(wanted.clone()).or(logins::state
                .eq(word(LoginState::Pending))
                .and(logins::technician.eq_any(wanted.clone())))
        )
        .select((logins::id, logins::technician, logins::version))
        .load(c))
}
