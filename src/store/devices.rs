//! Phones: enrolled, refreshed, signed in again, suspended.

use countersign_protocol::{
    DeviceId, Instant, TechnicianId,
    wire::{
        Status,
        mobile::{DeviceFacts, PushAddress},
    },
};
use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    schema::{devices, revocations, technicians},
    types::{at, id, json, to_json, word},
};
use crate::{
    auth::Passkey,
    domain::{ListFrom, Listing},
};

/// A phone that is about to become a device.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// Its id.
    pub id: DeviceId,
    /// Its owner.
    pub technician: TechnicianId,
    /// The thumbprint of its DPoP key.
    pub jkt: String,
    /// What it is.
    pub facts: DeviceFacts,
    /// Its push address.
    pub push: Option<PushAddress>,
    /// Its passkey.
    pub passkey: Passkey,
    /// The passkey's counter.
    pub sign_count: u32,
    /// The first family of its refresh tokens.
    pub family: Uuid,
    /// When it was enrolled.
    pub now: Instant,
}

/// Makes an active device, in its first version. Its key and its credential must be new to the msp:
/// `StoreError::is_duplicate_of("jkt")` or `("credential_id")`.
///
/// # Errors
/// If one is not, or the database does not answer.
pub async fn insert(tx: &mut Tx, new: &NewDevice) -> Result<i64, StoreError> {
    let msp = tx.scope().msp;
    let passkey = to_json(&new.passkey)?;
    let credential: &[u8] = new.passkey.cred_id();
    let push = new.push.as_ref().map(to_json).transpose()?;
    on!(&mut *tx, |c| diesel::insert_into(devices::table)
        .values((
            devices::id.eq(id(new.id)),
            devices::msp.eq(id(msp)),
            devices::technician.eq(id(new.technician)),
            devices::jkt.eq(&new.jkt),
            devices::name.eq(&new.facts.name),
            devices::model.eq(&new.facts.model),
            devices::os.eq(&new.facts.os),
            devices::push.eq(&push),
            devices::status.eq(word(Status::Active)),
            devices::credential_id.eq(credential),
            devices::passkey.eq(&passkey),
            devices::sign_count.eq(i64::from(new.sign_count)),
            devices::refresh_family.eq(id(new.family)),
            devices::refresh_generation.eq(0),
            devices::refresh_rotated_at.eq(at(new.now)),
            devices::refresh_revoked.eq(false),
            devices::enrolled_at.eq(at(new.now)),
            devices::version.eq(1_i64),
        ))
        .execute(c))?;
    Ok(1)
}

/// Raises the version of a technician's list of devices, which their phones see.
///
/// # Errors
/// If the database does not answer.
pub async fn raise_devices_version(
    tx: &mut Tx,
    technician: TechnicianId,
) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| diesel::update(
        technicians::table
            .filter(technicians::msp.eq(id(msp)))
            .filter(technicians::id.eq(id(technician)))
    )
    .set(technicians::devices_version.eq(technicians::devices_version + 1))
    .execute(c))?;
    Ok(())
}

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

