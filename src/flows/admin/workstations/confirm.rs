//! Confirming a new workstation, or the new keys of a known one.

use std::sync::Arc;

use countersign_protocol::{
    WorkstationId,
    wire::{Status, admin::Workstation},
};

use super::{change::confirm_pending, read::one};
use crate::{
    domain::{Failure, Refusal},
    flows::{
        AdminCaller, Context,
        enrolment::{Consent, make_replacement},
    },
    store::workstations,
};

/// Confirms a workstation that is pending; for any other, the new keys that wait to take it over. Look at
/// it first: its thumbprint tells which machine is meant.
///
/// # Errors
/// `not_found`; `conflict` with the status of one that waits for nothing; `already_exists` if another
/// workstation has got the new key or hardware id meanwhile.
pub async fn confirm(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
) -> Result<Workstation, Failure> {
    let present = one(ctx, caller, workstation).await?;
    let Some(replacement) = present.replacement.filter(|_| present.status != Status::Pending)
    else {
        return confirm_pending(ctx, caller, workstation).await;
    };
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
