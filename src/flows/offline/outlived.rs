//! In a routine rotation the old secret works until every phone that holds it has the new one, or its days have passed.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use countersign_protocol::{
    SecretId, StateChangeId, TenantId, WorkstationId, wire::state::StateVersion,
};

use super::secrets::cut_short;
use crate::{
    domain::{Actor, Failure},
    flows::{Context, DeviceCaller, states::topic},
    store::{
        Conn, Tx,
        offline::{self, SecretRow},
        states::{self, NewChange},
    },
};

/// Why the old one ends.
const BECAUSE: &str = "every phone that held it has its successor";

/// A secret that works beside its successor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside {
    tenant: TenantId,
    workstation: Option<WorkstationId>,
    old: SecretId,
    new: SecretId,
}

impl Beside {
    /// The pairs among secrets of one kind, which stand by workstation and age.
    pub(super) fn pairs(rows: &[SecretRow]) -> impl Iterator<Item = Self> {
        rows.windows(2).filter_map(|two| {
            let [old, new] = two else { return None };
            let pair =
                Self { tenant: old.tenant, workstation: old.workstation, old: old.id, new: new.id };
            (old.workstation == new.workstation && old.replaced_at.is_some()).then_some(pair)
        })
    }
}

/// Ends those of these old secrets that no phone needs any more.
pub(super) async fn end_outlived(
    ctx: &Context,
    caller: DeviceCaller,
    beside: Vec<Beside>,
) -> Result<(), Failure> {
    if beside.is_empty() {
        return Ok(());
    }
    let mut conn = ctx.store.within(caller.scope).await?;
    let outlived = unneeded(&mut conn, beside).await?;
    drop(conn);
    if outlived.is_empty() {
        return Ok(());
    }
    let step = ctx.moment(caller.scope, Actor::Service);
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let since = raised(&mut tx, &outlived).await?;
                let (mut events, mut topics) = (Vec::new(), Vec::new());
                for Beside { tenant, workstation, old, .. } in outlived {
                    let Some(since) = since.get(&(tenant, workstation)).copied() else { continue };
                    let Some(row) = offline::one(&mut tx, old).await? else { continue };
                    events.extend(cut_short(&mut tx, &step, &row, BECAUSE, since).await?);
                    let (id, now): (StateChangeId, _) = (step.id(), step.now());
                    let what = "an old offline secret ended";
                    let change = NewChange { id, tenant, workstation, what, since, now };
                    states::note(&mut tx, &[change]).await?;
                    topics.push(topic(workstation.map_or(tenant.0, |workstation| workstation.0)));
                }
                // Somebody else was faster.
                let Some(first) = events.pop() else { return Ok(()) };
                tx.commit(first, events).await?;
                wake.wake(&topics);
                Ok(())
            })
        })
        .await
}

/// Those whose old secret no phone holds without the new one.
async fn unneeded(conn: &mut Conn, beside: Vec<Beside>) -> Result<Vec<Beside>, Failure> {
    let secrets: Vec<SecretId> = beside.iter().flat_map(|pair| [pair.old, pair.new]).collect();
    let held = offline::holders(conn, &secrets).await?;
    let has: HashSet<_> = held.iter().copied().collect();
    let waits = |pair: &Beside| {
        held.iter()
            .any(|(secret, device)| *secret == pair.old && !has.contains(&(pair.new, *device)))
    };
    Ok(beside.into_iter().filter(|pair| !waits(pair)).collect())
}

/// The first state documents that know none of these old secrets.
async fn raised(
    tx: &mut Tx,
    outlived: &[Beside],
) -> Result<BTreeMap<(TenantId, Option<WorkstationId>), StateVersion>, Failure> {
    let mut since = BTreeMap::new();
    let here: Vec<WorkstationId> = outlived.iter().filter_map(|pair| pair.workstation).collect();
    for (workstation, tenant, own) in states::raise_owns(tx, &here).await? {
        since.insert((tenant, Some(workstation)), StateVersion { tenant: 0, own });
    }
    for pair in outlived.iter().filter(|pair| pair.workstation.is_none()) {
        let tenant = states::raise_tenant(tx, pair.tenant).await?;
        since.insert((pair.tenant, None), StateVersion { tenant, own: 0 });
    }
    Ok(since)
}
