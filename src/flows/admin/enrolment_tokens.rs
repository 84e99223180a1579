//! Tokens that enrol a tenant's workstations.

use std::time::Duration;

use countersign_protocol::{
    EnrolmentTokenId, ProblemCode, TenantId,
    wire::admin::{CreateEnrolmentToken, EnrolmentToken},
};

use super::tenants;
use crate::{
    auth::EnrolmentSecret,
    domain::{Entity, Fact, Failure, ListFrom, Listing, Refusal},
    flows::{AdminCaller, Context},
    store::{
        enrolment_tokens::{self, NewEnrolmentToken},
        tenants as tenant_rows,
    },
};

/// Thirty days, in seconds; the installation's setting may be lower.
const LONGEST_S: u64 = 2_592_000;

/// Makes a token. The answer shows it, once.
///
/// # Errors
/// `invalid_request` for uses or a life out of range, or a workstation that is not one of this tenant's;
/// `not_found`; or that the database does not answer.
pub async fn create(
    ctx: &Context,
    caller: AdminCaller,
    tenant: TenantId,
    asked: CreateEnrolmentToken,
) -> Result<EnrolmentToken, Failure> {
    let CreateEnrolmentToken { uses, expires_in, auto_confirm, workstation_id } = asked;
    let uses = uses_of(uses)?;
    let life = life_of(expires_in, ctx.settings.tokens.workstation_token_max_s)?;
    let step = ctx.moment(caller.scope, caller.actor());
    let expires_at = step.now() + life;
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let owner = tenant_rows::one(&mut tx, tenant).await?;
                let name = owner.ok_or_else(Refusal::not_found)?.name;
                let mut sentence = format!("an enrolment token of {name} was made");
                if let Some(workstation) = workstation_id {
                    let host_name =
                        enrolment_tokens::replaceable(&mut tx, tenant, workstation).await?;
                    let host_name = host_name.ok_or_else(not_a_workstation)?;
                    sentence = format!("{sentence}, to replace the keys of {host_name}");
                }
                let id: EnrolmentTokenId = step.id();
                let secret = EnrolmentSecret::new(step.msp(), id, step.random());
                let token = NewEnrolmentToken {
                    id,
                    tenant,
                    workstation: workstation_id,
                    secret_hash: secret.hash(),
                    uses,
                    auto_confirm,
                    created_at: step.now(),
                    expires_at,
                };
                enrolment_tokens::insert(&mut tx, &token).await?;
                let fact = Fact::EnrolmentTokenCreated {
                    uses,
                    auto_confirm,
                    workstation: workstation_id,
                    expires_at,
                };
                let event = step.event_at(tenant, Entity::EnrolmentToken(id), 1, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(EnrolmentToken {
                    id,
                    token: Some(secret.reveal().as_str().to_owned()),
                    tenant_id: tenant,
                    uses_left: uses.unsigned_abs(),
                    auto_confirm,
                    workstation_id,
                    expires_at,
                    revoked_at: None,
                })
            })
        })
        .await
}

/// A part of a tenant's tokens, without their secrets.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn list(
    ctx: &Context,
    caller: AdminCaller,
    tenant: TenantId,
    from: ListFrom,
) -> Result<Listing<EnrolmentToken>, Failure> {
    tenants::one(ctx, caller, tenant).await?;
    let mut conn = ctx.store.within(caller.scope).await?;
    Ok(enrolment_tokens::list(&mut conn, tenant, from).await?)
}

/// Revokes a token; one that was revoked stays so. The workstations that it enrolled stay.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn revoke(
    ctx: &Context,
    caller: AdminCaller,
    tenant: TenantId,
    token: EnrolmentTokenId,
) -> Result<(), Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let version = enrolment_tokens::revoke(&mut tx, tenant, token, step.now()).await?;
                let name = enrolment_tokens::tenant_name(&mut tx, tenant, token).await?;
                let name = name.ok_or_else(Refusal::not_found)?;
                let Some(version) = version else { return Ok(()) };
                let sentence = format!("an enrolment token of {name} was revoked");
                let entity = Entity::EnrolmentToken(token);
                let fact = Fact::EnrolmentTokenRevoked;
                let event = step.event_at(tenant, entity, version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(())
            })
        })
        .await
}

fn uses_of(uses: u32) -> Result<i32, Refusal> {
    let uses = i32::try_from(uses).ok().filter(|uses| (1..=10_000).contains(uses));
    uses.ok_or_else(|| Refusal::because(ProblemCode::InvalidRequest, "uses: 1 to 10000"))
}

fn life_of(expires_in: u32, setting_s: u64) -> Result<Duration, Refusal> {
    let (seconds, longest) = (u64::from(expires_in), setting_s.min(LONGEST_S));
    if !(60..=longest).contains(&seconds) {
        let detail = format!("expires_in: 60 to {longest} seconds");
        return Err(Refusal::because(ProblemCode::InvalidRequest, detail));
    }
    Ok(Duration::from_secs(seconds))
}

/// Another tenant's workstation and one that never was read alike.
fn not_a_workstation() -> Refusal {
    let detail = "workstation_id: not a workstation of this tenant";
    Refusal::because(ProblemCode::InvalidRequest, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_and_lives_are_bounded() {
        assert_eq!(
            [0, 1, 10_000, 10_001].map(|uses| uses_of(uses).is_ok()),
            [false, true, true, false]
        );
        let fits = |seconds, setting| life_of(seconds, setting).is_ok();
        assert!(!fits(59, LONGEST_S) && fits(60, LONGEST_S) && fits(2_592_000, LONGEST_S));
        assert!(!fits(2_592_001, 31_536_000), "thirty days, whatever the setting");
        assert!(!fits(3601, 3600), "nor longer than the setting");
    }
}
