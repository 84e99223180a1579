//! Devices as their owners and admins see them, and their status.

use countersign_protocol::{
    DeviceId, Instant, TechnicianId,
    wire::{
        Status,
        mobile::{DeviceFacts, PushAddress},
    },
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::{
    domain::{ListFrom, Listing},
    store::{
        Conn, StoreError, Tx,
        conn::on,
        found_or_none,
        prepared::{Prepared, word},
        schema::devices,
        types::{id, json},
    },
};

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
    let changed = on!(&mut *tx, |c| Prepared(
        diesel::update(
            devices::table
                .filter(devices::msp.eq(id(msp)))
                .filter(devices::id.eq(id(device)))
                .filter(devices::status.eq(word(from)))
        )
        .set((devices::status.eq(word(to)), devices::version.eq(devices::version + 1)))
        .returning((devices::version, devices::name, devices::technician))
    )
    .get_result::<ChangedDevice>(c));
    found_or_none(changed)
}
