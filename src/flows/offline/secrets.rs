//! Making and replacing secrets, within the transaction of what calls for it.

use countersign_protocol::{Instant, SecretId, TenantId, WorkstationId, wire::state::StateVersion};

use super::{
    own::{Known, Together, replace_own},
    sealing,
};
use crate::{
    auth::KeyRing,
    domain::{Entity, Event, Fact, Failure},
    flows::Moment,
    store::{
        Tx,
        offline::{self, Exposed, NewSecret, SecretKind, SecretRow, Which},
        states,
    },
};

/// What a secret opens, and the first state document that knows it.
#[derive(Clone, Copy, Debug)]
pub struct Opens {
    /// The kind.
    pub kind: SecretKind,
    /// The tenant.
    pub tenant: TenantId,
    /// The one workstation, of a named one.
    pub workstation: Option<WorkstationId>,
    /// The first state document that knows it.
    pub since: StateVersion,
}

/// Makes the secret, unless one of its kind stands.
pub(in crate::flows) async fn ensure(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    opens: Opens,
) -> Result<Vec<Event>, Failure> {
    let history = history(tx, opens).await?;
    if history.iter().any(|row| row.replaced_at.is_none()) {
        return Ok(Vec::new());
    }
    Ok(vec![make(tx, step, keys, opens, next(&history, opens.since)).await?])
}

async fn history(tx: &mut Tx, opens: Opens) -> Result<Vec<SecretRow>, Failure> {
    let workstation = opens.workstation.unwrap_or(WorkstationId(uuid::Uuid::nil()));
    let rows = offline::secret_history(tx, opens.tenant, workstation, opens.kind).await?;
    Ok(rows.into_iter().filter(|row| row.workstation == opens.workstation).collect())
}

fn next(history: &[SecretRow], since: StateVersion) -> u32 {
    let newest = history.iter().map(SecretRow::number).max();
    newest.unwrap_or(0).max(given_before(since)) + 1
}

/// The numbers that may have been given before, in time that a restored backup took back: a thousand for each leap of the
/// state versions. Phones and workstations still hold what was called so.
pub(super) fn given_before(since: StateVersion) -> u32 {
    let leaps = since.tenant.max(since.own) >> states::LEAP_BITS;
    u32::try_from(leaps).unwrap_or(u32::MAX).saturating_mul(1000)
}

async fn make(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    opens: Opens,
    number: u32,
) -> Result<Event, Failure> {
    let id: SecretId = step.id();
    let Opens { kind, tenant, workstation, since } = opens;
    let sealed = sealing::fresh(keys, step.random(), id, number);
    let new = NewSecret { id, tenant, workstation, kind, number, sealed, since, now: step.now() };
    let event = made_event(step, &new);
    offline::insert_many(tx, &[new]).await?;
    Ok(event)
}

/// That a secret was made.
pub(super) fn made_event(step: &Moment, new: &NewSecret) -> Event {
    let secret_version = called(new.kind, new.number);
    let what = if new.workstation.is_some() { "a workstation's" } else { "a tenant's" };
    let sentence = format!("{what} offline secret {secret_version} was made");
    let fact = Fact::OfflineSecretMade { secret_version };
    let entity = Entity::OfflineSecret(new.id);
    step.event_at(new.tenant, entity, 1, sentence, fact).on(new.workstation)
}

/// A secret that ends, as its event tells of it.
pub(super) struct Ending {
    pub(super) secret: SecretId,
    pub(super) tenant: TenantId,
    pub(super) workstation: Option<WorkstationId>,
    pub(super) called: String,
}

impl From<&SecretRow> for Ending {
    fn from(row: &SecretRow) -> Self {
        let (tenant, workstation) = (row.tenant, row.workstation);
        Self { secret: row.id, tenant, workstation, called: row.called() }
    }
}

impl From<&Exposed> for Ending {
    fn from(one: &Exposed) -> Self {
        let called = called(one.kind, one.number.try_into().unwrap_or(0));
        Self { secret: one.secret, tenant: one.tenant, workstation: one.workstation, called }
    }
}

