//! A phone becomes a device.

use countersign_protocol::{
    DeviceId, Instant, TechnicianId,
    wire::{
        Status,
        mobile::{DeviceFacts, PushAddress},
    },
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::{
    auth::Passkey,
    store::{
        StoreError, Tx,
        conn::on,
        prepared::{Prepared, word},
        schema::{devices, technicians},
        types::{at, id, to_json},
    },
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
    /// The language it speaks (BCP 47).
    pub language: String,
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
            devices::push_set_at.eq(at(new.now)),
            devices::language.eq(&new.language),
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
    on!(&mut *tx, |c| Prepared(
        diesel::update(
            technicians::table
                .filter(technicians::msp.eq(id(msp)))
                .filter(technicians::id.eq(id(technician)))
        )
        .set(technicians::devices_version.eq(technicians::devices_version + 1))
    )
    .execute(c))?;
    Ok(())
}

/// Raises a phone's version, for an event that changes nothing else of it.
///
/// # Errors
/// If the database does not answer.
pub async fn raise_version(tx: &mut Tx, device: DeviceId) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let raised = on!(&mut *tx, |c| Prepared(
        diesel::update(
            devices::table.filter(devices::msp.eq(id(msp))).filter(devices::id.eq(id(device)))
        )
        .set(devices::version.eq(devices::version + 1))
        .returning(devices::version)
    )
    .get_result::<i64>(c));
    crate::store::found_or_none(raised)
}
