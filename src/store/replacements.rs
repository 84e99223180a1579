//! New keys that wait to take over a known workstation.

use countersign_protocol::{
    EnrolmentTokenId, Instant, ReplacementId, TenantId, WorkstationId,
    wire::desktop::{PendingReplacement, WorkstationFacts},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::Prepared,
    schema::replacements,
    types::{at, id, json, to_json},
    workstations::Machine,
};

/// Where a replacement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for consent.
    Pending,
    /// The workstation has these keys, or had them.
    Made,
    /// Newer keys took its place.
    Superseded,
    /// The workstation was retired.
    Rejected,
}

impl State {
    const ALL: [Self; 4] = [Self::Pending, Self::Made, Self::Superseded, Self::Rejected];

    /// The state's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Made => "made",
            Self::Superseded => "superseded",
            Self::Rejected => "rejected",
        }
    }
}

/// Keys that ask to take over a workstation.
#[derive(Clone, Debug)]
pub struct NewReplacement<'a> {
    /// Its id.
    pub id: ReplacementId,
    /// The workstation's tenant.
    pub tenant: TenantId,
    /// The workstation.
    pub workstation: WorkstationId,
    /// The machine with its keys.
    pub machine: &'a Machine,
    /// When it was asked for.
    pub now: Instant,
}

/// Makes a pending replacement. A workstation has one at the most:
/// `StoreError::is_duplicate_of("workstation")`.
///
/// # Errors
/// If it has one, or the database does not answer.
pub async fn insert(tx: &mut Tx, new: &NewReplacement<'_>) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let machine = new.machine;
    let (signing, encryption) = (to_json(&machine.signing_key)?, to_json(&machine.encryption_key)?);
    let jkt = machine.jkt();
    on!(&mut *tx, |c| diesel::insert_into(replacements::table)
        .values((
            replacements::id.eq(id(new.id)),
            replacements::msp.eq(id(msp)),
            replacements::tenant.eq(id(new.tenant)),
            replacements::workstation.eq(id(new.workstation)),
            replacements::host_name.eq(&machine.facts.host_name),
            replacements::os.eq(&machine.facts.os),
            replacements::agent_version.eq(&machine.facts.agent_version),
            replacements::hardware_id.eq(&machine.facts.hardware_id),
            replacements::jkt.eq(&jkt),
            replacements::signing_key.eq(&signing),
            replacements::encryption_key.eq(&encryption),
            replacements::state.eq(State::Pending.as_str()),
            replacements::enrolment_token.eq(id(machine.token)),
            replacements::requested_at.eq(at(new.now)),
        ))
        .execute(c))?;
    Ok(())
}

/// Ends the pending replacement of a workstation, if it has one.
///
/// # Errors
/// If the database does not answer.
pub async fn end_pending(
    tx: &mut Tx,
    workstation: WorkstationId,
    state: State,
) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| Prepared(
        diesel::update(
            replacements::table
                .filter(replacements::msp.eq(id(msp)))
                .filter(replacements::workstation.eq(id(workstation)))
                .filter(replacements::state.eq(State::Pending.as_str()))
        )
        .set(replacements::state.eq(state.as_str()))
    )
    .execute(c))?;
    Ok(())
}

#[derive(Debug, Queryable)]
struct StoredMachine {
    host_name: String,
    os: String,
    agent_version: String,
    hardware_id: String,
    signing_key: String,
    encryption_key: String,
    token: EnrolmentTokenId,
}

/// Takes a pending replacement of a workstation, to be made: its machine, or `None` if there is no such
/// one that is pending.
///
/// # Errors
/// If the database does not answer.
pub async fn take(
    tx: &mut Tx,
    workstation: WorkstationId,
    replacement: ReplacementId,
) -> Result<Option<Machine>, StoreError> {
    let msp = tx.scope().msp;
    let taken = on!(&mut *tx, |c| Prepared(
        diesel::update(
            replacements::table
                .filter(replacements::msp.eq(id(msp)))
                .filter(replacements::workstation.eq(id(workstation)))
                .filter(replacements::id.eq(id(replacement)))
                .filter(replacements::state.eq(State::Pending.as_str()))
        )
        .set(replacements::state.eq(State::Made.as_str()))
        .returning((
            replacements::host_name,
            replacements::os,
            replacements::agent_version,
            replacements::hardware_id,
            replacements::signing_key,
            replacements::encryption_key,
            replacements::enrolment_token,
        ))
    )
    .get_result::<StoredMachine>(c));
    let Some(stored) = found_or_none(taken)? else { return Ok(None) };
    Ok(Some(Machine {
        facts: WorkstationFacts {
            host_name: stored.host_name,
            os: stored.os,
            agent_version: stored.agent_version,
            hardware_id: stored.hardware_id,
        },
        signing_key: json(&stored.signing_key)?,
        encryption_key: json(&stored.encryption_key)?,
        token: stored.token,
    }))
}

