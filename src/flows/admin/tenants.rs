//! Tenants and their settings.

use std::ops::RangeInclusive;

use countersign_protocol::{
    ProblemCode, TenantId,
    wire::admin::{CreateTenant, Tenant, TenantSettings},
};

use crate::{
    domain::{Entity, Fact, Failure, ListFrom, Listing, Refusal, names::shown_name},
    flows::{AdminCaller, Context},
    store::tenants,
};

/// Makes a tenant.
///
/// # Errors
/// `invalid_request`, `already_exists` for a name that the msp has, or that the database does not answer.
pub async fn create(
    ctx: &Context,
    caller: AdminCaller,
    asked: CreateTenant,
) -> Result<Tenant, Failure> {
    let name = shown_name("name", &asked.name, 64)?;
    validate(&asked.settings)?;
    let step = ctx.moment(caller.scope, caller.actor());
    let id: TenantId = step.id();
    let settings = asked.settings;
    let tenant = Tenant { id, name, settings, created_at: step.now(), version: 1 };
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                tenants::insert(&mut tx, &tenant).await.map_err(|error| {
                    if error.is_duplicate_of("name") {
                        return Refusal::because(
                            ProblemCode::AlreadyExists,
                            "name: a tenant has it",
                        )
                        .into();
                    }
                    Failure::from(error)
                })?;
                let Tenant { name, settings, version, .. } = tenant.clone();
                let sentence = format!("{name} was made a tenant");
                let fact = Fact::TenantCreated { name, settings };
                let event = step.event_at(id, Entity::Tenant(id), version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(tenant)
            })
        })
        .await
}

/// A part of the msp's tenants.
///
/// # Errors
/// That the database does not answer.
pub async fn list(
    ctx: &Context,
    caller: AdminCaller,
    from: ListFrom,
) -> Result<Listing<Tenant>, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    Ok(tenants::list(&mut conn, from).await?)
}

/// One tenant.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn one(ctx: &Context, caller: AdminCaller, tenant: TenantId) -> Result<Tenant, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    Ok(tenants::one(&mut conn, tenant).await?.ok_or_else(Refusal::not_found)?)
}

/// Replaces a tenant's settings as a whole. Settings that stand already change nothing.
///
/// # Errors
/// `invalid_request`, `not_found`, or that the database does not answer.
pub async fn set_settings(
    ctx: &Context,
    caller: AdminCaller,
    tenant: TenantId,
    settings: TenantSettings,
) -> Result<Tenant, Failure> {
    validate(&settings)?;
    let present = one(ctx, caller, tenant).await?;
    if present.settings == settings {
        return Ok(present);
    }
    let step = ctx.moment(caller.scope, caller.actor());
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let changed = tenants::set_settings(&mut tx, tenant, &settings)
                    .await?
                    .ok_or_else(Refusal::not_found)?;
                let name = changed.name.clone();
                let sentence = format!("the settings of {name} were changed");
                let fact = Fact::TenantChanged { name, settings };
                let entity = Entity::Tenant(tenant);
                let event = step.event_at(tenant, entity, changed.version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(changed)
            })
        })
        .await
}

/// NIST SP 800-63B-4: codes of at least 6 digits, valid for at most ten minutes.
fn validate(settings: &TenantSettings) -> Result<(), Refusal> {
    within("code_digits", settings.code_digits.map(u16::from), &(6..=8))?;
    within("login_lifetime_s", settings.login_lifetime_s, &(30..=600))
}

fn within(field: &str, value: Option<u16>, allowed: &RangeInclusive<u16>) -> Result<(), Refusal> {
    if value.is_none_or(|value| allowed.contains(&value)) {
        return Ok(());
    }
    let detail = format!("{field}: {} to {}", allowed.start(), allowed.end());
    Err(Refusal::because(ProblemCode::InvalidRequest, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stay_within_their_ranges() {
        let settings = |code_digits, login_lifetime_s| TenantSettings {
            code_digits,
            login_lifetime_s,
            refuse_other_network: false,
        };
        for (digits, seconds, fine) in [
            (None, None, true),
            (Some(6), Some(30), true),
            (Some(8), Some(600), true),
            (Some(5), None, false),
            (Some(9), None, false),
            (None, Some(29), false),
            (None, Some(601), false),
        ] {
            assert_eq!(
                validate(&settings(digits, seconds)).is_ok(),
                fine,
                "{digits:?} {seconds:?}"
            );
        }
    }
}
