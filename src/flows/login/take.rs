//! A workstation takes the grant of its approved login.

use std::{sync::Arc, time::Duration};

use countersign_protocol::{
    Instant, LoginId, ProblemCode,
    grant::{GRANT_TYP, GrantClaims, GrantedTechnician, PasswordRule},
    wire::desktop::Granted,
};

use crate::{
    auth::Purpose,
    domain::{Entity, Fact, Failure, Refusal},
    flows::{Context, WorkstationCaller},
    store::{
        Tx,
        logins::{self, Takeable},
    },
};

/// How long a grant may be acted upon by a reader that keeps wall-clock time.
const LIFETIME: Duration = Duration::from_secs(60);

/// Hands over the grant, once; asked again in time, the same grant (the same `jti`) is signed again without
/// another event, for answers that were lost. Suspensions and the delegation count at that moment too.
///
/// # Errors
/// `not_found`; `grant_not_available` with the state.
pub async fn take(
    ctx: &Context,
    caller: WorkstationCaller,
    login: LoginId,
) -> Result<Granted, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    let taken = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let now = step.now();
                let Some(mut found) = logins::takeable(&mut tx, login, caller.workstation).await?
                else {
                    return Err(why_not(&mut tx, caller, login).await);
                };
                if found.take_until.is_none_or(|until| now >= until) {
                    return Err(too_late());
                }
                if found.grant_id.is_some() {
                    return Ok(found);
                }
                let grant = step.id();
                let account = found.account().name;
                let marks = (grant, account.as_str());
                let Some(version) = logins::mark_granted(&mut tx, login, marks, now).await? else {
                    // The workstation asked twice at once, and the other request was first: the grant is the
                    // same. Or a suspension came in between and cancelled the login: no row, no grant.
                    let found = logins::takeable(&mut tx, login, caller.workstation).await?;
                    return found.filter(|found| found.grant_id.is_some()).ok_or_else(too_late);
                };
                let event = step.event(
                    Entity::Login(login),
                    version,
                    format!("{} took the grant for {}", found.host_name, found.email),
                    Fact::GrantTaken { grant, technician: found.technician, account },
                );
                tx.commit(event, Vec::new()).await?;
                wake.wake(&[login.0]);
                found.grant_id = Some(grant);
                found.granted_at = Some(now);
                Ok(found)
            })
        })
        .await?;
    sign(ctx, caller, login, taken)
}

fn too_late() -> Failure {
    Refusal::because(ProblemCode::GrantNotAvailable, "the grant was not taken in time").into()
}

async fn why_not(tx: &mut Tx, caller: WorkstationCaller, login: LoginId) -> Failure {
    match logins::view(tx, login, caller.workstation).await {
        Err(error) => error.into(),
        Ok(None) => Refusal::not_found().into(),
        Ok(Some(row)) => {
            Refusal::in_state(ProblemCode::GrantNotAvailable, row.standing.state.as_str()).into()
        }
    }
}

fn sign(
    ctx: &Context,
    caller: WorkstationCaller,
    login: LoginId,
    taken: Takeable,
) -> Result<Granted, Failure> {
    let purpose = taken.purpose();
    let (Some(jti), Some(granted_at)) = (taken.grant_id, taken.granted_at) else {
        return Err(Failure::Fault(format!("login {login} has no grant")));
    };
    let rule =
        PasswordRule { rotate_before_use: true, length: ctx.settings.password.length.into() };
    let account = taken.account();
    let expires: Instant = granted_at + LIFETIME;
    let claims = GrantClaims {
        iss: ctx.public_url(),
        aud: caller.workstation,
        jti,
        iat: granted_at.unix_seconds(),
        exp: expires.unix_seconds(),
        login,
        msp: taken.msp,
        tenant: taken.tenant,
        nonce: taken.workstation_nonce,
        technician: GrantedTechnician {
            id: taken.technician,
            email: taken.email,
            user_name: taken.user_name,
        },
        account,
        create_account: true,
        password: rule,
        purpose,
    };
    let grant = ctx
        .signing
        .sign_jwt(Purpose::Grant, GRANT_TYP, &claims, ctx.now())
        .map_err(|error| Failure::Fault(format!("a grant can't be signed: {error}")))?;
    Ok(Granted { grant })
}
