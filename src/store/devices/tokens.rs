//! What tokens of a phone rest on: its status, its passkey, its family of refresh tokens.

use countersign_protocol::{DeviceId, Instant, TechnicianId, wire::Status};
use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::active::active;
use crate::{
    auth::Passkey,
    store::{
        Conn, StoreError, Tx,
        conn::on,
        found_or_none,
        prepared::{Prepared, word},
        schema::{devices, revocations, technicians},
        types::{at, id, json, to_json},
    },
};

/// What tokens of a phone rest on.
#[derive(Clone, Debug, Queryable)]
pub struct TokenHolder {
    /// The phone.
    pub device: DeviceId,
    /// Its name.
    pub name: String,
    /// The thumbprint of its key.
    pub jkt: String,
    /// Its status.
    pub status: Status,
    /// Its owner.
    pub technician: TechnicianId,
    /// Their e-mail address.
    pub email: String,
    /// Their status.
    pub technician_status: Status,
    passkey: String,
    /// The family of its refresh tokens.
    pub family: Uuid,
    /// The family's last generation.
    pub generation: i32,
    /// When that was given.
    pub rotated_at: Instant,
    /// True once an older one was used again.
    pub refresh_revoked: bool,
    /// When tokens of the phone or its owner were last revoked: a new one must be younger.
    pub revoked_at: Option<Instant>,
}

impl TokenHolder {
    /// True if the phone may have tokens.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == Status::Active && self.technician_status == Status::Active
    }

    /// The phone's passkey.
    ///
    /// # Errors
    /// If the stored one can't be read.
    pub fn passkey(&self) -> Result<Passkey, StoreError> {
        json(&self.passkey)
    }
}

/// The phone and its owner, whatever their status.
///
/// # Errors
/// If the database does not answer.
pub async fn token_holder(
    conn: &mut Conn,
    device: DeviceId,
) -> Result<Option<TokenHolder>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| devices::table
        .inner_join(technicians::table.on(technicians::id.eq(devices::technician)))
        .filter(devices::msp.eq(id(msp)))
        .filter(devices::id.eq(id(device)))
        .select((
            devices::id,
            devices::name,
            devices::jkt,
            devices::status,
            technicians::id,
            technicians::email,
            technicians::status,
            devices::passkey,
            devices::refresh_family,
            devices::refresh_generation,
            devices::refresh_rotated_at,
            devices::refresh_revoked,
            revocations::table
                .filter(
                    revocations::subject
                        .eq(devices::id)
                        .or(revocations::subject.eq(technicians::id))
                )
                .order(revocations::revoked_at.desc())
                .select(revocations::revoked_at)
                .limit(1)
                .single_value(),
        ))
        .first::<TokenHolder>(c));
    found_or_none(found)
}

/// Goes on from one generation of refresh tokens to the next; the new version, or `None` if somebody else
/// did, or the device, its owner or the family ended.
///
/// # Errors
/// If the database does not answer.
pub async fn rotate(
    tx: &mut Tx,
    device: DeviceId,
    family: Uuid,
    generation: i32,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let rotated = on!(&mut *tx, |c| Prepared(
        diesel::update(
            active!(msp, device)
                .filter(devices::refresh_family.eq(id(family)))
                .filter(devices::refresh_generation.eq(generation))
                .filter(devices::refresh_revoked.eq(false))
        )
        .set((
            devices::refresh_generation.eq(devices::refresh_generation + 1),
            devices::refresh_rotated_at.eq(at(now)),
            devices::version.eq(devices::version + 1),
        ))
        .returning(devices::version)
    )
    .get_result::<i64>(c));
    found_or_none(rotated)
}

/// Ends a family of refresh tokens; the new version, or `None` if it had ended.
///
/// # Errors
/// If the database does not answer.
pub async fn end_family(
    tx: &mut Tx,
    device: DeviceId,
    family: Uuid,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let ended = on!(&mut *tx, |c| Prepared(
        diesel::update(
            devices::table
                .filter(devices::msp.eq(id(msp)))
                .filter(devices::id.eq(id(device)))
                .filter(devices::refresh_family.eq(id(family)))
                .filter(devices::refresh_revoked.eq(false))
        )
        .set((devices::refresh_revoked.eq(true), devices::version.eq(devices::version + 1)))
        .returning(devices::version)
    )
    .get_result::<i64>(c));
    found_or_none(ended)
}

/// A sign-in by the passkey.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The phone.
    pub device: DeviceId,
    /// The new family of refresh tokens.
    pub family: Uuid,
    /// The passkey's counter; 0 if it does not count.
    pub counter: u32,
    /// The passkey, if it changed.
    pub passkey: Option<Passkey>,
    /// Now.
    pub now: Instant,
}

/// Begins a new family of refresh tokens; the new version, or `None` if the device or its owner is not
/// active, or the counter has been reached by another assertion.
///
/// # Errors
/// If the database does not answer.
pub async fn begin_family(tx: &mut Tx, signed_in: &SignedIn) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let SignedIn { device, family, counter, now, .. } = *signed_in;
    let counter = i64::from(counter);
    let passkey = signed_in.passkey.as_ref().map(to_json).transpose()?;
    let begun = on!(&mut *tx, |c| Prepared(
        diesel::update(
            active!(msp, device)
                // A counter of 0 says that the authenticator does not count, and never did.
                .filter(devices::sign_count.lt(counter.max(1)))
        )
        .set((
            devices::refresh_family.eq(id(family)),
            devices::refresh_generation.eq(0),
            devices::refresh_rotated_at.eq(at(now)),
            devices::refresh_revoked.eq(false),
            devices::sign_count.eq(counter),
            passkey.as_ref().map(|passkey| devices::passkey.eq(passkey)),
            devices::version.eq(devices::version + 1),
        ))
        .returning(devices::version)
    )
    .get_result::<i64>(c));
    found_or_none(begun)
}
