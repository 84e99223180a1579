//! Replacing many workstations' own secrets, by a few statements however many they are.

use std::collections::{BTreeMap, HashSet};

use countersign_protocol::{Instant, SecretId, TenantId, WorkstationId, wire::state::StateVersion};

use super::{
    sealing,
    secrets::{Ending, given_before, made_event},
};
use crate::{
    auth::KeyRing,
    domain::{Event, Failure},
    flows::Moment,
    store::{
        Tx,
        offline::{self, Ends, NewSecret, SecretKind},
    },
};

/// Rows of one statement.
pub(super) const MANY: usize = 500;

/// By which state documents workstations know of it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known<'a> {
    /// The tenant's part of all of them.
    Tenants(StateVersion),
    /// Their own parts, which are these now.
    Own(&'a BTreeMap<WorkstationId, u64>),
}

impl Known<'_> {
    fn tenants(self) -> Option<StateVersion> {
        match self {
            Self::Tenants(since) => Some(since),
            Self::Own(_) => None,
        }
    }

    fn at(self, workstation: WorkstationId) -> StateVersion {
        match self {
            Self::Tenants(since) => since,
            Self::Own(own) => {
                StateVersion { tenant: 0, own: own.get(&workstation).copied().unwrap_or(0) }
            }
        }
    }
}

/// How secrets are replaced together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Together<'a> {
    /// Why.
    pub(super) reason: &'a str,
    /// Until when they work beside their successors, in a routine rotation.
    pub(super) accepted_until: Option<Instant>,
    /// By which state documents.
    pub(super) known: Known<'a>,
    /// True if successors are made.
    pub(super) anew: bool,
}

/// Replaces workstations' own secrets that stand, and cuts those short that work beside their successors.
pub(super) async fn replace_own(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    these: &[Ending],
    how: Together<'_>,
) -> Result<Vec<Event>, Failure> {
    let mut events = Vec::with_capacity(these.len() * 2);
    for some in these.chunks(MANY) {
        replace_some(tx, step, keys, some, how, &mut events).await?;
    }
    Ok(events)
}

async fn replace_some(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    these: &[Ending],
    how: Together<'_>,
    events: &mut Vec<Event>,
) -> Result<(), Failure> {
    let by_id: BTreeMap<SecretId, &Ending> = these.iter().map(|one| (one.secret, one)).collect();
    let ids: Vec<SecretId> = by_id.keys().copied().collect();
    let (since, now) = (how.known.tenants(), step.now());
    let standing = Ends::Standing(how.accepted_until);
    let ended = offline::end_own(tx, &ids, standing, since, now).await?;
    let gone: HashSet<SecretId> = ended.iter().map(|(secret, _)| *secret).collect();
    let mut successors = Vec::with_capacity(ended.len());
    for (one, version) in found(&by_id, ended) {
        events.push(one.replaced(step, version, how.reason));
        successors.extend(one.workstation.map(|workstation| (one.tenant, workstation)));
    }
    // Only now: one that a rotation has replaced in this instant is among them.
    let rest: Vec<SecretId> = ids.into_iter().filter(|secret| !gone.contains(secret)).collect();
    let cut = offline::end_own(tx, &rest, Ends::Accepted, since, now).await?;
    events
        .extend(found(&by_id, cut).map(|(one, version)| one.cut_short(step, version, how.reason)));
    if how.anew {
        events.extend(succeed(tx, step, keys, &successors, how.known).await?);
    }
    Ok(())
}

fn found<'a>(
    by_id: &BTreeMap<SecretId, &'a Ending>,
    ended: Vec<(SecretId, i64)>,
) -> impl Iterator<Item = (&'a Ending, i64)> {
    ended.into_iter().filter_map(|(secret, version)| Some((*by_id.get(&secret)?, version)))
}

/// Makes the next secret of each of these workstations.
async fn succeed(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    successors: &[(TenantId, WorkstationId)],
    known: Known<'_>,
) -> Result<Vec<Event>, Failure> {
    let workstations: Vec<_> = successors.iter().map(|(_, workstation)| *workstation).collect();
    let newest = offline::newest_numbers(tx, &workstations).await?;
    let newest: BTreeMap<WorkstationId, i32> = newest.into_iter().collect();
    let mut made = Vec::with_capacity(successors.len());
    for (tenant, workstation) in successors.iter().copied() {
        let since = known.at(workstation);
        let number = newest.get(&workstation).and_then(|number| u32::try_from(*number).ok());
        let (id, number) = (step.id(), number.unwrap_or(0).max(given_before(since)) + 1);
        made.push(NewSecret {
            id,
            tenant,
            workstation: Some(workstation),
            kind: SecretKind::Named,
            number,
            sealed: sealing::fresh(keys, step.random(), id, number),
            since,
            now: step.now(),
        });
    }
    offline::insert_many(tx, &made).await?;
    Ok(made.iter().map(|new| made_event(step, new)).collect())
}