impl Ending {
    /// That it was replaced.
    pub(super) fn replaced(&self, step: &Moment, version: i64, reason: &str) -> Event {
        let sentence = format!("offline secret {} was replaced: {reason}", self.called);
        self.event(step, version, sentence, reason)
    }

    /// That it was replaced before, and works no longer beside its successor.
    pub(super) fn cut_short(&self, step: &Moment, version: i64, reason: &str) -> Event {
        let sentence = format!("offline secret {} works no longer: {reason}", self.called);
        self.event(step, version, sentence, reason)
    }

    fn event(&self, step: &Moment, version: i64, sentence: String, reason: &str) -> Event {
        let entity = Entity::OfflineSecret(self.secret);
        let (secret_version, reason) = (self.called.clone(), reason.to_owned());
        let fact = Fact::OfflineSecretReplaced { secret_version, reason };
        step.event_at(self.tenant, entity, version, sentence, fact).on(self.workstation)
    }
}

pub(super) fn called(kind: SecretKind, number: u32) -> String {
    match kind {
        SecretKind::Named => format!("n{number}"),
        SecretKind::Shared => format!("s{number}"),
        SecretKind::Root => format!("root {number}"),
    }
}

/// How a secret is replaced.
#[derive(Clone, Copy, Debug)]
pub struct Replacing<'a> {
    /// Why.
    pub reason: &'a str,
    /// Until when it works beside its successor, in a routine rotation; otherwise until the workstation applies the
    /// change.
    pub accepted_until: Option<Instant>,
    /// The first state document that knows the successor.
    pub since: StateVersion,
    /// True if a successor is made.
    pub anew: bool,
}

/// Replaces a tenant's secret that stands; one that was replaced in a routine rotation, perhaps in this instant, works no
/// longer beside its successor.
pub(super) async fn replace(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    row: &SecretRow,
    how: Replacing<'_>,
) -> Result<Vec<Event>, Failure> {
    let until = how.accepted_until;
    let ended = offline::replace(tx, row.id, until, how.since, step.now()).await?;
    let Some(version) = ended else {
        return Ok(cut_short(tx, step, row, how.reason, how.since).await?.into_iter().collect());
    };
    let mut events = vec![Ending::from(row).replaced(step, version, how.reason)];
    if how.anew {
        let opens = Opens {
            kind: row.kind,
            tenant: row.tenant,
            workstation: row.workstation,
            since: how.since,
        };
        let number = next(&history(tx, opens).await?, how.since);
        events.push(make(tx, step, keys, opens, number).await?);
    }
    Ok(events)
}

/// Ends the time in which a secret that was replaced works beside its successor.
pub(in crate::flows) async fn cut_short(
    tx: &mut Tx,
    step: &Moment,
    row: &SecretRow,
    reason: &str,
    since: StateVersion,
) -> Result<Option<Event>, Failure> {
    let ended = offline::end_acceptance(tx, row.id, since, step.now()).await?;
    Ok(ended.map(|version| Ending::from(row).cut_short(step, version, reason)))
}

/// Replaces secrets of a tenant: workstations' own together, a tenant's one by one. Those that work beside their successors
/// do no longer: a workstation knows one old secret.
pub(super) async fn replace_rows(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    rows: &[SecretRow],
    how: Replacing<'_>,
) -> Result<Vec<Event>, Failure> {
    let (own, tenants): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.workstation.is_some());
    let own: Vec<Ending> = own.into_iter().map(Ending::from).collect();
    let Replacing { reason, accepted_until, since, anew } = how;
    let together = Together { reason, accepted_until, known: Known::Tenants(since), anew };
    let mut events = replace_own(tx, step, keys, &own, together).await?;
    for row in tenants {
        events.extend(replace(tx, step, keys, row, how).await?);
    }
    Ok(events)
}

/// Ends all secrets of a tenant: another mode follows, or codes are made another way and they have successors (`anew`).
pub(in crate::flows) async fn replace_all(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    tenant: TenantId,
    (since, anew): (StateVersion, bool),
) -> Result<Vec<Event>, Failure> {
    let reason = "the tenant's settings changed";
    let how = Replacing { reason, accepted_until: None, since, anew };
    let rows = offline::standing(tx, tenant, Which::All, step.now()).await?;
    replace_rows(tx, step, keys, &rows, how).await
}
