//! A phone approves: assertion first, then the code, then one conditional UPDATE.

use std::sync::Arc;

use countersign_protocol::{
    Entry, Instant, LoginId, ProblemCode, Statement,
    wire::{
        LoginState,
        desktop::Outcome,
        mobile::{Approve, Decided},
    },
};
use serde_json::Value;

use super::{
    failures::failed,
    read::{for_phone, passkey},
    secrets::is_kept_code,
};
use crate::{
    auth::passkey::Verified,
    domain::{
        Entity, Event, Fact, Failure, Refusal,
        login::{Carried, Pending, VerifiedAssertion, not_pending},
        network::same_network,
    },
    flows::{Context, DeviceCaller, Moment},
    store::{
        Tx, failures,
        logins::{self, Approval, LoginForPhone},
    },
};

/// Approves the login, if the assertion is this device's over this login's challenge and the technician
/// carried the code (push) or the claim (QR). One wrong code denies the login.
///
/// # Errors
/// `not_found`, `login_not_pending` with the state, `invalid_credential`, `wrong_code`,
/// `network_mismatch`, `invalid_request` if a push login's code is missing; unavailable while no record of it can
/// be promised.
pub async fn approve(
    ctx: &Context,
    caller: DeviceCaller,
    login: LoginId,
    request: Approve,
    address: &str,
) -> Result<Decided, Failure> {
    ctx.backlog.promise(caller.scope.msp)?;
    let row = for_phone(ctx, caller, login).await?;
    let pending = row.login().pending_at(ctx.now())?;
    if row.refuse_other_network() && !same_network(row.network_address(), address) {
        return Err(ProblemCode::NetworkMismatch.into());
    }
    let statement = row.statement();
    let challenge = statement.challenge(&row.nonce());
    let verified = ctx
        .relying_party
        .verify_assertion(&passkey(&row, caller.device)?, challenge, &request.assertion)
        .map_err(|error| Refusal::because(ProblemCode::InvalidCredential, error.to_string()))?;
    let Some(carried) = carried(ctx, &pending, &row, request.code.as_deref())? else {
        return wrong_code(ctx, caller, &row).await;
    };
    Box::pin(decide(
        ctx,
        caller,
        pending,
        carried,
        Signed { row, statement, verified, assertion: request.assertion },
    ))
    .await
}

/// What carried the login to the phone; `None` if the code is wrong.
fn carried(
    ctx: &Context,
    pending: &Pending,
    row: &LoginForPhone,
    code: Option<&str>,
) -> Result<Option<Carried>, Refusal> {
    if pending.entry == Entry::Qr {
        return pending.carried_by_claim().map(Some);
    }
    let missing = || {
        Refusal::because(
            ProblemCode::InvalidRequest,
            "code: type the code that the workstation shows",
        )
    };
    let typed = code.ok_or_else(missing)?;
    let matches = row
        .code_tag()
        .is_some_and(|kept| is_kept_code(&ctx.keys, row.statement().login, typed, kept));
    Ok(pending.carried_by_code(matches).ok())
}

/// A verified approval on its way into the database.
struct Signed {
    row: LoginForPhone,
    statement: Statement,
    verified: Verified,
    assertion: Value,
}

