//! What an msp keeps of its audit log.

use countersign_protocol::{
    ProblemCode,
    wire::audit_settings::{AuditSettings, ChangeAuditSettings},
};

use crate::{
    domain::{Entity, Fact, Failure, Refusal},
    flows::{AdminCaller, Context},
    store::audit::retention,
};

/// A hundred years.
const MOST_DAYS: u32 = 36_500;

/// What the msp keeps.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn read(ctx: &Context, caller: AdminCaller) -> Result<AuditSettings, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let kept = retention::kept(&mut conn).await?.ok_or_else(Refusal::not_found)?;
    Ok(AuditSettings {
        retention_days: kept.retention_days.and_then(|days| days.try_into().ok()),
        legal_hold: kept.legal_hold,
        least_retention_days: ctx.settings.audit.retention_least_days,
        version: kept.version,
    })
}

/// Replaces what the msp keeps, as a whole. What stands already changes nothing.
///
/// # Errors
/// `invalid_request` for less than the installation's least, or that the database does not answer.
pub async fn change(
    ctx: &Context,
    caller: AdminCaller,
    asked: ChangeAuditSettings,
) -> Result<AuditSettings, Failure> {
    let least = ctx.settings.audit.retention_least_days;
    if asked.retention_days.is_some_and(|days| !(least..=MOST_DAYS).contains(&days)) {
        let detail = format!("retention_days: {least} to {MOST_DAYS}, or absent to keep all");
        return Err(Refusal::because(ProblemCode::InvalidRequest, detail).into());
    }
    let present = read(ctx, caller).await?;
    let ChangeAuditSettings { retention_days, legal_hold } = asked;
    if (present.retention_days, present.legal_hold) == (retention_days, legal_hold) {
        return Ok(present);
    }
    let step = ctx.moment(caller.scope, caller.actor());
    let days = retention_days.and_then(|days| i32::try_from(days).ok());
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let version = retention::keep(&mut tx, days, legal_hold)
                    .await?
                    .ok_or_else(Refusal::not_found)?;
                let kept = match retention_days {
                    Some(days) => format!("for {days} days"),
                    None => "for ever".to_owned(),
                };
                let hold = if legal_hold { ", and a legal hold lets nothing go" } else { "" };
                let sentence = format!("the texts of the audit log are kept {kept}{hold}");
                let fact = Fact::AuditSettingsChanged { retention_days, legal_hold };
                let event = step.event(Entity::Msp(step.msp()), version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(AuditSettings { retention_days, legal_hold, version, ..present })
            })
        })
        .await
}
