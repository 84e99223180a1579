//! A workstation asks that the phones be told once more.

use countersign_protocol::{
    Entry, LoginId, ProblemCode,
    wire::{LoginState, desktop::LoginView},
};

use super::wait::current;
use crate::{
    domain::{Failure, Refusal, login::not_pending},
    flows::{Context, WorkstationCaller},
    guards::Quota,
};

/// How often the phones are told of one login again.
const AGAIN: Quota = Quota { per_minute: 2, burst: 2 };

/// Tells the phones of a pending push login again, whatever became of the first notice. What holds for it is the
/// same for a name that means nobody.
///
/// # Errors
/// `not_found`; `login_not_pending` with the state; `conflict` for a QR login; `too_many_requests`.
pub async fn resend(
    ctx: &Context,
    caller: WorkstationCaller,
    login: LoginId,
) -> Result<LoginView, Failure> {
    let view = current(ctx, &caller, login).await?;
    if view.state != LoginState::Pending {
        return Err(not_pending(view.state).into());
    }
    if view.entry != Entry::Push {
        let detail = "a QR login has no phone to tell: show its code";
        return Err(Refusal::because(ProblemCode::Conflict, detail).into());
    }
    let key = format!("resend:{login}");
    ctx.limiter.take(&key, AGAIN).await.map_err(|wait| Refusal::too_many(wait.0))?;
    ctx.pushes.resend(caller.scope.msp, login);
    Ok(view)
}
