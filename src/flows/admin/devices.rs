//! Phones, as admins see and hold them back.

use std::sync::Arc;

use countersign_protocol::{
    DeviceId, ProblemCode, TechnicianId,
    wire::{Status, admin::Device},
};
use uuid::Uuid;

use crate::{
    domain::{Entity, Fact, Failure, ListFrom, Listing, Refusal, facts},
    flows::{AdminCaller, Context, EndedLogins, end_logins, wake_revoked},
    store::{
        StoreError,
        devices::{self, DeviceRow},
        logins::Whose,
        revocations, technicians,
    },
};

/// A part of a technician's phones.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn list(
    ctx: &Context,
    caller: AdminCaller,
    technician: TechnicianId,
    from: ListFrom,
) -> Result<Listing<Device>, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    technicians::one(&mut conn, technician).await?.ok_or_else(Refusal::not_found)?;
    let Listing { items, next } = devices::of_technician(&mut conn, technician, from).await?;
    let items = items.iter().map(shown).collect::<Result<_, _>>()?;
    Ok(Listing { items, next })
}

/// One phone.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn one(ctx: &Context, caller: AdminCaller, device: DeviceId) -> Result<Device, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let row = devices::one(&mut conn, device).await?.ok_or_else(Refusal::not_found)?;
    Ok(shown(&row)?)
}

fn shown(row: &DeviceRow) -> Result<Device, StoreError> {
    Ok(Device {
        id: row.id,
        technician_id: row.technician,
        facts: row.facts(),
        push_channel: row.push()?.as_ref().map(facts::push_channel).map(str::to_owned),
        status: row.status,
        enrolled_at: row.enrolled_at,
        version: row.version,
    })
}

/// Suspends a phone: its tokens, pending logins, untaken grants and waits die at once.
///
/// # Errors
/// `not_found`; `conflict` with the status of one that is not active.
pub async fn suspend(
    ctx: &Context,
    caller: AdminCaller,
    device: DeviceId,
) -> Result<Device, Failure> {
    change(ctx, caller, device, (Status::Active, Status::Suspended)).await
}

/// Resumes a phone that was suspended.
///
/// # Errors
/// `not_found`; `conflict` with the status of one that is not suspended.
pub async fn resume(
    ctx: &Context,
    caller: AdminCaller,
    device: DeviceId,
) -> Result<Device, Failure> {
    change(ctx, caller, device, (Status::Suspended, Status::Active)).await
}

async fn change(
    ctx: &Context,
    caller: AdminCaller,
    device: DeviceId,
    (from, to): (Status, Status),
) -> Result<Device, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let Some(changed) = devices::change_status(&mut tx, device, from, to).await? else {
                    let row = devices::one(&mut tx, device).await?;
                    let status = row.ok_or_else(Refusal::not_found)?.status;
                    return Err(Refusal::in_state(ProblemCode::Conflict, status.as_str()).into());
                };
                devices::raise_devices_version(&mut tx, changed.technician).await?;
                let row = devices::one(&mut tx, device).await?.ok_or_else(Refusal::not_found)?;
                let suspended = to == Status::Suspended;
                let word = if suspended { "suspended" } else { "resumed" };
                let sentence = format!("{} was {word}", changed.name);
                let (ended, fact) = if suspended {
                    revocations::revoke(&mut tx, device, step.now()).await?;
                    let ended =
                        end_logins(&mut tx, &step, Whose::Device(device), &sentence).await?;
                    (ended, Fact::DeviceSuspended { reason: "by an admin".to_owned() })
                } else {
                    (EndedLogins { events: vec![], topics: vec![] }, Fact::DeviceResumed)
                };
                let event = step.event(Entity::Device(device), changed.version, sentence, fact);
                tx.commit(event.of(changed.technician), ended.events).await?;
                wake.wake(&ended.topics);
                wake.wake(&[Uuid::from(changed.technician)]);
                if suspended {
                    wake_revoked(&*wake, &[device.into()]);
                }
                Ok(shown(&row)?)
            })
        })
        .await
}
