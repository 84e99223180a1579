//! A workstation gets other keys: its old key, an admin, or a token made for this one workstation consents.

use std::sync::Arc;

use countersign_protocol::{ProblemCode, ReplacementId, wire::Status};

use crate::{
    domain::{Entity, Event, Fact, Failure, Refusal, workstation::after_replacement},
    flows::{Context, EndedLogins, Moment, WorkstationCaller, end_logins, wake_revoked},
    store::{
        StoreError, Tx,
        logins::Whose,
        replacements::{self, State},
        revocations,
        workstations::{self, Known, Machine},
    },
    wake::Wake,
};

/// Who consents to new keys.
#[derive(Clone, Copy, Debug)]
pub enum Consent {
    /// The key that is replaced.
    OldKey,
    /// An admin.
    Admin,
    /// A token made for this one workstation.
    Token,
}

impl Consent {
    fn as_str(self) -> &'static str {
        match self {
            Self::OldKey => "old_key",
            Self::Admin => "admin",
            Self::Token => "token",
        }
    }
}

/// The old key consents to the pending replacement of its own workstation. Its token ends with that.
///
/// # Errors
/// `not_found` for a replacement that is not pending or another's; `conflict` for a workstation that is not
/// active.
pub async fn consent(
    ctx: &Context,
    caller: WorkstationCaller,
    replacement: ReplacementId,
) -> Result<(), Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let (tenant, workstation) = (caller.tenant, caller.workstation);
                let known = workstations::in_service(&mut tx, tenant, workstation).await?;
                let known = known.ok_or_else(Refusal::not_found)?;
                if known.status != Status::Active {
                    let state = known.status.as_str();
                    return Err(Refusal::in_state(ProblemCode::Conflict, state).into());
                }
                let made =
                    make_replacement(&mut tx, &step, &known, replacement, Consent::OldKey).await?;
                made.commit(tx, &*wake, vec![]).await
            })
        })
        .await
}

/// A replacement that was made and is to be committed.
pub struct Made {
    event: Event,
    ended: EndedLogins,
    known: Known,
}

impl Made {
    /// Commits it, and tells whoever waits.
    pub async fn commit(
        self,
        tx: Tx,
        wake: &dyn Wake,
        mut more: Vec<Event>,
    ) -> Result<(), Failure> {
        more.extend(self.ended.events);
        tx.commit(self.event, more).await?;
        wake.wake(&self.ended.topics);
        wake_revoked(wake, &[self.known.id.into()]);
        Ok(())
    }
}

/// Makes a pending replacement of a workstation, for the reason of `consent`.
pub async fn make_replacement(
    tx: &mut Tx,
    step: &Moment,
    known: &Known,
    replacement: ReplacementId,
    consent: Consent,
) -> Result<Made, Failure> {
    let taken = replacements::take(tx, known.id, replacement).await?;
    let machine = taken.ok_or_else(Refusal::not_found)?;
    replace(tx, step, known, (replacement, machine), consent).await
}

/// Makes a replacement at once, without waiting for any consent but the token's.
pub(super) async fn replace_at_once(
    tx: &mut Tx,
    step: &Moment,
    known: &Known,
    machine: Machine,
) -> Result<Made, Failure> {
    replacements::end_pending(tx, known.id, State::Superseded).await?;
    replace(tx, step, known, (step.id(), machine), Consent::Token).await
}

/// The logins that rest on the old key end: the phones showed its thumbprint.
async fn replace(
    tx: &mut Tx,
    step: &Moment,
    known: &Known,
    (replacement, machine): (ReplacementId, Machine),
    consent: Consent,
) -> Result<Made, Failure> {
    let to = after_replacement(known.status)?;
    let replaced = workstations::replace_keys(tx, known.id, &machine, (known.status, to)).await;
    let version = replaced.map_err(taken)?.ok_or(ProblemCode::Conflict)?;
    let sentence = format!("the keys of {} were replaced", machine.facts.host_name);
    let ended = end_logins(tx, step, Whose::Workstation(known.id), &sentence).await?;
    revocations::revoke(tx, known.id, step.now()).await?;
    let fact = Fact::ReplacementMade {
        replacement,
        facts: machine.facts,
        signing_key: machine.signing_key,
        encryption_key: machine.encryption_key,
        consent: consent.as_str().to_owned(),
    };
    let entity = Entity::Workstation(known.id);
    let event = step.event_at(known.tenant, entity, version, sentence, fact);
    Ok(Made { event, ended, known: known.clone() })
}

/// The refusal where a key or a hardware id belongs to another workstation.
pub(super) fn taken(error: StoreError) -> Failure {
    if error.is_duplicate_of("jkt") {
        let what = "the key belongs to another workstation: make a new one";
        return Refusal::because(ProblemCode::AlreadyExists, what).into();
    }
    if error.is_duplicate_of("hardware_id") {
        let what = "the hardware id belongs to another workstation of the tenant";
        return Refusal::because(ProblemCode::AlreadyExists, what).into();
    }
    error.into()
}
