//! A workstation that is back tells what happened without network. Nothing is dropped: what can't be is flagged.

mod judge;

use std::sync::Arc;

use countersign_protocol::{
    ProblemCode, SessionId, TechnicianId,
    offline::OfflineSession,
    wire::{
        accounts::AccountMode,
        offline::{UploadSessions, Uploaded, UploadedSession},
        sessions::{Flag, Trust},
    },
};

use self::judge::{Judge, Judged};
use crate::{
    domain::{
        Entity, Event, Fact, Failure, Refusal,
        names::{name_key, shown_name},
    },
    flows::{
        Context, Moment, WorkstationCaller,
        states::{measured, topic},
    },
    store::{
        Tx,
        offline::{self, Still},
        sessions::{self, NewSession},
        states::{self, Place},
    },
};

/// How many sessions one request may hold.
const MOST: usize = 100;
/// The largest number of a session or a step: what JSON's numbers hold exactly (RFC 8259 section 6).
const LARGEST: u64 = (1 << 53) - 1;

/// Keeps the sessions, each once, in the order of their numbers.
///
/// # Errors
/// `invalid_request` where one is another workstation's or out of order; then none is kept.
pub async fn upload(
    ctx: &Context,
    caller: WorkstationCaller,
    asked: UploadSessions,
) -> Result<Uploaded, Failure> {
    let uploaded = checked(caller, asked.sessions)?;
    let names: Vec<String> = uploaded.iter().map(|one| name_key(&one.user_name)).collect();
    let numbers: Vec<u64> = uploaded.iter().map(|one| one.sequence).collect();
    let offset = asked.offset;
    let step = ctx.moment(caller.scope, caller.actor());
    let wake = Arc::clone(&ctx.wake);
    let (through, flagged) = ctx
        .store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let still = Still::Named(&names);
                offline::hold_still(&mut tx, caller.tenant, still).await?;
                let place = states::place(&mut tx, caller.workstation).await?;
                let place = place.ok_or(ProblemCode::InvalidToken)?;
                // One upload at a time: the row's number is what orders them.
                let new: Vec<_> =
                    uploaded.into_iter().filter(|one| one.sequence > place.uploaded).collect();
                let Some(through) = new.last().map(|one| one.sequence) else {
                    return Ok((place.uploaded, 0));
                };
                if !states::uploaded(&mut tx, caller.workstation, place.uploaded, through).await? {
                    return Err(ProblemCode::Conflict.into());
                }
                let mut judge = Judge::of(&place, step.now());
                let (mut events, mut flagged, mut ordered) = (Vec::new(), 0, false);
                events.extend(measured(&mut tx, &step, &place, offset).await?);
                for one in new {
                    let judged = judge.judge(&mut tx, &one).await?;
                    flagged += u64::from(!judged.flags.is_empty());
                    let (event, changed) = keep(&mut tx, &step, &place, one, judged).await?;
                    events.push(event);
                    ordered |= changed;
                }
                if ordered {
                    // What it is to do about the accounts that were made there.
                    states::raise_owns(&mut tx, &[caller.workstation]).await?;
                }
                let first = events.pop().ok_or_else(|| Failure::Fault("no event".into()))?;
                tx.commit(first, events).await?;
                wake.wake(&[topic(caller.workstation.0)]);
                Ok((through, flagged))
            })
        })
        .await?;
    let mut conn = ctx.store.within(caller.scope).await?;
    let kept = sessions::of_numbers(&mut conn, caller.workstation, &numbers).await?;
    let sessions = kept.into_iter().map(|(sequence, id)| UploadedSession { sequence, id });
    Ok(Uploaded { through, flagged, sessions: sessions.collect() })
}

