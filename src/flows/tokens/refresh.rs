//! Trading a refresh token for the next pair.

use std::sync::Arc;

use countersign_protocol::{
    Instant, ProblemCode,
    wire::mobile::{Refresh, Tokens},
};
use uuid::Uuid;

use super::device_tokens::{Bearer, REFRESH_LABEL, device_tokens, issued_after};
use crate::{
    auth::RefreshToken,
    domain::{Actor, Entity, Fact, Failure},
    flows::{Context, Moment, wake_revoked},
    store::{
        Scope,
        devices::{self, TokenHolder},
        revocations,
    },
};

/// What a refresh token that is in order means, where its family stands.
enum Shown {
    /// The last of its family.
    Last,
    /// The one before, whose answer got lost a moment ago.
    Repeated,
    /// An old one: somebody has a copy.
    Reused,
}

/// The next pair of tokens. Each refresh token is used once; the one before the last gives the last again
/// for `tokens.refresh_repeat_s`, since answers get lost; any older one, or that one later, ends the family
/// and every access token of the phone.
///
/// # Errors
/// `invalid_grant` for every token that is not in order, of whatever reason.
pub async fn refresh(ctx: &Context, jkt: &str, request: &Refresh) -> Result<Tokens, Failure> {
    let (token, mac) = RefreshToken::parse(&request.refresh_token).ok_or_else(invalid_grant)?;
    if !ctx.keys.verify_tag(REFRESH_LABEL, &[&token.body()], &mac) {
        return Err(invalid_grant());
    }
    let scope = Scope::msp(token.msp);
    // Whoever loses a race is judged again, by what the winner left.
    for _ in 0..3 {
        let now = ctx.now();
        let mut conn = ctx.store.within(scope).await?;
        let holder = devices::token_holder(&mut conn, token.device).await?;
        drop(conn);
        let holder = holder
            .filter(|holder| holder.jkt == jkt && holder.is_active())
            .filter(|holder| holder.family == token.family && !holder.refresh_revoked)
            .ok_or_else(invalid_grant)?;
        match judge(ctx, &holder, token.generation, now) {
            Shown::Repeated => return given(ctx, scope, &holder, holder.generation, now),
            Shown::Last if rotate(ctx, scope, &holder).await? => {
                return given(ctx, scope, &holder, holder.generation + 1, now);
            }
            Shown::Last => {}
            Shown::Reused => {
                end_family(ctx, scope, &holder, token.generation).await?;
                return Err(invalid_grant());
            }
        }
    }
    Err(Failure::Unavailable("a refresh token is being used over and over".into()))
}

fn judge(ctx: &Context, holder: &TokenHolder, shown: u32, now: Instant) -> Shown {
    let shown = i64::from(shown);
    let last = i64::from(holder.generation);
    let recent = now < holder.rotated_at + ctx.settings.tokens.refresh_repeat();
    match last - shown {
        0 => Shown::Last,
        1 if recent => Shown::Repeated,
        _ => Shown::Reused,
    }
}

fn given(
    ctx: &Context,
    scope: Scope,
    holder: &TokenHolder,
    generation: i32,
    now: Instant,
) -> Result<Tokens, Failure> {
    let bearer = Bearer {
        msp: scope.msp,
        device: holder.device,
        technician: holder.technician,
        jkt: holder.jkt.clone(),
        family: holder.family,
        generation,
    };
    device_tokens(ctx, &bearer, issued_after(holder.revoked_at, now))
}

fn step(ctx: &Context, scope: Scope, holder: &TokenHolder) -> Moment {
    let TokenHolder { technician, device, .. } = *holder;
    ctx.moment(scope, Actor::Technician { technician, device })
}

/// False if somebody else rotated, or the phone was suspended.
async fn rotate(ctx: &Context, scope: Scope, holder: &TokenHolder) -> Result<bool, Failure> {
    let step = step(ctx, scope, holder);
    let holder = holder.clone();
    ctx.store
        .transact(scope, move |mut tx| {
            Box::pin(async move {
                let TokenHolder { device, family, generation, .. } = holder;
                let rotated =
                    devices::rotate(&mut tx, device, family, generation, step.now()).await?;
                let Some(version) = rotated else { return Ok(false) };
                let sentence = format!("{}'s {} refreshed its tokens", holder.email, holder.name);
                let fact = Fact::DeviceRefreshed { generation: generation + 1 };
                let event = step.event(Entity::Device(device), version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(true)
            })
        })
        .await
}

async fn end_family(
    ctx: &Context,
    scope: Scope,
    holder: &TokenHolder,
    shown: u32,
) -> Result<(), Failure> {
    let step = step(ctx, scope, holder);
    let wake = Arc::clone(&ctx.wake);
    let holder = holder.clone();
    ctx.store
        .transact(scope, move |mut tx| {
            Box::pin(async move {
                let TokenHolder { device, family, generation, .. } = holder;
                let Some(version) = devices::end_family(&mut tx, device, family).await? else {
                    return Ok(());
                };
                revocations::revoke(&mut tx, device, step.now()).await?;
                let sentence = format!(
                    "an old refresh token of {}'s {} was used again: it must sign in",
                    holder.email, holder.name
                );
                let shown = i32::try_from(shown).unwrap_or(i32::MAX);
                let fact = Fact::RefreshTokenReused { generation: shown, current: generation };
                let event = step.event(Entity::Device(device), version, sentence, fact);
                tx.commit(event, vec![]).await?;
                wake_revoked(&*wake, &[Uuid::from(device)]);
                Ok(())
            })
        })
        .await
}

pub(super) fn invalid_grant() -> Failure {
    ProblemCode::InvalidGrant.into()
}
