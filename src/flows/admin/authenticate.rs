//! Who an admin's API token stands for.

use countersign_protocol::ProblemCode;

use crate::{
    auth::AdminSecret,
    domain::Failure,
    flows::{AdminCaller, Context},
    store::{Scope, admin_tokens},
};

/// The admin whose token `bearer` is. The row is read each time, so that a revocation counts at once.
///
/// # Errors
/// `invalid_token`, the same for one that is mistyped, unknown, wrong or revoked; or that the database does
/// not answer.
pub async fn authenticate(ctx: &Context, bearer: &str) -> Result<AdminCaller, Failure> {
    let Ok(secret) = bearer.parse::<AdminSecret>() else {
        return Err(ProblemCode::InvalidToken.into());
    };
    let scope = Scope::msp(secret.msp());
    let mut conn = ctx.store.within(scope).await?;
    let hash = admin_tokens::secret_hash(&mut conn, secret.id()).await?;
    // Without a row it is compared all the same, with a hash that nothing has.
    if !secret.matches(&hash.unwrap_or_else(|| vec![0; 32])) {
        return Err(ProblemCode::InvalidToken.into());
    }
    Ok(AdminCaller { scope, token: secret.id() })
}