fn checked(
    caller: WorkstationCaller,
    sessions: Vec<OfflineSession>,
) -> Result<Vec<OfflineSession>, Refusal> {
    let invalid = |detail: String| Refusal::because(ProblemCode::InvalidRequest, detail);
    if sessions.is_empty() || sessions.len() > MOST {
        return Err(invalid(format!("sessions: 1 to {MOST}")));
    }
    let mut before = 0;
    let mut checked = Vec::with_capacity(sessions.len());
    for (index, mut one) in sessions.into_iter().enumerate() {
        if one.workstation != caller.workstation {
            return Err(invalid(format!("sessions[{index}].workstation: another's")));
        }
        if one.sequence <= before {
            return Err(invalid(format!("sessions[{index}].sequence: rising, from 1")));
        }
        if [one.sequence, one.step].into_iter().any(|number| number > LARGEST) {
            return Err(invalid(format!("sessions[{index}]: sequence, step: at most {LARGEST}")));
        }
        before = one.sequence;
        one.user_name = shown_name("user_name", &one.user_name, 254)?;
        one.account = shown_name("account", &one.account, 64)?;
        checked.push(one);
    }
    Ok(checked)
}

/// The event, and whether the workstation has something new to do about the account.
async fn keep(
    tx: &mut Tx,
    step: &Moment,
    place: &Place,
    one: OfflineSession,
    judged: Judged,
) -> Result<(Event, bool), Failure> {
    let id: SessionId = step.id();
    let started_at = one.started_at.unwrap_or(one.accepted_at);
    let new = NewSession {
        id,
        tenant: place.tenant,
        workstation: place.workstation,
        technician: judged.technician,
        login: None,
        sequence: Some(one.sequence),
        account: one.account.clone(),
        purpose: one.purpose.clone(),
        trust: judged.trust,
        account_created: one.account_created,
        password_made_at: one.password_made_at,
        secret_version: Some(one.version),
        step: Some(one.step),
        flags: judged.flags.clone(),
        started_at,
        ended_at: one.ended_at,
        now: step.now(),
    };
    sessions::insert(tx, &new).await?;
    let mut changed = false;
    if !judged.flags.contains(&Flag::OtherAccount) && judged.technician.is_some() {
        let here = (place.tenant, place.workstation);
        let stays = stays(tx, place, judged.owner, &one.account).await?;
        let account = (one.account.as_str(), judged.owner);
        changed = states::have(tx, here, account, stays, step.now()).await?;
    }
    let sentence = sentence(place, &one, &judged);
    let fact = Fact::SessionStarted {
        login: None,
        account: one.account,
        purpose: one.purpose,
        trust: judged.trust,
        account_created: one.account_created,
        password_made_at: one.password_made_at,
        secret_version: Some(one.version),
        step: Some(one.step),
        flags: judged.flags,
        started_at,
    };
    Ok((step.event(Entity::Session(id), 1, sentence, fact).of(judged.technician), changed))
}

/// True if the account that was used may stay: it is of the tenant's mode, and its owner still works there.
pub(in crate::flows) async fn stays(
    tx: &mut Tx,
    place: &Place,
    owner: Option<TechnicianId>,
    account: &str,
) -> Result<bool, Failure> {
    Ok(match (place.mode, owner) {
        (AccountMode::Named, Some(owner)) => {
            offline::delegates(tx, place.tenant).await?.iter().any(|one| one.technician == owner)
        }
        (AccountMode::Shared, None) => place.shared_account.as_deref() == Some(account),
        _ => false,
    })
}

/// Honest about what is known: claimed, shown by code, confirmed.
fn sentence(place: &Place, one: &OfflineSession, judged: &Judged) -> String {
    // What was typed and names nobody is perhaps a password: it is not kept.
    let who = judged.name.as_deref().unwrap_or("somebody");
    let how = match judged.trust {
        Trust::Confirmed => "confirmed by their phone",
        Trust::ShownByCode => "shown by code",
        _ => "claimed",
    };
    let odd = if judged.flags.is_empty() { "" } else { ", which can't be right" };
    format!(
        "{who} ({how}) logged into the desktop {} offline with account {}{odd}",
        place.host_name, one.account
    )
}
