//! What a phone reads before it decides.

use countersign_protocol::{
    DeviceId, Entry, LoginId,
    encoding::sha256,
    wire::{
        LoginState,
        mobile::{LoginDetail, PendingLogin, PendingLogins, SigningOptions},
    },
};

use super::{PendingSeen, wait::TRYING};
use crate::{
    auth::Passkey,
    domain::{Failure, Refusal, network::same_network},
    flows::{Context, DeviceCaller},
    push::Seen,
    store::logins::{self, LoginForPhone},
};

/// The phone's pending logins, now.
///
/// # Errors
/// If the database does not answer.
pub async fn pending(
    ctx: &Context,
    caller: DeviceCaller,
    address: &str,
) -> Result<PendingSeen, Failure> {
    let now = ctx.now();
    let mut conn = ctx.store.within(caller.scope).await?;
    let rows = logins::pending_of(&mut conn, caller.device, caller.technician, now).await?;
    let (devices_version, can_be_told) = match rows.first() {
        Some(row) => (row.devices_version(), row.can_be_told()),
        None => logins::own_devices(&mut conn, caller.device).await?,
    };
    drop(conn);
    let push_address_wanted = ctx.pushes.are_sent() && !can_be_told;
    let mut tagged = devices_version.to_be_bytes().to_vec();
    tagged.push(push_address_wanted.into());
    for row in &rows {
        tagged.extend_from_slice(row.statement().login.as_bytes());
        tagged.extend_from_slice(&row.version().to_be_bytes());
    }
    let logins = rows.iter().map(|row| shown(row, address)).collect();
    let [a, b, c, d, e, f, g, h, ..] = sha256(&[&tagged]);
    let tag = i64::from_be_bytes([a & 0x7f, b, c, d, e, f, g, h]);
    let logins = PendingLogins { logins, devices_version, push_address_wanted, server_time: now };
    Ok(PendingSeen { logins, tag })
}

/// A login as this phone sees it.
pub(super) fn shown(row: &LoginForPhone, address: &str) -> PendingLogin {
    PendingLogin {
        statement: row.statement(),
        version: row.version(),
        code_digits: row.code_digits(),
        network_differs: !same_network(row.network_address(), address),
    }
}

pub(super) fn detail(ctx: &Context, row: &LoginForPhone, address: &str) -> LoginDetail {
    let now = ctx.now();
    let state = row.login().expire_at(now).state();
    LoginDetail { login: shown(row, address), state, server_time: now }
}

/// One login, pending or decided, with all that a person needs to judge it.
///
/// # Errors
/// `not_found`.
pub async fn one(
    ctx: &Context,
    caller: DeviceCaller,
    login: LoginId,
    address: &str,
) -> Result<LoginDetail, Failure> {
    let row = for_phone(ctx, caller, login).await?;
    saw(ctx, caller, &row).await;
    Ok(detail(ctx, &row, address))
}

/// A phone's notification service acknowledges that it has the login, before anybody has looked.
///
/// # Errors
/// `not_found`.
pub async fn acknowledge(
    ctx: &Context,
    caller: DeviceCaller,
    login: LoginId,
) -> Result<(), Failure> {
    let row = for_phone(ctx, caller, login).await?;
    saw(ctx, caller, &row).await;
    Ok(())
}

/// The phone knows of the login: the workstation may learn that.
async fn saw(ctx: &Context, caller: DeviceCaller, row: &LoginForPhone) {
    let now = ctx.now();
    let statement = row.statement();
    let pending = row.login().expire_at(now).state() == LoginState::Pending;
    if !pending || statement.entry != Entry::Push {
        return;
    }
    if !ctx.sightings.mark(statement.login.0).await {
        return;
    }
    let now = ctx.now();
    ctx.pushes.seen(Seen {
        msp: caller.scope.msp,
        tenant: row.tenant(),
        login: statement.login,
        device: caller.device,
        after: now.since(statement.opened_at),
    });
    // Sooner, the end of the first seconds tells it by itself.
    if now >= statement.opened_at + TRYING {
        ctx.wake.wake(&[statement.login.0]);
    }
}

/// What the phone needs to sign: the login's nonce, and options whose challenge commits to it.
///
/// # Errors
/// `not_found`; `login_not_pending`.
pub async fn options(
    ctx: &Context,
    caller: DeviceCaller,
    login: LoginId,
) -> Result<SigningOptions, Failure> {
    let row = for_phone(ctx, caller, login).await?;
    row.login().pending_at(ctx.now())?;
    saw(ctx, caller, &row).await;
    let nonce = row.nonce();
    let challenge = row.statement().challenge(&nonce);
    let public_key = ctx
        .relying_party
        .assertion_options(&passkey(&row, caller.device)?, challenge)
        .map_err(|error| Failure::Fault(format!("no signing options: {error}")))?;
    Ok(SigningOptions { nonce, public_key })
}

pub(super) async fn for_phone(
    ctx: &Context,
    caller: DeviceCaller,
    login: LoginId,
) -> Result<LoginForPhone, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let row = logins::for_phone(&mut conn, login, caller.device).await?;
    Ok(row.ok_or_else(Refusal::not_found)?)
}

pub(super) fn passkey(row: &LoginForPhone, device: DeviceId) -> Result<Passkey, Failure> {
    serde_json::from_str(row.passkey()).map_err(|error| {
        Failure::Fault(format!("the passkey of device {device} is corrupt: {error}"))
    })
}
