//! A machine becomes a tenant's workstation, or asks to take over one whose hardware it claims to be.

use std::sync::Arc;

use countersign_protocol::{
    EnrolmentTokenId, MspId, ProblemCode, ReplacementId, TenantId, WorkstationId,
    wire::{
        Status,
        desktop::{Enrol, Enrolment, EnrolmentState},
    },
};

use super::replacement::{replace_at_once, taken};
use crate::{
    auth::{EnrolmentSecret, signing_keys::Purpose},
    domain::{Actor, Entity, Event, Fact, Failure, Refusal, facts},
    flows::{Context, Moment},
    store::{
        Scope, StoreError, Tx,
        enrolling::{self, ShownToken, UsedToken},
        replacements::{self, NewReplacement, State},
        workstations::{self, FIRST_COUNTER, Known, Machine, NewWorkstation},
    },
    wake::Wake,
};

/// What became of an enrolment, and whether this request made it.
#[derive(Clone, Debug)]
pub struct Answered {
    /// What is told.
    pub enrolment: Enrolment,
    /// False if the same request was made before.
    pub anew: bool,
}

/// Where an enrolment stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    tenant: TenantId,
    workstation: WorkstationId,
    state: EnrolmentState,
    replacement: Option<ReplacementId>,
}

/// Enrols a machine. The same token with the same key tells again where its enrolment stands, also after
/// the token has ended, and uses nothing up.
///
/// A hardware id is a claim: one that the tenant knows makes a pending replacement, and the old key works
/// until someone consents.
///
/// # Errors
/// `invalid_request`, naming the field; `invalid_enrolment_token` for every token that can't be used, of
/// whatever reason; `already_exists` for a key that another workstation has; `conflict` with the state of
/// an enrolment that came to nothing; `workstation_quarantined`; unavailable while no record of a new one can be
/// promised.
pub async fn enrol(ctx: &Context, jkt: &str, request: Enrol) -> Result<Answered, Failure> {
    let secret: EnrolmentSecret = request.token.parse().map_err(|_| invalid_token())?;
    let machine = machine(&secret, jkt, request)?;
    let shown = ShownToken { id: secret.id(), hash: secret.hash() };
    let msp = secret.msp();
    // A second time if somebody of the same key or hardware was faster.
    for _ in 0..2 {
        if let Some(place) = already(ctx, msp, shown, jkt).await? {
            return Ok(Answered { enrolment: told(ctx, msp, place), anew: false });
        }
        ctx.backlog.promise(msp)?;
        match anew(ctx, msp, shown, machine.clone()).await? {
            Some(place) => return Ok(Answered { enrolment: told(ctx, msp, place), anew: true }),
            None => continue,
        }
    }
    Err(ProblemCode::AlreadyExists.into())
}

fn invalid_token() -> Failure {
    ProblemCode::InvalidEnrolmentToken.into()
}

fn machine(secret: &EnrolmentSecret, jkt: &str, request: Enrol) -> Result<Machine, Refusal> {
    let invalid = |what| Err(Refusal::because(ProblemCode::InvalidRequest, what));
    if request.signing_key.thumbprint() != jkt {
        return invalid("signing_key: the DPoP proof must be signed with it");
    }
    if request.encryption_key == request.signing_key {
        return invalid("encryption_key: must be another key than signing_key");
    }
    Ok(Machine {
        facts: facts::workstation(&request.facts)?,
        signing_key: request.signing_key,
        encryption_key: request.encryption_key,
        token: secret.id(),
    })
}

fn told(ctx: &Context, msp: MspId, place: Place) -> Enrolment {
    let now = ctx.now();
    let keys = ctx.signing.in_force(Purpose::Installation, now);
    Enrolment {
        workstation_id: place.workstation,
        msp_id: msp,
        tenant_id: place.tenant,
        state: place.state,
        replacement_id: place.replacement,
        // Always the first: a copy of the image that asks again must not learn the present one.
        counter: FIRST_COUNTER.unsigned_abs(),
        installation_keys: keys.iter().map(|key| key.public.clone()).collect(),
        issuer: ctx.public_url(),
        server_time: now,
    }
}

/// Where the enrolment of this key with this token stands.
async fn already(
    ctx: &Context,
    msp: MspId,
    shown: ShownToken,
    jkt: &str,
) -> Result<Option<Place>, Failure> {
    let mut conn = ctx.store.within(Scope::msp(msp)).await?;
    if !enrolling::knows_token(&mut conn, shown).await? {
        return Err(invalid_token());
    }
    if let Some(known) = workstations::by_key(&mut conn, jkt).await? {
        return enrolled(&known, shown.id).map(Some);
    }
    let Some(requested) = replacements::requested(&mut conn, shown.id, jkt).await? else {
        return Ok(None);
    };
    if requested.state != State::Pending {
        let state = requested.state.as_str();
        return Err(Refusal::in_state(ProblemCode::Conflict, state).into());
    }
    Ok(Some(Place {
        tenant: requested.tenant,
        workstation: requested.workstation,
        state: EnrolmentState::AwaitsReplacement,
        replacement: Some(requested.id),
    }))
}

fn enrolled(known: &Known, token: EnrolmentTokenId) -> Result<Place, Failure> {
    if known.token != token {
        let what = "the key belongs to a workstation that was enrolled with another token";
        return Err(Refusal::because(ProblemCode::AlreadyExists, what).into());
    }
    let state = match known.status {
        Status::Active => EnrolmentState::Active,
        Status::Pending => EnrolmentState::AwaitsConfirmation,
        Status::Quarantined => return Err(ProblemCode::Quarantined.into()),
        Status::Suspended | Status::Retired => {
            return Err(Refusal::in_state(ProblemCode::Conflict, known.status.as_str()).into());
        }
    };
    Ok(Place { tenant: known.tenant, workstation: known.id, state, replacement: None })
}