async fn decide(
    ctx: &Context,
    caller: DeviceCaller,
    pending: Pending,
    carried: Carried,
    signed: Signed,
) -> Result<Decided, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let take_until = step.now() + ctx.settings.login.grant_take();
    let approved = pending.approve(VerifiedAssertion::witnessed(), carried, take_until);
    let wake = Arc::clone(&ctx.wake);
    let login = signed.statement.login;
    let tried = Box::pin(ctx.store.transact(caller.scope, move |mut tx| {
        Box::pin(async move {
            let approval = Approval {
                login,
                version: signed.row.version(),
                technician: caller.technician,
                device: caller.device,
                take_until: approved.take_until,
                now: step.now(),
            };
            // Device, technician, login: the order in which suspensions lock them too.
            if !counter_rises(&mut tx, caller, &signed.verified).await? {
                return Ok(Tried::CounterUsed);
            }
            let cleared = cleared(&mut tx, &step, caller, &signed.row).await?;
            let Some(version) = logins::approve(&mut tx, approval).await? else {
                return Ok(Tried::Lost);
            };
            let event = approval_event(&step, version, approved.take_until, signed);
            tx.commit(event, cleared).await?;
            wake.wake(&[login.0, caller.technician.0]);
            Ok(Tried::Approved(Decided { state: LoginState::Approved, version }))
        })
    }))
    .await?;
    match tried {
        Tried::Approved(decided) => Ok(decided),
        Tried::Lost => Err(why_not(ctx, caller, login).await),
        Tried::CounterUsed => {
            for_phone(ctx, caller, login).await?.login().pending_at(ctx.now())?;
            let reused = "the passkey's counter was used before";
            Err(Refusal::because(ProblemCode::InvalidCredential, reused).into())
        }
    }
}

/// How one try at approving ended.
enum Tried {
    Approved(Decided),
    /// Somebody decided, or something the login rests on has ended.
    Lost,
    /// Two answers were made with one counter, or the passkey was cloned.
    CounterUsed,
}

/// Keeps the passkey's new counter; `false` if it did not rise. Synced passkeys count nothing.
async fn counter_rises(
    tx: &mut Tx,
    caller: DeviceCaller,
    verified: &Verified,
) -> Result<bool, Failure> {
    let Some(updated) = verified.updated.as_ref().filter(|_| verified.counter > 0) else {
        return Ok(true);
    };
    let text = serde_json::to_string(updated)
        .map_err(|error| Failure::Fault(format!("a passkey does not become JSON: {error}")))?;
    let count = i64::from(verified.counter);
    Ok(failures::raise_sign_count(tx, caller.device, count, &text).await?)
}

/// A success forgets the failures before it.
async fn cleared(
    tx: &mut Tx,
    step: &Moment,
    caller: DeviceCaller,
    row: &LoginForPhone,
) -> Result<Vec<Event>, Failure> {
    if row.consecutive_failures() == 0 {
        return Ok(Vec::new());
    }
    let version = failures::clear(tx, caller.technician).await?;
    let event = |version| {
        step.event(
            Entity::Technician(caller.technician),
            version,
            format!("the failures of {} were cleared by a success", row.email()),
            Fact::FailuresCleared,
        )
    };
    Ok(version.map(event).into_iter().collect())
}

fn approval_event(step: &Moment, version: i64, take_until: Instant, signed: Signed) -> Event {
    let Signed { row, statement, assertion, .. } = signed;
    step.event_at(
        row.tenant(),
        Entity::Login(statement.login),
        version,
        format!("{} approved a login on {}", row.email(), row.host_name()),
        Fact::LoginApproved {
            nonce: row.nonce(),
            statement: Box::new(statement),
            assertion,
            take_until,
        },
    )
}

/// The code was wrong: the login is denied and the failure counted, in one transaction.
async fn wrong_code(
    ctx: &Context,
    caller: DeviceCaller,
    row: &LoginForPhone,
) -> Result<Decided, Failure> {
    let login = row.statement().login;
    let outcome = Outcome::WrongCode;
    if failed(ctx, caller, row, outcome).await? {
        return Err(ProblemCode::WrongCode.into());
    }
    Err(why_not(ctx, caller, login).await)
}

/// Why the conditional UPDATE found no row: somebody decided, or something the login rests on has ended.
pub(super) async fn why_not(ctx: &Context, caller: DeviceCaller, login: LoginId) -> Failure {
    match for_phone(ctx, caller, login).await {
        Err(failure) => failure,
        Ok(row) => match row.login().pending_at(ctx.now()) {
            Err(refusal) => refusal.into(),
            Ok(_) => not_pending(LoginState::Cancelled).into(),
        },
    }
}
