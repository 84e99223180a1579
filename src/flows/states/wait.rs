//! A workstation waits for its state document to change.

use std::time::Duration;

use countersign_protocol::{ProblemCode, wire::state::StateDocument};

use super::{document::of_place, topic};
use crate::{
    domain::Failure,
    flows::{
        Context, WorkstationCaller,
        parked::{Reading, parked},
    },
    store::states,
};

/// The tag of a document of this version.
fn tag(document_version: u64) -> i64 {
    i64::try_from(document_version).unwrap_or(i64::MAX)
}

/// The document and its tag, once that is not `known` or `wait` is over; `None` if nothing changed.
///
/// # Errors
/// `invalid_token` if the workstation was suspended.
pub async fn wait_for_state(
    ctx: &Context,
    caller: WorkstationCaller,
    known: impl Fn(i64) -> bool,
    wait: Duration,
) -> Result<Option<(StateDocument, i64)>, Failure> {
    let topics = [topic(caller.workstation.0), topic(caller.tenant.0), caller.workstation.0];
    let subjects = [caller.workstation.0, caller.tenant.0, caller.scope.msp.0];
    let revoked = || ctx.revoked.is_revoked(&subjects, caller.token_issued_at);
    parked(ctx, &topics, revoked, wait, async || {
        let _turn = ctx.turns.next().await?;
        let mut conn = ctx.store.within(caller.scope).await?;
        let place = states::place(&mut conn, caller.workstation).await?;
        let place = place.ok_or(ProblemCode::InvalidToken)?;
        let tag = tag(place.version.sum());
        if known(tag) {
            return Ok(Reading { news: None, changes_in: None });
        }
        let document = of_place(ctx, &mut conn, &place).await?;
        Ok(Reading { news: Some((document, tag)), changes_in: None })
    })
    .await
}
