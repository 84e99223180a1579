//! Signing in again by passkey, after a refresh token was lost or reused.

use std::time::Duration;

use countersign_protocol::{
    DeviceId, MspId, ProblemCode,
    ceremony::sign_in_challenge,
    wire::mobile::{FinishSignIn, SignInOptions, StartSignIn, Tokens},
};

use super::{
    device_tokens::{Bearer, device_tokens, issued_after},
    refresh::invalid_grant,
};
use crate::{
    auth::{passkey::Verified, sign_in_nonce},
    domain::{Actor, Entity, Fact, Failure, Refusal},
    flows::Context,
    store::{
        Scope,
        devices::{self, SignedIn, TokenHolder},
    },
};

/// The clocks of nodes agree to within this.
const SKEW: Duration = Duration::from_secs(10);

/// What the phone needs to sign in again. Nothing is kept.
///
/// # Errors
/// `invalid_grant` for a phone that is unknown, not active, or has another key: by the same statement.
pub async fn start_sign_in(
    ctx: &Context,
    jkt: &str,
    request: &StartSignIn,
) -> Result<SignInOptions, Failure> {
    let now = ctx.now();
    let holder = holder(ctx, request.msp_id, request.device_id, jkt).await?;
    let (nonce, expires_at) = sign_in_nonce::make(&ctx.keys, holder.device, jkt, now, &*ctx.random);
    let challenge = sign_in_challenge(&nonce, holder.device, jkt);
    let public_key = ctx
        .relying_party
        .assertion_options(&holder.passkey()?, challenge)
        .map_err(|error| Failure::Fault(error.to_string()))?;
    Ok(SignInOptions { nonce, public_key, expires_at })
}

/// Signs in again: a new family of refresh tokens, if the phone's own passkey signed the nonce, once.
///
/// # Errors
/// `invalid_grant` for a phone that is unknown, not active or has another key, and for a nonce that has
/// ended or was used; `invalid_credential` for an assertion that is not in order.
pub async fn finish_sign_in(
    ctx: &Context,
    jkt: &str,
    request: FinishSignIn,
) -> Result<Tokens, Failure> {
    let now = ctx.now();
    let FinishSignIn { msp_id, device_id, nonce, assertion } = request;
    let made_at =
        sign_in_nonce::made_at(&ctx.keys, &nonce, device_id, jkt, now).ok_or_else(invalid_grant)?;
    let holder = holder(ctx, msp_id, device_id, jkt).await?;
    let keep = sign_in_nonce::LIFETIME + SKEW;
    let first = ctx.replay.first_use(sign_in_nonce::replay_key(&nonce), made_at, keep, now).await;
    if !first.map_err(|error| Failure::Unavailable(format!("the replay cache: {error}")))? {
        return Err(invalid_grant());
    }
    let challenge = sign_in_challenge(&nonce, device_id, jkt);
    let verified = ctx
        .relying_party
        .verify_assertion(&holder.passkey()?, challenge, &assertion)
        .map_err(|error| Refusal::because(ProblemCode::InvalidCredential, error.to_string()))?;
    let fact = Fact::DeviceSignedIn { assertion, nonce };
    // Boxed: with the passkey in it, it is large to carry along.
    Box::pin(begin(ctx, Scope::msp(msp_id), holder, verified, fact)).await
}

async fn holder(
    ctx: &Context,
    msp: MspId,
    device: DeviceId,
    jkt: &str,
) -> Result<TokenHolder, Failure> {
    let mut conn = ctx.store.within(Scope::msp(msp)).await?;
    let holder = devices::token_holder(&mut conn, device).await?;
    holder.filter(|holder| holder.jkt == jkt && holder.is_active()).ok_or_else(invalid_grant)
}

async fn begin(
    ctx: &Context,
    scope: Scope,
    holder: TokenHolder,
    verified: Verified,
    fact: Fact,
) -> Result<Tokens, Failure> {
    let TokenHolder { device, technician, .. } = holder;
    let step = ctx.moment(scope, Actor::Technician { technician, device });
    let signed_in = SignedIn {
        device,
        family: step.id(),
        counter: verified.counter,
        passkey: verified.updated,
        now: step.now(),
    };
    let bearer = Bearer {
        msp: scope.msp,
        device,
        technician,
        jkt: holder.jkt,
        family: signed_in.family,
        generation: 0,
    };
    let issued_at = issued_after(holder.revoked_at, step.now());
    let sentence = format!("{} signed in again with {}", holder.email, holder.name);
    ctx.store
        .transact(scope, move |mut tx| {
            Box::pin(async move {
                let begun = devices::begin_family(&mut tx, &signed_in).await?;
                let version = begun.ok_or_else(invalid_grant)?;
                let event = step.event(Entity::Device(device), version, sentence, fact);
                Ok(tx.commit(event, vec![]).await?)
            })
        })
        .await?;
    device_tokens(ctx, &bearer, issued_at)
}
