//! A workstation's state document.

use actix_web::{HttpRequest, get, post, web};
use countersign_protocol::wire::state::{Applied, StateDocument};

use crate::{
    flows::{Context, states},
    http::{
        Answer, Done, Edge, IfNoneMatch, Json, Prefer, Versioned, authenticate::Workstation, parked,
    },
};

/// The state document, waited for
///
/// What the workstation is to be. With `Prefer: wait=N` and the last `ETag`, the answer comes when it changes. The
/// offline part is sealed to the workstation's encryption key (RFC 9180), and bound to the version.
#[utoipa::path(params(Prefer, IfNoneMatch), responses((status = 200, description = "The document", body = StateDocument)))]
#[get("/desktop/v1/state")]
pub async fn wait_for_state(
    workstation: Workstation,
    prefer: Prefer,
    known: IfNoneMatch,
    request: HttpRequest,
    edge: web::Data<Edge>,
    ctx: web::Data<Context>,
) -> Answer<Versioned<StateDocument>> {
    let wait = prefer.wait.min(ctx.settings.wait.max());
    let knows = |version| known.knows(version);
    let waiting = states::wait_for_state(&ctx, workstation.0, knows, wait);
    let seen = Box::pin(parked(&request, &edge, waiting)).await?;
    Ok(match seen {
        Some((document, tag)) if !known.knows(tag) => Versioned::News(tag, document),
        Some((_, tag)) => Versioned::Unchanged(tag),
        None => known.unchanged(),
    })
}

crate::refusals! {
    /// What an acknowledgement is refused with.
    Applying: Conflict
}

/// Say that a state document was applied
#[utoipa::path(responses((status = 204, description = "Kept"), Applying))]
#[post("/desktop/v1/state/applied")]
pub async fn state_applied(
    Workstation(caller): Workstation,
    Json(said): Json<Applied>,
    ctx: web::Data<Context>,
) -> Answer<Done> {
    states::applied(&ctx, caller, said).await?;
    Ok(Done)
}
