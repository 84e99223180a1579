//! A phone tells which codes it showed: what was claimed becomes confirmed.

use countersign_protocol::{
    P256Jwk, ProblemCode, TenantId,
    offline::ShownCode,
    wire::{
        offline::ReportShown,
        sessions::{Session, Trust},
    },
};

use crate::{
    domain::{Entity, Event, Fact, Failure, Refusal},
    flows::{Context, DeviceCaller, Moment},
    store::{Tx, offline, sessions},
};

/// How many records one request may hold.
const MOST: usize = 100;

/// Keeps the records, which the phone's own key has signed, and confirms the sessions that they match. Records that
/// were kept before change nothing.
///
/// # Errors
/// `invalid_request` if one is not this phone's, or not signed by it; then none is kept.
pub async fn report_shown(
    ctx: &Context,
    caller: DeviceCaller,
    key: &P256Jwk,
    report: ReportShown,
) -> Result<(), Failure> {
    if report.shown.is_empty() || report.shown.len() > MOST {
        return Err(invalid(format!("shown: 1 to {MOST} records")).into());
    }
    let mut records = Vec::with_capacity(report.shown.len());
    for (index, signed) in report.shown.iter().enumerate() {
        let shown =
            signed.verified(key).map_err(|error| invalid(format!("shown[{index}]: {error}")))?;
        if shown.device != caller.device || shown.technician != caller.technician {
            return Err(invalid(format!("shown[{index}]: another phone's")).into());
        }
        records.push(shown.clone());
    }
    let step = ctx.moment(caller.scope, caller.actor());
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let mut events = Vec::new();
                let mut kept = false;
                for shown in &records {
                    if !offline::workstation_is_at(&mut tx, shown.workstation, shown.tenant).await?
                    {
                        return Err(Refusal::not_found().into());
                    }
                    kept |= offline::keep_shown(&mut tx, shown, step.now()).await?;
                    events.extend(confirmed(&mut tx, &step, shown).await?);
                }
                if !kept && events.is_empty() {
                    return Ok(());
                }
                let first = match events.pop() {
                    Some(first) => first,
                    // Nothing uploaded yet: the records wait for the workstation.
                    None => kept_for_later(&mut tx, &step, &records).await?,
                };
                Ok(tx.commit(first, events).await?)
            })
        })
        .await
}

/// Events of the sessions that this record confirms.
async fn confirmed(tx: &mut Tx, step: &Moment, shown: &ShownCode) -> Result<Vec<Event>, Failure> {
    let at = (shown.tenant, shown.workstation);
    let Some(secret) = offline::of_version(tx, at, shown.version).await? else {
        return Ok(Vec::new());
    };
    // Of a secret that the phone never received it can have shown nothing.
    let epoch = offline::epoch_of(shown.version);
    if !offline::received(tx, &[shown.device], secret.id, epoch).await? {
        return Ok(Vec::new());
    }
    let number = i64::try_from(shown.step).unwrap_or(i64::MAX);
    let version = shown.version.to_string();
    let mut events = Vec::new();
    for session in sessions::of_code(tx, shown.workstation, &version, number).await? {
        events.extend(confirm(tx, step, &session, shown).await?);
    }
    Ok(events)
}

async fn confirm(
    tx: &mut Tx,
    step: &Moment,
    session: &Session,
    shown: &ShownCode,
) -> Result<Option<Event>, Failure> {
    if !matches!(session.trust, Trust::Claimed | Trust::ShownByCode) {
        return Ok(None);
    }
    let raised = sessions::confirm(tx, session.id, shown.technician).await?;
    let Some(version) = raised else { return Ok(None) };
    let sentence = format!(
        "the phone that showed the code has signed for the session with account {}",
        session.account
    );
    let fact = Fact::SessionConfirmed { device: shown.device };
    let tenant: TenantId = session.tenant_id;
    let event = step.event_at(tenant, Entity::Session(session.id), version, sentence, fact);
    Ok(Some(event.on(session.workstation_id)))
}

async fn kept_for_later(
    tx: &mut Tx,
    step: &Moment,
    records: &[ShownCode],
) -> Result<Event, Failure> {
    let first = records.first().ok_or_else(|| Failure::Fault("no record".into()))?;
    let version = crate::store::devices::raise_version(tx, first.device).await?;
    let version = version.ok_or(ProblemCode::InvalidToken)?;
    let sentence = format!("a phone says that it showed {} offline codes", records.len());
    let fact = Fact::OfflineCodesShown { codes: records.len() as u64 };
    Ok(step.event(Entity::Device(first.device), version, sentence, fact))
}

fn invalid(detail: String) -> Refusal {
    Refusal::because(ProblemCode::InvalidRequest, detail)
}
