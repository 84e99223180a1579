//! A workstation's access token, for an assertion whose counter is the next.

use std::{sync::Arc, time::Duration};

use countersign_protocol::{
    MspId, ProblemCode, WorkstationId,
    encoding::sha256,
    wire::{
        Status,
        desktop::{Authenticate, WorkstationToken},
    },
};

use super::device_tokens::issued_after;
use crate::{
    auth::{
        Assertion, Subject,
        workstation_assertion::{peek_subject, verify},
    },
    domain::{
        Actor, Entity, Fact, Failure,
        counter::{Judged, Remembered},
    },
    flows::{Context, Moment, end_logins, wake_revoked},
    store::{
        Scope,
        logins::Whose,
        revocations,
        workstations::{self, Asserting, Step},
    },
};

/// The clocks of nodes and workstations agree to within this.
const SKEW: Duration = Duration::from_secs(10);

/// An access token and the counter for the next assertion. A stale counter shows that there is another
/// image of the machine: the workstation is quarantined.
///
/// # Errors
/// `invalid_assertion` for every assertion that is not in order, of whatever reason;
/// `workstation_not_confirmed`; `workstation_quarantined`.
pub async fn authenticate(
    ctx: &Context,
    jkt: &str,
    request: &Authenticate,
) -> Result<WorkstationToken, Failure> {
    let (msp, workstation) = peek_subject(&request.assertion).ok_or_else(invalid_assertion)?;
    let mut seen = asserting(ctx, msp, workstation).await?;
    let assertion = verified(ctx, jkt, workstation, &seen, &request.assertion)?;
    if !is_first_use(ctx, workstation, &assertion).await? {
        return Err(invalid_assertion());
    }
    let rotation = sha256(&[b"countersign/assertion-retry/v1", &assertion.retry]);
    // Whoever loses a race is judged again, by what the winner left.
    for _ in 0..3 {
        match seen.status {
            Status::Active => {}
            Status::Pending => return Err(ProblemCode::NotConfirmed.into()),
            Status::Quarantined => return Err(ProblemCode::Quarantined.into()),
            Status::Suspended | Status::Retired => return Err(invalid_assertion()),
        }
        let scope = Scope::tenant(msp, seen.tenant);
        let remembered = Remembered { counter: seen.counter, rotation: seen.rotation.as_deref() };
        match remembered.judge(assertion.counter, &rotation) {
            Judged::Repeated(counter) => return given(ctx, scope, workstation, &seen, counter),
            Judged::Next(to) => {
                let step = Step { from: seen.counter, to, rotation, now: ctx.now() };
                if count(ctx, scope, workstation, &seen, step).await? {
                    return given(ctx, scope, workstation, &seen, to);
                }
            }
            Judged::Stale => {
                if quarantine(ctx, scope, workstation, &seen, assertion.counter).await? {
                    return Err(ProblemCode::Quarantined.into());
                }
            }
        }
        let again = asserting(ctx, msp, workstation).await?;
        if again.jkt != seen.jkt {
            return Err(invalid_assertion());
        }
        seen = again;
    }
    Err(Failure::Unavailable("a workstation asks over and over".into()))
}

fn invalid_assertion() -> Failure {
    ProblemCode::InvalidAssertion.into()
}

async fn asserting(
    ctx: &Context,
    msp: MspId,
    workstation: WorkstationId,
) -> Result<Asserting, Failure> {
    let mut conn = ctx.store.within(Scope::msp(msp)).await?;
    workstations::asserting(&mut conn, workstation).await?.ok_or_else(invalid_assertion)
}

fn verified(
    ctx: &Context,
    jkt: &str,
    workstation: WorkstationId,
    seen: &Asserting,
    assertion: &str,
) -> Result<Assertion, Failure> {
    if seen.jkt != jkt {
        return Err(invalid_assertion());
    }
    let audience = format!("{}/desktop/v1/token", ctx.public_url());
    let longest = ctx.settings.tokens.assertion_max();
    verify(assertion, &seen.signing_key()?, &audience, workstation, ctx.now(), longest)
        .map_err(|_| invalid_assertion())
}

