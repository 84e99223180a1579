//! Who an admin's API token stands for.

use countersign_protocol::{ProblemCode, wire::admin::AdminRole};

use crate::{
    auth::AdminSecret,
    domain::{Failure, Refusal},
    flows::{AdminCaller, Context},
    store::{Scope, admin_tokens},
};

/// The admin whose token `bearer` is. The row is read each time, so that a revocation counts at once.
///
/// # Errors
/// `invalid_token`, the same for one that is mistyped, unknown, wrong or revoked; `forbidden` for an auditor's; or
/// that the database does not answer.
pub async fn authenticate(ctx: &Context, bearer: &str) -> Result<AdminCaller, Failure> {
    let (caller, role) = known(ctx, bearer).await?;
    match role {
        AdminRole::Admin => Ok(caller),
        AdminRole::Auditor => {
            let why = "this token reads the audit log and nothing else";
            Err(Refusal::because(ProblemCode::Forbidden, why).into())
        }
    }
}

/// Whoever may read the audit log: an admin or an auditor.
///
/// # Errors
/// `invalid_token`, as for [`authenticate`], or that the database does not answer.
pub async fn authenticate_reader(ctx: &Context, bearer: &str) -> Result<AdminCaller, Failure> {
    Ok(known(ctx, bearer).await?.0)
}

async fn known(ctx: &Context, bearer: &str) -> Result<(AdminCaller, AdminRole), Failure> {
    let Ok(secret) = bearer.parse::<AdminSecret>() else {
        return Err(ProblemCode::InvalidToken.into());
    };
    let scope = Scope::msp(secret.msp());
    let mut conn = ctx.store.within(scope).await?;
    let standing = admin_tokens::standing(&mut conn, secret.id()).await?;
    // Without a row it is compared all the same, with a hash that nothing has.
    let (hash, role) = standing.unwrap_or_else(|| (vec![0; 32], AdminRole::Auditor));
    if !secret.matches(&hash) {
        return Err(ProblemCode::InvalidToken.into());
    }
    Ok((AdminCaller { scope, token: secret.id() }, role))
}