/// Uses the token. `None` if somebody of the same key or hardware was faster: look again.
async fn anew(
    ctx: &Context,
    msp: MspId,
    shown: ShownToken,
    machine: Machine,
) -> Result<Option<Place>, Failure> {
    let scope = Scope::msp(msp);
    let step = ctx.moment(scope, Actor::Key { jkt: machine.jkt() });
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(scope, move |mut tx| {
            Box::pin(async move {
                let used = enrolling::use_token(&mut tx, shown, step.now()).await?;
                let used = used.ok_or_else(invalid_token)?;
                let known = known(&mut tx, used, &machine).await?;
                let used_event = used_event(&step, shown.id, used, &machine);
                match known {
                    None => insert(tx, &step, used, machine, used_event).await,
                    Some(known) if known.jkt == machine.jkt() => Ok(None),
                    Some(known) if used.workstation == Some(known.id) => {
                        let made = replace_at_once(&mut tx, &step, &known, machine).await?;
                        made.commit(tx, &*wake, vec![used_event]).await?;
                        let Known { tenant, id: workstation, status, .. } = known;
                        let state = match status {
                            Status::Pending => EnrolmentState::AwaitsConfirmation,
                            _ => EnrolmentState::Active,
                        };
                        Ok(Some(Place { tenant, workstation, state, replacement: None }))
                    }
                    Some(known) => {
                        let place = request(tx, &step, &known, machine, used_event, &*wake).await?;
                        Ok(Some(place))
                    }
                }
            })
        })
        .await
}

/// The workstation that these keys would take over.
async fn known(tx: &mut Tx, used: UsedToken, machine: &Machine) -> Result<Option<Known>, Failure> {
    let Some(workstation) = used.workstation else {
        let hardware_id = &machine.facts.hardware_id;
        return Ok(workstations::by_hardware(tx, used.tenant, hardware_id).await?);
    };
    // Made for one workstation, and that one is retired: the token is good for nothing any more.
    let known = workstations::in_service(tx, used.tenant, workstation).await?;
    Ok(Some(known.ok_or_else(invalid_token)?))
}

fn used_event(step: &Moment, token: EnrolmentTokenId, used: UsedToken, machine: &Machine) -> Event {
    let sentence = format!("an enrolment token was used by {}", machine.facts.host_name);
    let fact = Fact::EnrolmentTokenUsed { uses_left: used.uses_left };
    let entity = Entity::EnrolmentToken(token);
    step.event_at(used.tenant, entity, used.version, sentence, fact)
}

async fn insert(
    mut tx: Tx,
    step: &Moment,
    used: UsedToken,
    machine: Machine,
    used_event: Event,
) -> Result<Option<Place>, Failure> {
    let workstation: WorkstationId = step.id();
    let tenant = used.tenant;
    let (status, state) = match used.auto_confirm {
        true => (Status::Active, EnrolmentState::Active),
        false => (Status::Pending, EnrolmentState::AwaitsConfirmation),
    };
    let new =
        NewWorkstation { id: workstation, tenant, machine: &machine, status, now: step.now() };
    let version = match workstations::insert(&mut tx, &new).await {
        Ok(version) => version,
        Err(StoreError::Duplicate(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let sentence = match used.auto_confirm {
        true => format!("{} was enrolled", machine.facts.host_name),
        false => format!("{} was enrolled and waits for confirmation", machine.facts.host_name),
    };
    let fact = Fact::WorkstationEnrolled {
        facts: machine.facts,
        signing_key: machine.signing_key,
        encryption_key: machine.encryption_key,
        enrolment_token: machine.token,
        confirmed: used.auto_confirm,
    };
    let entity = Entity::Workstation(workstation);
    let event = step.event_at(tenant, entity, version, sentence, fact);
    tx.commit(event, vec![used_event]).await?;
    Ok(Some(Place { tenant, workstation, state, replacement: None }))
}

/// Asks for a replacement; it takes the place of one that was asked for before.
async fn request(
    mut tx: Tx,
    step: &Moment,
    known: &Known,
    machine: Machine,
    used_event: Event,
    wake: &dyn Wake,
) -> Result<Place, Failure> {
    let replacement: ReplacementId = step.id();
    let (tenant, workstation) = (known.tenant, known.id);
    let raised = workstations::raise_version(&mut tx, workstation).await?;
    let version = raised.ok_or(ProblemCode::Conflict)?;
    replacements::end_pending(&mut tx, workstation, State::Superseded).await?;
    let new =
        NewReplacement { id: replacement, tenant, workstation, machine: &machine, now: step.now() };
    replacements::insert(&mut tx, &new).await.map_err(taken)?;
    let sentence = format!("other keys asked to take over {}", known.host_name);
    let jkt = machine.jkt();
    let fact = Fact::ReplacementRequested { replacement, facts: machine.facts, jkt };
    let entity = Entity::Workstation(workstation);
    let event = step.event_at(tenant, entity, version, sentence, fact);
    tx.commit(event, vec![used_event]).await?;
    wake.wake(&[workstation.into()]);
    let state = EnrolmentState::AwaitsReplacement;
    Ok(Place { tenant, workstation, state, replacement: Some(replacement) })
}
