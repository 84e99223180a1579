//! Tenants and their settings.

mod mode;

use std::{ops::RangeInclusive, sync::Arc};

use countersign_protocol::{
    ProblemCode, TenantId,
    wire::{
        accounts::{AccountMode, OfflineSettings},
        admin::{CreateTenant, Tenant, TenantSettings},
    },
};

use crate::{
    domain::{Entity, Fact, Failure, ListFrom, Listing, Refusal, names::shown_name},
    flows::{AdminCaller, Context},
    store::{states, tenants},
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
    let mut conn = ctx.store.within(caller.scope).await?;
    let shared_account = match settings.accounts {
        AccountMode::Named => None,
        AccountMode::Shared => Some(mode::shared_name(&mut conn, &step).await?),
    };
    drop(conn);
    let tenant = Tenant { id, name, settings, shared_account, created_at: step.now(), version: 1 };
    let keys = Arc::clone(&ctx.keys);
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
                if let Some(shared) = &tenant.shared_account {
                    mode::give(&mut tx, id, shared, step.now()).await?;
                }
                let told = (&tenant.settings, 0);
                let made = mode::secrets(&mut tx, &step, &keys, id, told).await?;
                let Tenant { name, settings, version, .. } = tenant.clone();
                let sentence = format!("{name} was made a tenant");
                let fact = Fact::TenantCreated { name, settings };
                let event = step.event_at(id, Entity::Tenant(id), version, sentence, fact);
                tx.commit(event, made).await?;
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
    let anew = settings.accounts == AccountMode::Shared && present.shared_account.is_none();
    let fresh = if anew {
        let mut conn = ctx.store.within(caller.scope).await?;
        Some(mode::shared_name(&mut conn, &step).await?)
    } else {
        None
    };
    let (wake, keys) = (Arc::clone(&ctx.wake), Arc::clone(&ctx.keys));
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                // Whoever changes them at the same time waits here, and then sees what was changed.
                states::raise_tenant(&mut tx, tenant).await?;
                let before = tenants::one(&mut tx, tenant).await?.ok_or_else(Refusal::not_found)?;
                if before.settings == settings {
                    return Ok(before);
                }
                let shared = before.shared_account.clone().or_else(|| fresh.clone());
                let changed =
                    tenants::set_settings(&mut tx, tenant, &settings, shared.as_deref()).await?;
                let (changed, since) = changed.ok_or_else(Refusal::not_found)?;
                if let (None, Some(name)) = (&before.shared_account, &shared) {
                    mode::give(&mut tx, tenant, name, step.now()).await?;
                }
                let told = (&before, &changed);
                let (more, topics) = mode::switch(&mut tx, &step, &keys, told, since).await?;
                let name = changed.name.clone();
                let sentence = if before.settings.accounts == settings.accounts {
                    format!("the settings of {name} were changed")
                } else {
                    format!("{name} switched to {} accounts", settings.accounts.as_str())
                };
                let fact = Fact::TenantChanged { name, settings };
                let entity = Entity::Tenant(tenant);
                let event = step.event_at(tenant, entity, changed.version, sentence, fact);
                tx.commit(event, more).await?;
                wake.wake(&topics);
                Ok(changed)
            })
        })
        .await
}

/// NIST SP 800-63B-4: codes of at least 6 digits, valid for at most ten minutes.
fn validate(settings: &TenantSettings) -> Result<(), Refusal> {
    within("code_digits", settings.code_digits.map(u16::from), &(6..=8))?;
    within("login_lifetime_s", settings.login_lifetime_s, &(30..=600))?;
    let OfflineSettings { bounds, rotation_days, .. } = settings.offline;
    let sessions = u16::try_from(bounds.sessions).unwrap_or(u16::MAX);
    within("offline.bounds.sessions", Some(sessions), &(1..=1000))?;
    within("offline.bounds.days", Some(bounds.days), &(1..=365))?;
    within("offline.rotation_days", Some(rotation_days), &(0..=90))
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
            ..TenantSettings::default()
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
