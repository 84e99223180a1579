//! What becomes of accounts and secrets when a technician is suspended, removed, or loses a tenant.

use std::collections::{BTreeMap, BTreeSet};

use countersign_protocol::{TechnicianId, TenantId, WorkstationId, wire::state::StateVersion};
use uuid::Uuid;

use super::{
    own::{Known, MANY, Together, replace_own},
    secrets::{Ending, Replacing, replace},
};
use crate::{
    auth::KeyRing,
    domain::{Event, Failure},
    flows::{Moment, states::topic},
    store::{
        Tx, absences,
        offline::{self, SecretKind, exposed_of},
        states::{self, NewChange},
    },
};

/// What is still to be done about a leaver: events for the commit, topics to be woken after it.
#[derive(Debug, Default)]
pub struct Left {
    /// One for each secret that was replaced, and made.
    pub events: Vec<Event>,
    /// The workstations and tenants whose state documents changed.
    pub topics: Vec<Uuid>,
}

/// Why secrets are replaced.
#[derive(Clone, Copy, Debug)]
pub struct Leaver<'a> {
    /// The technician.
    pub technician: TechnicianId,
    /// At one tenant, or everywhere.
    pub tenant: Option<TenantId>,
    /// True if they are gone; false if only a phone of theirs is, and their accounts stay.
    pub leaves: bool,
    /// The sentence of it: `nik@example.com was suspended`.
    pub because: &'a str,
}

/// Orders the leaver's accounts off the workstations, and replaces every secret that their phones ever received, exactly
/// those. Of a tenant's derived ones, their rows go.
///
/// # Errors
/// If the database does not answer, or a secret can't be made.
pub async fn leave(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    leaver: Leaver<'_>,
) -> Result<Left, Failure> {
    let Leaver { technician, tenant, leaves, because } = leaver;
    let mut leaving = Changing { because, left: Left::default(), tenants: BTreeMap::new() };
    let mut ordered = Vec::new();
    if leaves {
        absences::begin(tx, technician, tenant, step.now()).await?;
        ordered = states::leave(tx, technician, tenant, step.now()).await?;
    }
    for (derived, _) in offline::derived_tenants_of(tx, technician).await? {
        if tenant.is_none_or(|tenant| tenant == derived) {
            leaving.raised(tx, step, derived).await?;
        }
    }
    let exposed = exposed_of(tx, technician, tenant, i64::MAX).await?;
    let exposed: Vec<_> = exposed.iter().filter(|exposed| exposed.stands(step.now())).collect();
    let mut here: BTreeSet<WorkstationId> = ordered.into_iter().collect();
    here.extend(exposed.iter().filter_map(|exposed| exposed.workstation));
    let here: Vec<WorkstationId> = here.into_iter().collect();
    let (mut own, mut changes) = (BTreeMap::new(), Vec::new());
    for (workstation, tenant, version) in states::raise_owns(tx, &here).await? {
        own.insert(workstation, version);
        let since = StateVersion { tenant: 0, own: version };
        changes.push(leaving.change(step, tenant, Some(workstation), since));
        leaving.left.topics.push(topic(workstation.0));
    }
    for changes in changes.chunks(MANY) {
        states::note(tx, changes).await?;
    }
    let (owned, shared): (Vec<_>, Vec<_>) =
        exposed.into_iter().partition(|exposure| exposure.workstation.is_some());
    let owned: Vec<Ending> = owned.into_iter().map(Ending::from).collect();
    let known = Known::Own(&own);
    let how = Together { reason: because, accepted_until: None, known, anew: true };
    leaving.left.events.extend(replace_own(tx, step, keys, &owned, how).await?);
    for exposure in shared {
        let since = leaving.raised(tx, step, exposure.tenant).await?;
        if exposure.kind == SecretKind::Root {
            // Their rows go from the documents; nobody else's change.
            offline::end_handovers(tx, exposure.secret, technician, since).await?;
        } else {
            leaving.replace(tx, step, keys, exposure.secret, since).await?;
        }
    }
    Ok(leaving.left)
}

/// What a technician who is back, at one tenant or everywhere, can open again with what their phones hold (derived mode):
/// their rows return where they work; the topics to be woken after the commit.
///
/// # Errors
/// If the database does not answer.
pub async fn come_back(
    tx: &mut Tx,
    step: &Moment,
    technician: TechnicianId,
    tenant: Option<TenantId>,
    because: &str,
) -> Result<Vec<Uuid>, Failure> {
    let was_away = absences::end(tx, technician, tenant, step.now()).await?;
    if tenant.is_none() && !was_away {
        return Ok(Vec::new());
    }
    let derived = offline::derived_tenants_of(tx, technician).await?.into_iter();
    let works = derived.filter_map(|(derived, works)| works.then_some(derived));
    let tenants: Vec<_> =
        works.filter(|derived| tenant.is_none_or(|tenant| tenant == *derived)).collect();
    offline::reopen_handovers(tx, technician, &tenants).await?;
    let mut back = Changing { because, left: Left::default(), tenants: BTreeMap::new() };
    for tenant in tenants {
        back.raised(tx, step, tenant).await?;
    }
    Ok(back.left.topics)
}

struct Changing<'a> {
    because: &'a str,
    left: Left,
    /// The tenants whose part of the version was raised, and what it is.
    tenants: BTreeMap<TenantId, u64>,
}

impl<'a> Changing<'a> {
    /// The first document of the tenant's workstations that knows the change.
    async fn raised(
        &mut self,
        tx: &mut Tx,
        step: &Moment,
        tenant: TenantId,
    ) -> Result<StateVersion, Failure> {
        if let Some(version) = self.tenants.get(&tenant) {
            return Ok(StateVersion { tenant: *version, own: 0 });
        }
        let version = states::raise_tenant(tx, tenant).await?;
        self.tenants.insert(tenant, version);
        self.left.topics.push(topic(tenant.0));
        let since = StateVersion { tenant: version, own: 0 };
        states::note(tx, &[self.change(step, tenant, None, since)]).await?;
        Ok(since)
    }

    async fn replace(
        &mut self,
        tx: &mut Tx,
        step: &Moment,
        keys: &KeyRing,
        secret: countersign_protocol::SecretId,
        since: StateVersion,
    ) -> Result<(), Failure> {
        let Some(row) = offline::one(tx, secret).await? else { return Ok(()) };
        let how = Replacing { reason: self.because, accepted_until: None, since, anew: true };
        self.left.events.extend(replace(tx, step, keys, &row, how).await?);
        Ok(())
    }

    /// What changed, to be written down, so that its progress can be seen.
    fn change(
        &self,
        step: &Moment,
        tenant: TenantId,
        workstation: Option<WorkstationId>,
        since: StateVersion,
    ) -> NewChange<'a> {
        NewChange { id: step.id(), tenant, workstation, what: self.because, since, now: step.now() }
    }
}
