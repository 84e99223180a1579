//! What a technician's phones see of themselves.

use countersign_protocol::{
    DeviceId, ProblemCode,
    wire::mobile::{OwnDevice, OwnDevices, SetPushAddress},
};

use super::{AdminCaller, Context, DeviceCaller};
use crate::{
    domain::{Entity, Fact, Failure, ListFrom, Refusal, facts},
    store::devices::{self, ToldAt},
};

/// More than anyone carries.
const MOST: u16 = 100;

/// The technician's devices, oldest first, a hundred at the most.
///
/// # Errors
/// That the database does not answer.
pub async fn own(ctx: &Context, caller: DeviceCaller) -> Result<OwnDevices, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let from = ListFrom { after: None, limit: MOST };
    let rows = devices::of_technician(&mut conn, caller.technician, from).await?.items;
    let shown = rows.into_iter().map(|row| OwnDevice {
        id: row.id,
        facts: row.facts(),
        status: row.status,
        this: row.id == caller.device,
        enrolled_at: row.enrolled_at,
    });
    Ok(OwnDevices { devices: shown.collect() })
}

/// Where and how a phone is told to look, for an operator's test.
///
/// # Errors
/// `not_found`.
pub async fn told_at(
    ctx: &Context,
    caller: AdminCaller,
    device: DeviceId,
) -> Result<ToldAt, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    Ok(devices::told_at(&mut conn, device).await?.ok_or_else(Refusal::not_found)?)
}

/// Sets where and how the phone that asks is told to look. Also where that stands already: from now on, so that what
/// a vendor said of an earlier time no longer counts, and an address that it refused is tried again.
///
/// # Errors
/// `invalid_request`, naming the field; `invalid_token` if the phone or its owner is no longer active.
pub async fn set_push_address(
    ctx: &Context,
    caller: DeviceCaller,
    request: SetPushAddress,
) -> Result<(), Failure> {
    let SetPushAddress { push, language } = request;
    push.as_ref().map(facts::push_address).transpose()?;
    let language = facts::language(language)?;
    let told = ToldAt { push, language, trouble: None };
    let step = ctx.moment(caller.scope, caller.actor());
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let set =
                    devices::set_push_address(&mut tx, caller.device, &told, step.now()).await?;
                let (version, name) = set.ok_or(ProblemCode::InvalidToken)?;
                let channel = told.push.as_ref().map(facts::push_channel).map(str::to_owned);
                let sentence = match &channel {
                    Some(channel) => format!("{name} is told to look by {channel}"),
                    None => format!("{name} is no longer told to look"),
                };
                let fact = Fact::PushAddressChanged { channel };
                let event = step.event(Entity::Device(caller.device), version, sentence, fact);
                Ok(tx.commit(event, vec![]).await?)
            })
        })
        .await
}
