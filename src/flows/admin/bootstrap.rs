//! The beginning: an msp and its first admin token.

use countersign_protocol::{AdminTokenId, MspId, wire::admin::AdminRole};

use crate::{
    auth::AdminSecret,
    domain::{Actor, Entity, Fact, Failure, account, names::shown_name},
    flows::Context,
    store::{
        Scope,
        admin_tokens::{self, NewAdminToken},
        msps,
    },
};

/// Makes an msp, whose technicians' account names begin with `account_prefix`, and its first admin token,
/// both or neither. The secret is shown to the operator, once.
///
/// # Errors
/// `invalid_request` for names that can't be, or that the database does not answer.
pub async fn bootstrap(
    ctx: &Context,
    msp_name: &str,
    account_prefix: &str,
    token_name: &str,
) -> Result<(MspId, AdminSecret), Failure> {
    let name = shown_name("name", msp_name, 64)?;
    let account_prefix = account::prefix(account_prefix)?;
    let token_name = shown_name("token name", token_name, 64)?;
    let msp: MspId = ctx.id(ctx.now());
    let scope = Scope::msp(msp);
    let step = ctx.moment(scope, Actor::Operator);
    ctx.store
        .transact(scope, move |mut tx| {
            Box::pin(async move {
                msps::insert(&mut tx, &name, &account_prefix, step.now()).await?;
                let id: AdminTokenId = step.id();
                let secret = AdminSecret::new(msp, id, step.random());
                let secret_hash = secret.hash();
                let (role, created_at) = (AdminRole::Admin, step.now());
                let token = NewAdminToken { id, name: token_name, role, secret_hash, created_at };
                admin_tokens::insert(&mut tx, &token).await?;
                let sentence = format!("{name} was made an msp");
                let msp_created = step.event(
                    Entity::Msp(msp),
                    1,
                    sentence,
                    Fact::MspCreated { name, account_prefix },
                );
                let sentence = format!("the admin token {} was made", token.name);
                let fact = Fact::AdminTokenCreated { name: token.name, role };
                let token_created = step.event(Entity::AdminToken(id), 1, sentence, fact);
                tx.commit(msp_created, vec![token_created]).await?;
                Ok((msp, secret))
            })
        })
        .await
}
