//! Admins' API tokens.

use countersign_protocol::{
    AdminTokenId,
    wire::admin::{AdminToken, CreateAdminToken},
};

use crate::{
    auth::AdminSecret,
    domain::{Entity, Fact, Failure, ListFrom, Listing, Refusal, names::shown_name},
    flows::{AdminCaller, Context},
    store::admin_tokens::{self, NewAdminToken},
};

/// Makes a token. The answer shows its secret, once.
///
/// # Errors
/// `invalid_request`, or that the database does not answer.
pub async fn create(
    ctx: &Context,
    caller: AdminCaller,
    asked: CreateAdminToken,
) -> Result<AdminToken, Failure> {
    let name = shown_name("name", &asked.name, 64)?;
    let role = asked.role;
    let step = ctx.moment(caller.scope, caller.actor());
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let id: AdminTokenId = step.id();
                let secret = AdminSecret::new(step.msp(), id, step.random());
                let secret_hash = secret.hash();
                let created_at = step.now();
                let token = NewAdminToken { id, name, role, secret_hash, created_at };
                admin_tokens::insert(&mut tx, &token).await?;
                let NewAdminToken { name, .. } = token;
                let sentence = format!("the {} token {name} was made", role.as_str());
                let fact = Fact::AdminTokenCreated { name: name.clone(), role };
                tx.commit(step.event(Entity::AdminToken(id), 1, sentence, fact), vec![]).await?;
                let token = Some(secret.reveal().as_str().to_owned());
                let msp_id = step.msp();
                Ok(AdminToken { id, msp_id, name, role, token, created_at, revoked_at: None })
            })
        })
        .await
}

/// A part of the msp's tokens, without their secrets.
///
/// # Errors
/// That the database does not answer.
pub async fn list(
    ctx: &Context,
    caller: AdminCaller,
    from: ListFrom,
) -> Result<Listing<AdminToken>, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    Ok(admin_tokens::list(&mut conn, from).await?)
}

/// Revokes a token, the caller's own too; one that was revoked stays so.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn revoke(
    ctx: &Context,
    caller: AdminCaller,
    token: AdminTokenId,
) -> Result<(), Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let revoked = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let revoked = admin_tokens::revoke(&mut tx, token, step.now()).await?;
                let Some((name, version)) = revoked else {
                    let revoked_before = admin_tokens::exists(&mut tx, token).await?;
                    return if revoked_before { Ok(()) } else { Err(Refusal::not_found().into()) };
                };
                let sentence = format!("the admin token {name} was revoked");
                let fact = Fact::AdminTokenRevoked { name };
                let event = step.event(Entity::AdminToken(token), version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(())
            })
        })
        .await;
    if revoked.is_ok() {
        // Whoever follows the log by this token is sent away now.
        ctx.wake.wake(&[token.0]);
    }
    revoked
}
