//! What holds for a whole msp.

use countersign_protocol::{ProblemCode, wire::accounts::MspSettings};

use crate::{
    domain::{Entity, Fact, Failure, Refusal, account},
    flows::{AdminCaller, Context},
    store::msps,
};

/// The msp's settings.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn read(ctx: &Context, caller: AdminCaller) -> Result<MspSettings, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let prefix = msps::account_prefix(&mut conn).await?.ok_or_else(Refusal::not_found)?;
    let admins = msps::recovery_admins(&mut conn).await?;
    Ok(MspSettings { account_prefix: prefix, recovery_admins: admins.try_into().unwrap_or(2) })
}

/// Replaces the msp's settings, as a whole. What stands already changes nothing; names that were given stay.
///
/// # Errors
/// `invalid_request`, or that the database does not answer.
pub async fn change(
    ctx: &Context,
    caller: AdminCaller,
    asked: MspSettings,
) -> Result<MspSettings, Failure> {
    let account_prefix = account::prefix(&asked.account_prefix)?;
    if !(1..=2).contains(&asked.recovery_admins) {
        let detail = "recovery_admins: 1 or 2";
        return Err(Refusal::because(ProblemCode::InvalidRequest, detail).into());
    }
    if read(ctx, caller).await? == asked {
        return Ok(asked);
    }
    let step = ctx.moment(caller.scope, caller.actor());
    let recovery_admins = i32::from(asked.recovery_admins);
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let version = msps::change(&mut tx, &account_prefix, recovery_admins).await?;
                let version = version.ok_or_else(Refusal::not_found)?;
                let sentence = format!(
                    "new accounts begin with {account_prefix}, and {recovery_admins} must want a recovery code"
                );
                let fact = Fact::MspChanged { account_prefix, recovery_admins };
                let event = step.event(Entity::Msp(step.msp()), version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(asked)
            })
        })
        .await
}
