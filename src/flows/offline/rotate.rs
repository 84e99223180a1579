//! Replacing a tenant's secrets in routine.

use std::sync::Arc;

use countersign_protocol::{StateChangeId, TenantId, wire::state::StateVersion};

use super::{
    OfflineMode,
    secrets::{Replacing, replace_rows},
};
use crate::{
    domain::{Failure, Refusal},
    flows::{AdminCaller, Context, states::topic},
    store::{
        offline::{self, SecretKind, Which},
        states::{self, NewChange},
        tenants,
    },
};

/// How long a day is.
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// What a rotation replaced.
#[derive(Clone, Copy, Debug)]
pub struct Rotated {
    /// How many secrets.
    pub secrets: u64,
}

/// Replaces a tenant's secrets in routine: those that stand work on for the tenant's number of days. A root (derived
/// mode) can't work on: it ends as its workstations apply the change.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn rotate_secrets(
    ctx: &Context,
    caller: AdminCaller,
    tenant: TenantId,
) -> Result<Rotated, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let (wake, keys) = (Arc::clone(&ctx.wake), Arc::clone(&ctx.keys));
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let found = tenants::one(&mut tx, tenant).await?.ok_or_else(Refusal::not_found)?;
                let kind = OfflineMode::of_tenant(&found.settings).kind();
                // The tenant's row is held from here on: another rotation waits, and finds what this one made.
                let version = states::raise_tenant(&mut tx, tenant).await?;
                let which = Which::Kind(kind);
                let rows = offline::standing(&mut tx, tenant, which, step.now()).await?;
                let secrets = rows.iter().filter(|row| row.replaced_at.is_none()).count() as u64;
                if secrets == 0 {
                    return Ok(Rotated { secrets });
                }
                let since = StateVersion { tenant: version, own: 0 };
                let until = step.now() + DAY * u32::from(found.settings.offline.rotation_days);
                let how = Replacing {
                    reason: "routine rotation",
                    accepted_until: (kind != SecretKind::Root).then_some(until),
                    since,
                    anew: true,
                };
                let mut events = replace_rows(&mut tx, &step, &keys, &rows, how).await?;
                let (id, now): (StateChangeId, _) = (step.id(), step.now());
                let what = "offline secrets were rotated";
                let change = NewChange { id, tenant, workstation: None, what, since, now };
                states::note(&mut tx, &[change]).await?;
                let first = events.pop().ok_or_else(|| Failure::Fault("no event".into()))?;
                tx.commit(first, events).await?;
                wake.wake(&[topic(tenant.0)]);
                Ok(Rotated { secrets })
            })
        })
        .await
}
