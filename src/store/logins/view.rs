//! A login as its workstation waits on it.

use countersign_protocol::{
    DeviceId, Entry, GrantId, Instant, LoginId, TechnicianId, WorkstationId,
    wire::{LoginState, desktop::Outcome},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::{
    domain::login::{Approved, Ended, Login, Pending},
    store::{
        Across, Conn, StoreError,
        conn::on,
        found_or_none,
        schema::{logins, technicians},
        types::{id, word},
    },
};

/// The state of a login and what its workstation may know.
#[derive(Clone, Debug, Queryable)]
pub struct LoginRow {
    /// The login.
    pub id: LoginId,
    /// Where it stands.
    pub state: LoginState,
    /// By what it ended.
    pub outcome: Option<Outcome>,
    /// How it was entered.
    pub entry: Entry,
    /// Whose it is, once known. A decoy has none.
    pub technician: Option<TechnicianId>,
    /// The phone that claimed or decided it.
    pub device: Option<DeviceId>,
    /// Wrong QR secrets so far.
    pub wrong_claims: i32,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// Until when the grant can be taken.
    pub take_until: Option<Instant>,
    /// The grant that was handed over.
    pub grant_id: Option<GrantId>,
    /// The row's version.
    pub version: i64,
    /// The technician's e-mail address.
    pub email: Option<String>,
}

impl LoginRow {
    /// The state machine's view.
    #[must_use]
    pub fn login(&self) -> Login {
        match (self.state, self.take_until) {
            (LoginState::Pending, _) => Login::Pending(Pending {
                entry: self.entry,
                claimed: self.entry == Entry::Push || self.device.is_some(),
                wrong_claims: u32::try_from(self.wrong_claims).unwrap_or(u32::MAX),
                opened_at: self.opened_at,
                expires_at: self.expires_at,
            }),
            (LoginState::Approved, Some(take_until)) => {
                Login::Approved(Approved { take_until, granted: self.grant_id.is_some() })
            }
            (state, _) => Login::Ended(Ended { state, outcome: self.outcome }),
        }
    }
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
            logins::state,
            logins::outcome,
            logins::entry,
            logins::technician,
            logins::device,
            logins::wrong_claims,
            logins::opened_at,
            logins::expires_at,
            logins::take_until,
            logins::grant_id,
            logins::version,
            technicians::email.nullable(),
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
