//! A phone approves: assertion first, then the code, then one conditional UPDATE.

use std::sync::Arc;

use countersign_protocol::{
    Entry, LoginId, ProblemCode, Statement,
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
        Entity, Fact, Failure, Refusal,
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
/// `network_mismatch`, `invalid_request` if a push login's code is missing.
pub async fn approve(
    ctx: &Context,
    caller: DeviceCaller,
    login: LoginId,
    request: Approve,
    address: &str,
) -> Result<Decided, Failure> {
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
    decide(
        ctx,
        caller,
        pending,
        carried,
        Signed { row, statement, verified, assertion: request.assertion },
    )
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
    let decided = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let approval = Approval {
                    login,
                    version: signed.row.version(),
                    technician: caller.technician,
                    device: caller.device,
                    take_until: approved.take_until,
                    now: step.now(),
                };
                let Some(version) = logins::approve(&mut tx, approval).await? else {
                    return Ok(None);
                };
                let topics = [login.0, caller.technician.0];
                write_approval(tx, &step, caller, version, approved.take_until, signed).await?;
                wake.wake(&topics);
                Ok(Some(Decided { state: LoginState::Approved, version }))
            })
        })
        .await?;
    match decided {
        Some(decided) => Ok(decided),
        None => Err(why_not(ctx, caller, login).await),
    }
}

async fn write_approval(
    mut tx: Tx,
    step: &Moment,
    caller: DeviceCaller,
    version: i64,
    take_until: countersign_protocol::Instant,
    signed: Signed,
) -> Result<(), Failure> {
    let Signed { row, statement, verified, assertion } = signed;
    if let Some(updated) = &verified.updated {
        let text = serde_json::to_string(updated)
            .map_err(|error| Failure::Fault(format!("a passkey does not become JSON: {error}")))?;
        let count = i64::from(verified.counter);
        if count > 0 && !failures::raise_sign_count(&mut tx, caller.device, count, &text).await? {
            let reused = "the passkey's counter was used before";
            return Err(Refusal::because(ProblemCode::InvalidCredential, reused).into());
        }
    }
    let mut more = Vec::new();
    if row.consecutive_failures() > 0
        && let Some(version) = failures::clear(&mut tx, caller.technician).await?
    {
        more.push(step.event(
            Entity::Technician(caller.technician),
            version,
            format!("the failures of {} were cleared by a success", row.email()),
            Fact::FailuresCleared,
        ));
    }
    let approved = step.event_at(
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
    );
    Ok(tx.commit(approved, more).await?)
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
