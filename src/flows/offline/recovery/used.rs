//! A recovery code that was used at its workstation.

use std::sync::Arc;

use countersign_protocol::{
    Instant, ProblemCode, SessionId,
    wire::{desktop::RecoveryUsed, sessions::Trust},
};

use super::make;
use crate::{
    domain::{Entity, Event, Fact, Failure, Refusal, names::shown_name},
    flows::{Context, Moment, WorkstationCaller, states::topic},
    store::{
        Tx, offline,
        sessions::{self, NewSession},
        states::{self, Place},
    },
};

/// A workstation that is back says that its recovery code was used: it is replaced. Said again, nothing changes.
///
/// # Errors
/// `invalid_request` for a number that it never had; `not_found` if it has no code.
pub async fn recovery_used(
    ctx: &Context,
    caller: WorkstationCaller,
    used: RecoveryUsed,
) -> Result<(), Failure> {
    let account = shown_name("account", &used.account, 64)?;
    let step = ctx.moment(caller.scope, caller.actor());
    let (wake, keys) = (Arc::clone(&ctx.wake), Arc::clone(&ctx.keys));
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let place = states::place(&mut tx, caller.workstation).await?;
                let place = place.ok_or(ProblemCode::InvalidToken)?;
                let standing = offline::code_standing(&mut tx, caller.workstation).await?;
                let standing = standing.ok_or_else(Refusal::not_found)?;
                let number = u32::try_from(standing.number).unwrap_or(0);
                if used.number == 0 || used.number > number {
                    let detail = "number: none that this workstation ever had";
                    return Err(Refusal::because(ProblemCode::InvalidRequest, detail).into());
                }
                if used.number < number {
                    // Replaced already: an answer was lost.
                    return Ok(());
                }
                let replaced = offline::replace_code(&mut tx, standing.id, step.now()).await?;
                let Some(version) = replaced else { return Ok(()) };
                states::raise_owns(&mut tx, &[caller.workstation]).await?;
                let number = standing.number;
                let sentence = format!("recovery code {number} of {} was used", place.host_name);
                let fact = Fact::RecoveryCodeReplaced { number };
                let entity = Entity::RecoveryCode(standing.id);
                let used_event = step.event(entity, version, sentence, fact);
                let made = make(&mut tx, &step, &keys, &place, number).await?;
                let session = session(&mut tx, &step, &place, account, used.used_at).await?;
                tx.commit(session, vec![used_event, made]).await?;
                wake.wake(&[topic(caller.workstation.0)]);
                Ok(())
            })
        })
        .await
}

async fn session(
    tx: &mut Tx,
    step: &Moment,
    place: &Place,
    account: String,
    used_at: Instant,
) -> Result<Event, Failure> {
    let id: SessionId = step.id();
    let purpose = countersign_protocol::Purpose::SignIn;
    let new = NewSession {
        id,
        tenant: place.tenant,
        workstation: place.workstation,
        technician: None,
        login: None,
        sequence: None,
        account: account.clone(),
        purpose: purpose.clone(),
        trust: Trust::Recovered,
        account_created: false,
        password_made_at: None,
        secret_version: None,
        step: None,
        flags: Vec::new(),
        started_at: used_at,
        ended_at: None,
        now: step.now(),
    };
    sessions::insert(tx, &new).await?;
    let host = &place.host_name;
    let sentence = format!("somebody opened {host} with its recovery code and account {account}");
    let fact = Fact::SessionStarted {
        login: None,
        account,
        purpose,
        trust: Trust::Recovered,
        account_created: false,
        password_made_at: None,
        secret_version: None,
        step: None,
        flags: Vec::new(),
        started_at: used_at,
    };
    Ok(step.event(Entity::Session(id), 1, sentence, fact))
}
