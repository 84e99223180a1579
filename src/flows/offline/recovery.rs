//! Break-glass: a one-time code for each workstation, released by two admins (or one, by the msp's setting) with a
//! reason. It opens a machine that is offline and that nobody has visited.

pub(super) mod used;

use std::time::Duration;

use countersign_protocol::{
    Bytes, ProblemCode, RecoveryCodeId, RecoveryId, WorkstationId,
    encoding::sha256,
    wire::{
        offline::{AskRecovery, Recovery},
        state::RecoveryCheck,
    },
};
use zeroize::Zeroizing;

use super::secrets::given_before;
use crate::{
    ambient::Random,
    auth::{KeyRing, Place as SealedPlace},
    domain::{
        Entity, Event, Fact, Failure, ListFrom, Listing, Refusal, SealedTable, names::shown_name,
    },
    flows::{AdminCaller, Context, Moment, admin},
    store::{
        Tx, msps,
        offline::{self, NewRecovery, RecoveryCodeRow, RecoveryRow},
        states::Place,
    },
};

/// How long a request can be agreed to, and its code be read.
const OPEN: Duration = Duration::from_secs(3600);

/// 20 characters of 32: 100 random bits (Crockford's alphabet: nothing that looks like something else).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 20;

fn sealed_place(code: &RecoveryCodeId, number: i32) -> SealedPlace<'_> {
    SealedPlace {
        table: SealedTable::RecoveryCodes,
        row: code.as_bytes(),
        version: i64::from(number),
    }
}

fn fresh(random: &dyn Random) -> Zeroizing<String> {
    let bytes: Zeroizing<[u8; LENGTH]> = Zeroizing::new(random.bytes());
    let characters = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    Zeroizing::new(characters.collect())
}

/// In groups of five, as people read it.
fn grouped(code: &str) -> String {
    let characters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = characters.chunks(5).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

fn opened(keys: &KeyRing, row: &RecoveryCodeRow) -> Result<Zeroizing<String>, Failure> {
    let fault = |what: &dyn std::fmt::Display| Failure::Fault(format!("recovery code: {what}"));
    let bytes = keys
        .open(&sealed_place(&row.id, row.number), &row.sealed)
        .map_err(|error| fault(&error))?;
    String::from_utf8(bytes.to_vec()).map(Zeroizing::new).map_err(|error| fault(&error))
}

/// What the workstation checks the standing code by.
pub(in crate::flows) fn check_of_code(
    keys: &KeyRing,
    row: &RecoveryCodeRow,
) -> Result<RecoveryCheck, Failure> {
    let code = opened(keys, row)?;
    Ok(RecoveryCheck {
        number: row.number.try_into().unwrap_or(0),
        sha256: Bytes(sha256(&[code.as_bytes()])),
    })
}

/// Makes the workstation's code, unless one stands.
pub(in crate::flows) async fn ensure_code(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    place: &Place,
) -> Result<Option<Event>, Failure> {
    if offline::code_standing(tx, place.workstation).await?.is_some() {
        return Ok(None);
    }
    Ok(Some(make(tx, step, keys, place, 0).await?))
}

/// Makes the code that follows the one of this number.
async fn make(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    place: &Place,
    after: i32,
) -> Result<Event, Failure> {
    let number = i32::try_from(given_before(place.version)).unwrap_or(i32::MAX - 1).max(after) + 1;
    let id: RecoveryCodeId = step.id();
    let code = fresh(step.random());
    let sealed = keys.seal(&sealed_place(&id, number), code.as_bytes(), step.random());
    let here = (place.tenant, place.workstation);
    offline::make_code(tx, (id, number), here, &sealed, step.now()).await?;
    let sentence = format!("recovery code {number} of {} was made", place.host_name);
    let fact = Fact::RecoveryCodeMade { number };
    let event = step.event_at(place.tenant, Entity::RecoveryCode(id), 1, sentence, fact);
    Ok(event.on(place.workstation))
}

/// Asks for a workstation's recovery code. Where the msp's setting asks for one admin only, the code can be read at
/// once.
///
/// # Errors
/// `invalid_request`, `not_found`; unavailable while no record of it can be promised.
pub async fn ask_for_recovery(
    ctx: &Context,
    caller: AdminCaller,
    workstation: WorkstationId,
    asked: AskRecovery,
) -> Result<Recovery, Failure> {
    ctx.backlog.promise(caller.scope.msp)?;
    let reason = shown_name("reason", &asked.reason, 256)?;
    let known = admin::workstations::one(ctx, caller, workstation).await?;
    let step = ctx.moment(caller.scope, caller.actor());
    let new = NewRecovery {
        id: step.id(),
        tenant: known.tenant_id,
        workstation,
        reason: reason.clone(),
        requested_by: caller.token,
        expires_at: step.now() + OPEN,
        now: step.now(),
    };
    let answer = Recovery {
        id: new.id,
        workstation_id: workstation,
        reason: reason.clone(),
        requested_by: caller.token,
        requested_at: new.now,
        agreed_by: None,
        expires_at: new.expires_at,
        number: None,
        code: None,
    };
    let host = known.facts.host_name;
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                offline::ask(&mut tx, &new).await?;
                let sentence = format!("an admin asked for the recovery code of {host}: {reason}");
                let fact = Fact::RecoveryRequested { reason };
                let entity = Entity::Recovery(new.id);
                let event = step.event_at(new.tenant, entity, 1, sentence, fact).on(workstation);
                tx.commit(event, vec![]).await?;
                Ok(answer)
            })
        })
        .await
}

