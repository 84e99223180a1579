//! Phones, as admins see and hold them back.

use std::sync::Arc;

use countersign_protocol::{
    DeviceId, ProblemCode, TechnicianId,
    wire::{Status, admin::Device},
};
use uuid::Uuid;

use crate::{
    domain::{Entity, Event, Fact, Failure, ListFrom, Listing, Refusal, facts},
    flows::{AdminCaller, Context, EndedLogins, Moment, end_logins, wake_revoked},
    store::{
        StoreError, Tx,
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

pub(in crate::flows) fn shown(row: &DeviceRow) -> Result<Device, StoreError> {
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
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let held_back = hold_back(&mut tx, &step, device, "by an admin").await?;
                let row = devices::one(&mut tx, device).await?.ok_or_else(Refusal::not_found)?;
                let HeldBack { mut events, topics } = held_back.ok_or_else(|| as_it_is(&row))?;
                let first = events.pop().ok_or_else(|| Failure::Fault("no event".into()))?;
                tx.commit(first, events).await?;
                wake.wake(&topics);
                wake_revoked(&*wake, &[device.into()]);
                Ok(shown(&row)?)
            })
        })
        .await
}

/// What is still to be done about a phone that was suspended: events for the commit, topics to be woken after it.
#[derive(Debug, Default)]
pub(in crate::flows) struct HeldBack {
    pub(in crate::flows) events: Vec<Event>,
    pub(in crate::flows) topics: Vec<Uuid>,
}

/// Suspends a phone, as a part of what else is done; `None` if it is not active.
pub(in crate::flows) async fn hold_back(
    tx: &mut Tx,
    step: &Moment,
    device: DeviceId,
    reason: &str,
) -> Result<Option<HeldBack>, Failure> {
    let (from, to) = (Status::Active, Status::Suspended);
    let changed = devices::change_status(tx, device, from, to).await?;
    let Some(changed) = changed else { return Ok(None) };
    devices::raise_devices_version(tx, changed.technician).await?;
    revocations::revoke(tx, device, step.now()).await?;
    let sentence = format!("{} was suspended", changed.name);
    let EndedLogins { mut events, mut topics } =
        end_logins(tx, step, Whose::Device(device), &sentence).await?;
    let fact = Fact::DeviceSuspended { reason: reason.to_owned() };
    let event = step.event(Entity::Device(device), changed.version, sentence, fact);
    events.push(event.of(changed.technician));
    topics.push(Uuid::from(changed.technician));
    Ok(Some(HeldBack { events, topics }))
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
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let (from, to) = (Status::Suspended, Status::Active);
                let changed = devices::change_status(&mut tx, device, from, to).await?;
                let row = devices::one(&mut tx, device).await?.ok_or_else(Refusal::not_found)?;
                let changed = changed.ok_or_else(|| as_it_is(&row))?;
                devices::raise_devices_version(&mut tx, changed.technician).await?;
                let sentence = format!("{} was resumed", changed.name);
                let (entity, fact) = (Entity::Device(device), Fact::DeviceResumed);
                let event = step.event(entity, changed.version, sentence, fact);
                tx.commit(event.of(changed.technician), Vec::new()).await?;
                wake.wake(&[Uuid::from(changed.technician)]);
                Ok(shown(&row)?)
            })
        })
        .await
}

fn as_it_is(row: &DeviceRow) -> Failure {
    Refusal::in_state(ProblemCode::Conflict, row.status.as_str()).into()
}
