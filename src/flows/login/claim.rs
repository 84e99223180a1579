//! A phone claims a QR login by the secret that the workstation shows.

use std::sync::Arc;

use countersign_protocol::{
    DeviceId, LoginId, ProblemCode, qr,
    wire::{
        desktop::Outcome,
        mobile::{Claim, LoginDetail},
    },
};

use super::{
    approve::why_not,
    read::{detail, for_phone},
    secrets::claim_keys,
};
use crate::{
    domain::{Entity, Fact, Failure, Refusal, login::Login, network::same_network},
    flows::{Context, DeviceCaller},
    store::logins::{self, Claimed, LoginForPhone},
};

/// Claims the login for the phone's technician and device, by one conditional UPDATE. It takes the place of what the
/// technician has pending in the same OS session. A repetition by the phone that claimed it answers the same. A wrong or old secret is counted; the last one allowed denies.
///
/// # Errors
/// `not_found`, `login_not_pending`, `already_claimed`, `wrong_secret`, `network_mismatch`.
pub async fn claim(
    ctx: &Context,
    caller: DeviceCaller,
    login: LoginId,
    request: &Claim,
    address: &str,
) -> Result<LoginDetail, Failure> {
    let now = ctx.now();
    let row = {
        let mut conn = ctx.store.within(caller.scope).await?;
        logins::claimable(&mut conn, login, caller.device).await?.ok_or_else(Refusal::not_found)?
    };
    let pending = row.login().pending_at(now)?;
    if row.claimed_by() == Some(caller.device) {
        return Ok(detail(ctx, &row, address));
    }
    pending.clone().claim()?;
    let keys = claim_keys(&ctx.keys, login, &row.nonce());
    if !keys.iter().any(|key| qr::accepts(key, login, now, &request.secret.0)) {
        return Err(wrong_secret(ctx, caller, &row, pending).await);
    }
    if row.refuse_other_network() && !same_network(row.network_address(), address) {
        return Err(ProblemCode::NetworkMismatch.into());
    }
    if !write_claim(ctx, caller, &row, address).await? {
        return Err(lost(ctx, caller, login, caller.device).await);
    }
    let row = for_phone(ctx, caller, login).await?;
    Ok(detail(ctx, &row, address))
}

async fn write_claim(
    ctx: &Context,
    caller: DeviceCaller,
    row: &LoginForPhone,
    address: &str,
) -> Result<bool, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    let (tenant, email, host) = (row.tenant(), row.email().to_owned(), row.host_name().to_owned());
    let (workstation, os_session) = (row.workstation(), row.os_session().to_owned());
    let claimed = Claimed {
        login: row.statement().login,
        technician: caller.technician,
        device: caller.device,
        claimed_from: address.to_owned(),
        now: step.now(),
    };
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let Some(version) = logins::claim(&mut tx, &claimed).await? else {
                    return Ok(false);
                };
                let event = step.event_at(
                    tenant,
                    Entity::Login(claimed.login),
                    version,
                    format!("{email} scanned the QR code of {host}"),
                    Fact::LoginClaimed {
                        technician: caller.technician,
                        device: caller.device,
                        claimed_from: claimed.claimed_from.clone(),
                    },
                );
                let event = event.on(workstation);
                let place = (workstation, os_session.as_str());
                let older =
                    logins::supersede_others(&mut tx, claimed.login, caller.technician, place)
                        .await?;
                let mut topics = vec![claimed.login.0, caller.technician.0];
                topics.extend(older.iter().map(|(login, _)| login.0));
                let superseded = older.into_iter().map(|(login, version)| {
                    let sentence = format!("a claimed login on {host} took the place of another");
                    let fact = Fact::LoginSuperseded { by: claimed.login };
                    step.event_at(tenant, Entity::Login(login), version, sentence, fact)
                        .on(workstation)
                });
                tx.commit(event, superseded.collect()).await?;
                wake.wake(&topics);
                Ok(true)
            })
        })
        .await
}

/// The conditional UPDATE found no row: somebody claimed at the same time, or the login ended.
async fn lost(ctx: &Context, caller: DeviceCaller, login: LoginId, device: DeviceId) -> Failure {
    let row = async {
        let mut conn = ctx.store.within(caller.scope).await?;
        logins::claimable(&mut conn, login, device).await
    };
    match row.await {
        Err(error) => error.into(),
        Ok(Some(row)) if row.claimed_by().is_some() => ProblemCode::AlreadyClaimed.into(),
        Ok(_) => why_not(ctx, caller, login).await,
    }
}

async fn wrong_secret(
    ctx: &Context,
    caller: DeviceCaller,
    row: &LoginForPhone,
    pending: crate::domain::login::Pending,
) -> Failure {
    let max = ctx.settings.login.claims_wrong_max;
    let ends = matches!(pending.refuse_claim(max), Login::Ended(_));
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    let login = row.statement().login;
    let (tenant, email, host) = (row.tenant(), row.email().to_owned(), row.host_name().to_owned());
    let workstation = row.workstation();
    let max = i32::try_from(max).unwrap_or(i32::MAX);
    let counted = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let now = step.now();
                let counted = logins::count_wrong_claim(&mut tx, login, max, now).await?;
                let Some((version, wrong_claims)) = counted else { return Ok(()) };
                let ended = wrong_claims >= max;
                let fact = if ended {
                    Fact::LoginDenied { outcome: Outcome::WrongClaims }
                } else {
                    Fact::ClaimRefused { wrong_claims }
                };
                let what =
                    if ended { "and ended the login" } else { "which counts against the login" };
                let sentence = format!("{email} showed a wrong or old QR code of {host}, {what}");
                let event = step.event_at(tenant, Entity::Login(login), version, sentence, fact);
                tx.commit(event.on(workstation), Vec::new()).await?;
                wake.wake(&[login.0]);
                Ok(())
            })
        })
        .await;
    match counted {
        Err(failure) => failure,
        Ok(()) if ends => Refusal::because(
            ProblemCode::WrongSecret,
            "too many wrong QR codes: the login is denied",
        )
        .into(),
        Ok(()) => ProblemCode::WrongSecret.into(),
    }
}