macro_rules! active {
    ($msp:expr, $device:expr) => {
        devices::table
            .filter(devices::msp.eq(id($msp)))
            .filter(devices::id.eq(id($device)))
            .filter(devices::status.eq(word(Status::Active)))
            .filter(exists(
                technicians::table
                    .filter(technicians::id.eq(devices::technician))
                    .filter(technicians::status.eq(word(Status::Active))),
            ))
    };
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
    let rotated = on!(&mut *tx, |c| diesel::update(
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
    let ended = on!(&mut *tx, |c| diesel::update(
        devices::table
            .filter(devices::msp.eq(id(msp)))
            .filter(devices::id.eq(id(device)))
            .filter(devices::refresh_family.eq(id(family)))
            .filter(devices::refresh_revoked.eq(false))
    )
    .set((devices::refresh_revoked.eq(true), devices::version.eq(devices::version + 1)))
    .returning(devices::version)
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
    let begun = on!(&mut *tx, |c| diesel::update(
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
    .get_result::<i64>(c));
    found_or_none(begun)
}

/// Where a phone is told to look, as it stands.
///
/// # Errors
/// If the database does not answer.
pub async fn push_address(
    conn: &mut Conn,
    device: DeviceId,
) -> Result<Option<PushAddress>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| devices::table
        .filter(devices::msp.eq(id(msp)))
        .filter(devices::id.eq(id(device)))
        .select(devices::push)
        .first::<Option<String>>(c));
    found_or_none(found)?.flatten().as_deref().map(json).transpose()
}

/// Sets where a phone is told to look; its version and name, or `None` if it is not active.
///
/// # Errors
/// If the database does not answer.
pub async fn set_push_address(
    tx: &mut Tx,
    device: DeviceId,
    push: Option<&PushAddress>,
) -> Result<Option<(i64, String)>, StoreError> {
    let msp = tx.scope().msp;
    let push = push.map(to_json).transpose()?;
    let set = on!(&mut *tx, |c| diesel::update(active!(msp, device))
        .set((devices::push.eq(&push), devices::version.eq(devices::version + 1)))
        .returning((devices::version, devices::name))
        .get_result::<(i64, String)>(c));
    found_or_none(set)
}

/// A device whose status was just changed.
#[derive(Clone, Debug, Queryable)]
pub struct ChangedDevice {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub technician: TechnicianId,
}

/// Changes a device's status, if it is `from`.
///
/// # Errors
/// If the database does not answer.
pub async fn change_status(
    tx: &mut Tx,
    device: DeviceId,
    from: Status,
    to: Status,
) -> Result<Option<ChangedDevice>, StoreError> {
    let msp = tx.scope().msp;
    let changed = on!(&mut *tx, |c| diesel::update(
        devices::table
            .filter(devices::msp.eq(id(msp)))
            .filter(devices::id.eq(id(device)))
            .filter(devices::status.eq(word(from)))
    )
    .set((devices::status.eq(word(to)), devices::version.eq(devices::version + 1)))
    .returning((devices::version, devices::name, devices::technician))
    .get_result::<ChangedDevice>(c));
    found_or_none(changed)
}

/// A device as its owner and admins see it.
#[derive(Clone, Debug, Queryable)]
pub struct DeviceRow {
    /// The id.
    pub id: DeviceId,
    /// Its owner.
    pub technician: TechnicianId,
    name: String,
    model: String,
    os: String,
    push: Option<String>,
    /// Its status.
    pub status: Status,
    /// When it was enrolled.
    pub enrolled_at: Instant,
    /// Its version.
    pub version: i64,
}

impl DeviceRow {
    /// What it is.
    #[must_use]
    pub fn facts(&self) -> DeviceFacts {
        DeviceFacts { name: self.name.clone(), model: self.model.clone(), os: self.os.clone() }
    }

    /// Where it is told to look.
    ///
    /// # Errors
    /// If the stored address can't be read.
    pub fn push(&self) -> Result<Option<PushAddress>, StoreError> {
        self.push.as_deref().map(json).transpose()
    }
}

macro_rules! rows {
    ($msp:expr) => {
        devices::table.filter(devices::msp.eq(id($msp))).select((
            devices::id,
            devices::technician,
            devices::name,
            devices::model,
            devices::os,
            devices::push,
            devices::status,
            devices::enrolled_at,
            devices::version,
        ))
    };
}

/// One device.
///
/// # Errors
/// If the database does not answer.
pub async fn one(conn: &mut Conn, device: DeviceId) -> Result<Option<DeviceRow>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| rows!(msp).filter(devices::id.eq(id(device))).first::<DeviceRow>(c));
    found_or_none(found)
}

/// A part of a technician's devices.
///
/// # Errors
/// If the database does not answer.
pub async fn of_technician(
    conn: &mut Conn,
    technician: TechnicianId,
    from: ListFrom,
) -> Result<Listing<DeviceRow>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| rows!(msp)
        .filter(devices::technician.eq(id(technician)))
        .filter(devices::id.gt(id(from.floor())))
        .order(devices::id)
        .limit(from.rows())
        .load::<DeviceRow>(c))?;
    Ok(from.listing(rows, |row| row.id.into()))
}