/// A replacement that a key asked for.
#[derive(Clone, Copy, Debug)]
pub struct Requested {
    /// The replacement.
    pub id: ReplacementId,
    /// The workstation's tenant.
    pub tenant: TenantId,
    /// The workstation.
    pub workstation: WorkstationId,
    /// Where it stands.
    pub state: State,
}

/// The newest replacement that this key asked for with this token.
///
/// # Errors
/// If the database does not answer.
pub async fn requested(
    conn: &mut Conn,
    token: EnrolmentTokenId,
    jkt: &str,
) -> Result<Option<Requested>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| replacements::table
        .filter(replacements::msp.eq(id(msp)))
        .filter(replacements::jkt.eq(jkt))
        .filter(replacements::enrolment_token.eq(id(token)))
        .order(replacements::id.desc())
        .select((
            replacements::id,
            replacements::tenant,
            replacements::workstation,
            replacements::state
        ))
        .first::<(ReplacementId, TenantId, WorkstationId, String)>(c));
    let Some((replacement, tenant, workstation, state)) = found_or_none(found)? else {
        return Ok(None);
    };
    let state = State::ALL.into_iter().find(|known| known.as_str() == state);
    let state = state.ok_or_else(|| StoreError::Corrupt("a replacement's state".into()))?;
    Ok(Some(Requested { id: replacement, tenant, workstation, state }))
}

#[derive(Debug, Queryable)]
struct Waiting {
    id: ReplacementId,
    workstation: WorkstationId,
    host_name: String,
    os: String,
    agent_version: String,
    hardware_id: String,
    jkt: String,
    requested_at: Instant,
}

macro_rules! pending {
    ($msp:expr) => {
        replacements::table
            .filter(replacements::msp.eq(id($msp)))
            .filter(replacements::state.eq(State::Pending.as_str()))
            .select((
                replacements::id,
                replacements::workstation,
                replacements::host_name,
                replacements::os,
                replacements::agent_version,
                replacements::hardware_id,
                replacements::jkt,
                replacements::requested_at,
            ))
    };
}

impl Waiting {
    fn shown(self) -> (WorkstationId, PendingReplacement) {
        let shown = PendingReplacement {
            id: self.id,
            key_thumbprint: self.jkt,
            facts: WorkstationFacts {
                host_name: self.host_name,
                os: self.os,
                agent_version: self.agent_version,
                hardware_id: self.hardware_id,
            },
            requested_at: self.requested_at,
        };
        (self.workstation, shown)
    }
}

/// The pending replacement of a workstation.
///
/// # Errors
/// If the database does not answer.
pub async fn pending_of(
    conn: &mut Conn,
    workstation: WorkstationId,
) -> Result<Option<PendingReplacement>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| pending!(msp)
        .filter(replacements::workstation.eq(id(workstation)))
        .first::<Waiting>(c));
    Ok(found_or_none(found)?.map(|waiting| waiting.shown().1))
}

/// The pending replacements of a tenant's workstations, `from` the first to the last of a page.
///
/// # Errors
/// If the database does not answer.
pub async fn pending_among(
    conn: &mut Conn,
    tenant: TenantId,
    (first, last): (WorkstationId, WorkstationId),
) -> Result<Vec<(WorkstationId, PendingReplacement)>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| pending!(msp)
        .filter(replacements::tenant.eq(id(tenant)))
        .filter(replacements::workstation.ge(id(first)))
        .filter(replacements::workstation.le(id(last)))
        .load::<Waiting>(c))?;
    Ok(found.into_iter().map(Waiting::shown).collect())
}
