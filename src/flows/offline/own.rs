//! Replacing many workstations' own secrets, by a few statements however many they are.

use std::collections::BTreeMap;

use countersign_protocol::{SecretId, WorkstationId, wire::state::StateVersion};

use super::{
    sealing,
    secrets::{Ending, called, given_before, made_event},
};
use crate::{
    auth::KeyRing,
    domain::{Event, Failure},
    flows::Moment,
    store::{
        Tx,
        offline::{self, Ends, Exposed, NewSecret, SecretKind},
    },
};

fn ending(one: &Exposed) -> Ending {
    let called = called(one.kind, one.number.try_into().unwrap_or(0));
    Ending { secret: one.secret, tenant: one.tenant, workstation: one.workstation, called }
}

/// Replaces workstations' own secrets, and cuts those short that work beside their successors. `own` are the versions by
/// which the workstations' documents know of it.
pub(super) async fn replace_own(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    these: &[&Exposed],
    (reason, own): (&str, &BTreeMap<WorkstationId, u64>),
) -> Result<Vec<Event>, Failure> {
    let ids: Vec<SecretId> = these.iter().map(|one| one.secret).collect();
    let by_id = |secret: SecretId| these.iter().find(|one| one.secret == secret);
    let mut events = Vec::with_capacity(these.len() * 2);
    for (secret, version) in offline::end_own(tx, &ids, Ends::Accepted, step.now()).await? {
        events.extend(by_id(secret).map(|one| ending(one).cut_short(step, version, reason)));
    }
    let mut successors = Vec::new();
    for (secret, version) in offline::end_own(tx, &ids, Ends::Standing, step.now()).await? {
        let Some((one, workstation)) = by_id(secret).and_then(|one| Some((one, one.workstation?)))
        else {
            continue;
        };
        events.push(ending(one).replaced(step, version, reason));
        successors.push((one.tenant, workstation));
    }
    let workstations: Vec<_> = successors.iter().map(|(_, workstation)| *workstation).collect();
    let newest = offline::newest_numbers(tx, &workstations).await?;
    let newest: BTreeMap<WorkstationId, i32> = newest.into_iter().collect();
    let mut made = Vec::with_capacity(successors.len());
    for (tenant, workstation) in successors {
        let since = StateVersion { tenant: 0, own: own.get(&workstation).copied().unwrap_or(0) };
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
        events.extend(made.last().map(|new| made_event(step, new)));
    }
    offline::insert_many(tx, &made).await?;
    Ok(events)
}
