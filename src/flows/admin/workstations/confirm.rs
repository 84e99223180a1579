//! Confirming a new workstation, or the new keys of a known one.

use std::sync::Arc;

use countersign_protocol::{
    WorkstationId,
    wire::{Status, admin::Workstation},
};

use super::{
    change::{confirm_pending, is_the_compared_key},
    read::one,
};
use crate::{
    domain::{Failure, Refusal},
    flows::{
        AdminCaller, Context,
        enrolment::{Consent, make_replacement},
    },
    store::workstations,
};

/// Confirms a workstation that is pending; for any other, the new keys that wait to take it over. `compared` is
/// the thumbprint of the key that the admin compared with what the machine shows: whoever holds an enrolment
/// token can put other keys in the place of those that wait, at any time.
///
/// # Errors
/// `not_found`; `conflict` with the status of one that waits for nothing, or if another key waits now;
/// `already_exists` if another workstation has got the new key or hardware id meanwhile.
pub async fn confirm(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
    compared: &str,
) -> Result<Workstation, Failure> {
    let present = one(ctx, caller, workstation).await?;
    let Some(replacement) = present.replacement.filter(|_| present.status != Status::Pending)
    else {
        return confirm_pending(ctx, caller, workstation, compared).await;
    };
    is_the_compared_key(&replacement.key_thumbprint, compared)?;
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    let tenant = present.tenant_id;
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let known = workstations::in_service(&mut tx, tenant, workstation).await?;
                let known = known.ok_or_else(Refusal::not_found)?;
                let consent = Consent::Admin;
                let made =
                    make_replacement(&mut tx, &step, &known, replacement.id, consent).await?;
                made.commit(tx, &*wake, vec![]).await
            })
        })
        .await?;
    one(ctx, caller, workstation).await
}