async fn is_first_use(
    ctx: &Context,
    workstation: WorkstationId,
    assertion: &Assertion,
) -> Result<bool, Failure> {
    let label = b"countersign/assertion-replay/v1";
    let key = sha256(&[label, workstation.as_bytes(), assertion.jti.as_bytes()]);
    let keep = ctx.settings.tokens.assertion_max() + SKEW;
    // Dated now: an assertion of a second before the service started is no replay, and one that a lost
    // memory lets through finds its counter used.
    let now = ctx.now();
    let first = ctx.replay.first_use(key, now, keep, now).await;
    first.map_err(|error| Failure::Unavailable(format!("the replay cache: {error}")))
}

fn given(
    ctx: &Context,
    scope: Scope,
    workstation: WorkstationId,
    seen: &Asserting,
    counter: i64,
) -> Result<WorkstationToken, Failure> {
    let subject = Subject::Workstation { msp: scope.msp, tenant: seen.tenant, workstation };
    let now = ctx.now();
    let lifetime = ctx.settings.tokens.access();
    let issued_at = issued_after(seen.revoked_at, now);
    let access_token = ctx
        .issuer
        .issue(subject, &seen.jkt, issued_at, lifetime, &*ctx.random)
        .map_err(|error| Failure::Fault(error.to_string()))?;
    Ok(WorkstationToken {
        access_token,
        token_type: "DPoP".to_owned(),
        expires_in: u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX),
        counter: u64::try_from(counter)
            .map_err(|_| Failure::Fault("a counter is negative".into()))?,
        server_time: now,
    })
}

fn moment(ctx: &Context, scope: Scope, workstation: WorkstationId) -> Moment {
    ctx.moment(scope, Actor::Workstation { workstation })
}

/// False if the counter or the status has changed since it was seen.
async fn count(
    ctx: &Context,
    scope: Scope,
    workstation: WorkstationId,
    seen: &Asserting,
    counter: Step,
) -> Result<bool, Failure> {
    let step = moment(ctx, scope, workstation);
    let sentence = format!("{} authenticated", seen.host_name);
    ctx.store
        .transact(scope, move |mut tx| {
            Box::pin(async move {
                let counted = workstations::count(&mut tx, workstation, counter).await?;
                let Some(version) = counted else { return Ok(false) };
                let fact = Fact::WorkstationAuthenticated { counter: counter.to };
                let event = step.event(Entity::Workstation(workstation), version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(true)
            })
        })
        .await
}

/// False if the workstation is not active any more.
async fn quarantine(
    ctx: &Context,
    scope: Scope,
    workstation: WorkstationId,
    seen: &Asserting,
    shown: u64,
) -> Result<bool, Failure> {
    let step = moment(ctx, scope, workstation);
    let wake = Arc::clone(&ctx.wake);
    let expected = seen.counter;
    ctx.store
        .transact(scope, move |mut tx| {
            Box::pin(async move {
                let (from, to) = (Status::Active, Status::Quarantined);
                let changed = workstations::change_status(&mut tx, workstation, from, to).await?;
                let Some(changed) = changed else { return Ok(false) };
                let sentence = format!(
                    "{} was quarantined: its counter is stale, there may be a copy of it",
                    changed.host_name
                );
                let whose = Whose::Workstation(workstation);
                let ended = end_logins(&mut tx, &step, whose, &sentence).await?;
                revocations::revoke(&mut tx, workstation, step.now()).await?;
                let shown = i64::try_from(shown).unwrap_or(i64::MAX);
                let fact = Fact::WorkstationQuarantined { expected, shown };
                let entity = Entity::Workstation(workstation);
                let event = step.event(entity, changed.version, sentence, fact);
                tx.commit(event, ended.events).await?;
                wake.wake(&ended.topics);
                wake_revoked(&*wake, &[workstation.into()]);
                Ok(true)
            })
        })
        .await
}
