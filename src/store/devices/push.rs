//! Where phones are told to look.

use countersign_protocol::{
    DeviceId,
    wire::{Status, mobile::PushAddress},
};
use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;

use super::active::active;
use crate::store::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::{devices, technicians},
    types::{id, json, to_json},
};

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
    let set = on!(&mut *tx, |c| Prepared(
        diesel::update(active!(msp, device))
            .set((devices::push.eq(&push), devices::version.eq(devices::version + 1)))
            .returning((devices::version, devices::name))
    )
    .get_result::<(i64, String)>(c));
    found_or_none(set)
}
