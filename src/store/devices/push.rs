//! Where phones are told to look.

use countersign_protocol::{
    DeviceId, Entry, Instant, LoginId, TechnicianId, TenantId,
    wire::{LoginState, Status, mobile::PushAddress},
};
use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;

use super::active::active;
use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::{devices, logins, technicians},
    types::{at, id, json, to_json},
};

/// Where and how a phone is told to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldAt {
    /// Its address.
    pub push: Option<PushAddress>,
    /// The language it speaks.
    pub language: String,
    /// What was wrong with the address; then it is not used.
    pub trouble: Option<String>,
}

/// Where and how a phone is told to look, as it stands; `None` for a phone that is not there.
///
/// # Errors
/// If the database does not answer.
pub async fn told_at(conn: &mut Conn, device: DeviceId) -> Result<Option<ToldAt>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| devices::table
        .filter(devices::msp.eq(id(msp)))
        .filter(devices::id.eq(id(device)))
        .select((devices::push, devices::language, devices::push_trouble))
        .first::<(Option<String>, String, Option<String>)>(c));
    let Some((push, language, trouble)) = found_or_none(found)? else { return Ok(None) };
    Ok(Some(ToldAt { push: push.as_deref().map(json).transpose()?, language, trouble }))
}

/// Sets where and how a phone is told to look, from `now` on; its version and name, or `None` if it is not active.
///
/// # Errors
/// If the database does not answer.
pub async fn set_push_address(
    tx: &mut Tx,
    device: DeviceId,
    told: &ToldAt,
    now: Instant,
) -> Result<Option<(i64, String)>, StoreError> {
    let msp = tx.scope().msp;
    let push = told.push.as_ref().map(to_json).transpose()?;
    let set = on!(&mut *tx, |c| Prepared(
        diesel::update(active!(msp, device))
            .set((
                devices::push.eq(&push),
                devices::push_set_at.eq(at(now)),
                devices::push_trouble.eq(&told.trouble),
                devices::language.eq(&told.language),
                devices::version.eq(devices::version + 1),
            ))
            .returning((devices::version, devices::name))
    )
    .get_result::<(i64, String)>(c));
    found_or_none(set)
}

/// A push login as whoever tells phones of it sees it.
#[derive(Clone, Debug)]
pub struct Announced {
    /// Its tenant.
    pub tenant: TenantId,
    /// Whom it is for.
    pub technician: TechnicianId,
    /// Where it stands.
    pub state: LoginState,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// Whom to tell.
    pub phones: Vec<Phone>,
}

impl Announced {
    /// True while it waits for a decision.
    #[must_use]
    pub fn waits_at(&self, now: Instant) -> bool {
        self.state == LoginState::Pending && now < self.expires_at
    }
}

/// A phone that can be told to look.
#[derive(Clone, Debug)]
pub struct Phone {
    /// The phone.
    pub device: DeviceId,
    /// Its address.
    pub push: PushAddress,
    /// The language it speaks.
    pub language: String,
}

type Row = (TenantId, TechnicianId, LoginState, Instant, Instant, DeviceId, String, String);

/// A push login and the active phones of its technician in whose addresses nothing is wrong; `None` if there are
/// none, as for a decoy.
///
/// # Errors
/// If the database does not answer.
pub async fn announced(conn: &mut Conn, login: LoginId) -> Result<Option<Announced>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| logins::table
        .inner_join(devices::table.on(logins::technician.eq(devices::technician.nullable())))
        .inner_join(technicians::table.on(technicians::id.eq(devices::technician)))
        .filter(logins::msp.eq(id(msp)))
        .filter(logins::id.eq(id(login)))
        .filter(logins::entry.eq(word(Entry::Push)))
        .filter(technicians::status.eq(word(Status::Active)))
        .filter(devices::status.eq(word(Status::Active)))
        .filter(devices::push.is_not_null())
        .filter(devices::push_trouble.is_null())
        .select((
            logins::tenant,
            technicians::id,
            logins::state,
            logins::opened_at,
            logins::expires_at,
            devices::id,
            devices::push.assume_not_null(),
            devices::language,
        ))
        .load::<Row>(c))?;
    let mut announced: Option<Announced> = None;
    for (tenant, technician, state, opened_at, expires_at, device, push, language) in rows {
        let phone = Phone { device, push: json(&push)?, language };
        let none = Announced { tenant, technician, state, opened_at, expires_at, phones: vec![] };
        announced.get_or_insert(none).phones.push(phone);
    }
    Ok(announced)
}

/// What a vendor said of an address.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It is dead: forget it, unless it was set after this instant.
    Gone(Option<Instant>),
    /// It is not one this service can send to: keep it, and send nothing there.
    Suspicious,
}

/// Writes down what a vendor said of a phone's address, unless the phone has set another one meanwhile; the new
/// version and the phone's name.
///
/// # Errors
/// If the database does not answer.
pub async fn judge_push_address(
    tx: &mut Tx,
    device: DeviceId,
    push: &PushAddress,
    verdict: &Verdict,
    trouble: &str,
) -> Result<Option<(i64, String)>, StoreError> {
    let msp = tx.scope().msp;
    let known = to_json(push)?;
    let (keep, as_of) = match verdict {
        Verdict::Gone(as_of) => (None, *as_of),
        Verdict::Suspicious => (Some(known.as_str()), None),
    };
    // Later than any address was set, where the vendor named no instant.
    let as_of = as_of.unwrap_or_else(|| Instant::from_unix_millis(i64::MAX / 2000));
    let judged = on!(&mut *tx, |c| Prepared(
        diesel::update(
            devices::table
                .filter(devices::msp.eq(id(msp)))
                .filter(devices::id.eq(id(device)))
                .filter(devices::push.eq(&known))
                .filter(devices::push_trouble.is_null())
                .filter(devices::push_set_at.is_null().or(devices::push_set_at.le(at(as_of))))
        )
        .set((
            devices::push.eq(keep),
            devices::push_trouble.eq(trouble),
            devices::version.eq(devices::version + 1),
        ))
        .returning((devices::version, devices::name))
    )
    .get_result::<(i64, String)>(c));
    found_or_none(judged)
}
