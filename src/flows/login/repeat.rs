//! The same `Idempotency-Key` is the same login.

use countersign_protocol::{
    Entry, Nonce, ProblemCode, qr,
    wire::desktop::{LoginView, OpenLogin, Opened, QrKey},
};
use zeroize::Zeroizing;

use super::{
    Asked,
    secrets::{claim_key, code_of, is_kept_request},
    wait::current,
};
use crate::{
    auth::KeyRing,
    domain::Failure,
    flows::{Context, WorkstationCaller},
    store::logins,
};

/// The request's bytes, to tell a repetition from another request under the same key.
pub(super) fn written_down(request: &OpenLogin) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let text = serde_json::to_vec(request)
        .map_err(|error| Failure::Fault(format!("a request does not become JSON: {error}")))?;
    Ok(Zeroizing::new(text))
}

/// The login with what its technician carries to the phone. `code` is how many digits it has, and how it is kept.
pub(super) fn carried(
    keys: &KeyRing,
    login: LoginView,
    nonce: &Nonce,
    code: Option<(u8, &[u8])>,
) -> Opened {
    let id = login.id;
    match login.entry {
        Entry::Push => {
            Opened { login, code: code.and_then(|code| code_of(keys, id, nonce, code)), qr: None }
        }
        Entry::Qr => {
            let claim_key = claim_key(keys, id, nonce);
            let qr = QrKey { claim_key, step_seconds: qr::STEP_SECONDS };
            Opened { login, code: None, qr: Some(qr) }
        }
    }
}

/// What the same key opened before: the same login, code and claim key; `None` if it opened nothing.
///
/// # Errors
/// `idempotency_conflict` if it opened something by another request.
pub(super) async fn repeated(
    ctx: &Context,
    caller: WorkstationCaller,
    asked: &Asked,
    told: &[u8],
) -> Result<Option<Opened>, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let found = logins::opened_before(&mut conn, caller.workstation, &asked.idempotency_key);
    let Some(before) = found.await? else { return Ok(None) };
    if !is_kept_request(&ctx.keys, told, &before.request_hash) {
        return Err(ProblemCode::IdempotencyConflict.into());
    }
    drop(conn);
    let view = current(ctx, &caller, before.id).await?;
    let digits = before.code_digits.and_then(|digits| u8::try_from(digits).ok());
    let code = digits.zip(before.code_tag.as_deref());
    let opened = carried(&ctx.keys, view, &before.nonce, code);
    if code.is_some() && opened.code.is_none() {
        // Its master key is gone: the code can't be shown again.
        return Err(ProblemCode::IdempotencyConflict.into());
    }
    Ok(Some(opened))
}