/// Another admin agrees.
///
/// # Errors
/// `not_found`; `conflict` if it is the one who asked, their token was made since, somebody has agreed, or it is too late.
pub async fn agree_to_recovery(
    ctx: &Context,
    caller: AdminCaller,
    recovery: RecoveryId,
) -> Result<Recovery, Failure> {
    ctx.backlog.promise(caller.scope.msp)?;
    let step = ctx.moment(caller.scope, caller.actor());
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let row = offline::requested(&mut tx, recovery).await?;
                let row = row.ok_or_else(Refusal::not_found)?;
                let agreed = offline::agree(&mut tx, recovery, caller.token, step.now()).await?;
                let Some(version) = agreed else {
                    let why = "another admin than the one who asked agrees, once and in time, by a token that was made before";
                    return Err(Refusal::because(ProblemCode::Conflict, why).into());
                };
                let sentence = format!("another admin agreed to a recovery: {}", row.reason);
                let fact = Fact::RecoveryAgreed;
                let event = step
                    .event_at(row.tenant, Entity::Recovery(recovery), version, sentence, fact)
                    .on(row.workstation);
                tx.commit(event, vec![]).await?;
                Ok(shown(&RecoveryRow { agreed_by: Some(caller.token), version, ..row }, None))
            })
        })
        .await
}

fn shown(row: &RecoveryRow, code: Option<(i32, String)>) -> Recovery {
    let (number, code) = code.unzip();
    Recovery {
        id: row.id,
        workstation_id: row.workstation,
        reason: row.reason.clone(),
        requested_by: row.requested_by,
        requested_at: row.requested_at,
        agreed_by: row.agreed_by,
        expires_at: row.expires_at,
        number: number.and_then(|number| number.try_into().ok()),
        code,
    }
}

/// A part of the msp's requests, without codes.
///
/// # Errors
/// That the database does not answer.
pub async fn list_recoveries(
    ctx: &Context,
    caller: AdminCaller,
    from: ListFrom,
) -> Result<Listing<Recovery>, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let Listing { items, next } = offline::all_requested(&mut conn, from).await?;
    Ok(Listing { items: items.iter().map(|row| shown(row, None)).collect(), next })
}

/// Reads a request, and the code once enough admins agreed: each reading is an event. It is the code that stood at the
/// first; once that was replaced, there is none to read.
///
/// # Errors
/// `not_found`; `conflict` if the workstation has no code; unavailable while no record of it can be promised.
pub async fn read_recovery(
    ctx: &Context,
    caller: AdminCaller,
    recovery: RecoveryId,
) -> Result<Recovery, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let row = offline::requested(&mut conn, recovery).await?.ok_or_else(Refusal::not_found)?;
    let one_is_enough = msps::recovery_admins(&mut conn).await? < 2;
    let ready = (row.agreed_by.is_some() || one_is_enough) && ctx.now() < row.expires_at;
    if !ready {
        return Ok(shown(&row, None));
    }
    let standing = offline::code_standing(&mut conn, row.workstation).await?;
    drop(conn);
    let Some(standing) = standing else {
        let why = "the workstation has no recovery code yet: it makes contact first";
        return Err(Refusal::because(ProblemCode::Conflict, why).into());
    };
    if row.number.is_some_and(|number| number != standing.number) {
        return Ok(shown(&row, None));
    }
    ctx.backlog.promise(caller.scope.msp)?;
    released(ctx, caller, &row, standing.number).await?;
    let code = grouped(&opened(&ctx.keys, &standing)?);
    Ok(shown(&row, Some((standing.number, code))))
}

async fn released(
    ctx: &Context,
    caller: AdminCaller,
    row: &RecoveryRow,
    number: i32,
) -> Result<(), Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let row = row.clone();
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let released = offline::release(&mut tx, row.id, number, step.now()).await?;
                let why = "it is too late, or another code was released";
                let version =
                    released.ok_or_else(|| Refusal::because(ProblemCode::Conflict, why))?;
                let sentence = format!("recovery code {number} was released: {}", row.reason);
                let fact = Fact::RecoveryReleased { number, reason: row.reason };
                let entity = Entity::Recovery(row.id);
                let event = step.event_at(row.tenant, entity, version, sentence, fact);
                Ok(tx.commit(event.on(row.workstation), vec![]).await?)
            })
        })
        .await
}
