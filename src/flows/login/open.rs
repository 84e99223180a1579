//! A workstation opens a login.

use std::{sync::Arc, time::Duration};

use countersign_protocol::{
    Bytes, Entry, ProblemCode, Purpose,
    wire::{
        LoginState, Status,
        desktop::{LoginView, OpenBy, OpenLogin, Opened, Reach},
    },
};
use uuid::Uuid;

use super::{
    decoy::decoy,
    repeat::{carried, repeated, written_down},
    secrets::{code, kept_code, kept_name, kept_request},
};
use crate::{
    auth::KeyRing,
    domain::{
        Entity, Fact, Failure, Refusal,
        names::{name_key, shown_name},
    },
    flows::{Context, Moment, WorkstationCaller},
    store::{
        StoreError, Tx,
        logins::{self, NamedTechnician, NewLogin, NewPush, WhereOpened},
    },
};

/// What a workstation asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The request.
    pub request: OpenLogin,
    /// Its `Idempotency-Key`.
    pub idempotency_key: String,
    /// Where it came from.
    pub network_address: String,
}

/// How one try at opening ended.
enum Try {
    Opened(Box<Opened>),
    /// The key opened a login before.
    SameKey,
    /// Another login of this OS session was opened at the same time.
    SameSession,
}

/// Opens a login, or finds the one that the same `Idempotency-Key` opened; `true` if it is new.
///
/// A name that means nobody, or nobody who may enter here, opens a decoy: a row like any other, by the same
/// statements and under the same caps, that no phone ever sees.
///
/// # Errors
/// `invalid_request`, `too_many_requests`, `push_frozen`, `idempotency_conflict`.
pub async fn open(
    ctx: &Context,
    caller: WorkstationCaller,
    asked: Asked,
) -> Result<(Opened, bool), Failure> {
    let asked = Asked { request: checked(asked.request)?, ..asked };
    let told = written_down(&asked.request)?;
    // What was opened before is found again whatever the caps say and whatever was frozen since: the answer may
    // have been lost.
    let or_repeated = async |refusal: Failure| match repeated(ctx, caller, &asked, &told).await? {
        Some(opened) => Ok((opened, false)),
        None => Err(refusal),
    };
    if let Err(refusal) = stay_within_caps(ctx, &caller, &asked.request.by).await {
        return or_repeated(refusal).await;
    }
    let request_hash = kept_request(&ctx.keys, &told);
    for _ in 0..3 {
        match try_open(ctx, caller, asked.clone(), request_hash).await {
            Ok(Try::Opened(opened)) => return Ok((*opened, true)),
            Ok(Try::SameKey) => return or_repeated(ProblemCode::IdempotencyConflict.into()).await,
            Ok(Try::SameSession) => {}
            Err(Failure::Refused(refusal)) if refusal.code() == ProblemCode::PushFrozen => {
                return or_repeated(refusal.into()).await;
            }
            Err(failure) => return Err(failure),
        }
    }
    let busy = "several logins were opened at once in this OS session: try again";
    Err(Refusal::because(ProblemCode::Conflict, busy).into())
}

fn checked(mut request: OpenLogin) -> Result<OpenLogin, Refusal> {
    request.os_session = shown_name("os_session", &request.os_session, 64)?;
    if let OpenBy::Push { name } = &mut request.by {
        *name = shown_name("name", name, 254)?;
    }
    if let Purpose::Elevate { program, reason } = &mut request.purpose {
        *program = shown_name("program", program, 256)?;
        *reason = shown_name("reason", reason, 256)?;
    }
    Ok(request)
}

/// The caps are on what was typed, not on whom it means, so that they look the same for every name.
async fn stay_within_caps(
    ctx: &Context,
    caller: &WorkstationCaller,
    by: &OpenBy,
) -> Result<(), Failure> {
    let caps = &ctx.settings.login;
    ctx.take(&format!("workstation:{}", caller.workstation), caps.per_workstation_per_minute)
        .await?;
    ctx.take(&format!("tenant:{}", caller.tenant), caps.per_tenant_per_minute).await?;
    if let OpenBy::Push { name } = by {
        let typed = kept_name(&ctx.keys, caller.scope.msp, &name_key(name));
        ctx.take(&format!("name:{typed}"), caps.per_name_per_minute).await?;
    }
    Ok(())
}

async fn try_open(
    ctx: &Context,
    caller: WorkstationCaller,
    asked: Asked,
    request_hash: [u8; 32],
) -> Result<Try, Failure> {
    let opening = Opening {
        caller,
        asked,
        request_hash,
        step: ctx.moment(caller.scope, caller.actor()),
        keys: Arc::clone(&ctx.keys),
        code_digits: ctx.settings.login.code_digits,
        lifetime: ctx.settings.login.lifetime(),
    };
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(caller.scope, move |tx| {
            Box::pin(async move {
                let (tried, topics) = opening.write(tx).await?;
                wake.wake(&topics);
                Ok(tried)
            })
        })
        .await
}

/// Everything that one try writes from.
struct Opening {
    caller: WorkstationCaller,
    asked: Asked,
    request_hash: [u8; 32],
    step: Moment,
    keys: Arc<KeyRing>,
    code_digits: u8,
    lifetime: Duration,
}

impl Opening {
    async fn write(self, mut tx: Tx) -> Result<(Try, Vec<Uuid>), Failure> {
        let request = &self.asked.request;
        let entry = match request.by {
            OpenBy::Push { .. } => Entry::Push,
            OpenBy::Qr {} => Entry::Qr,
        };
        let workstation = self.caller.workstation;
        let here = logins::where_opened(&mut tx, workstation, &request.os_session, entry)
            .await?
            .ok_or(ProblemCode::InvalidToken)?;
        may_open(&here, entry)?;
        let named = match &request.by {
            OpenBy::Push { name } => {
                logins::technician_by_name(&mut tx, &name_key(name), self.caller.tenant).await?
            }
            OpenBy::Qr {} => None,
        };
        let new = self.new_login(&here, entry, named.as_ref());
        let mut events = Vec::new();
        let mut topics = Vec::new();
        if let Some(older) = here.pending
            && let Some(version) = logins::supersede(&mut tx, older).await?
        {
            events.push(self.step.event(
                Entity::Login(older),
                version,
                format!("a newer login on {} took the place of an older one", here.host_name),
                Fact::LoginSuperseded { by: new.id },
            ));
            topics.push(older.0);
        }
        match logins::insert(&mut tx, &new).await {
            Err(error) if error.is_duplicate_of("idempotency_key") => {
                return Ok((Try::SameKey, Vec::new()));
            }
            Err(error @ StoreError::Duplicate(_)) if error.is_duplicate_of("os_session") => {
                return Ok((Try::SameSession, Vec::new()));
            }
            result => result?,
        }
        let technician = new.push.as_ref().and_then(|push| push.technician);
        topics.extend(technician.map(|technician| technician.0));
        let opened = self.step.event(
            Entity::Login(new.id),
            1,
            sentence(&here, named.as_ref(), &new),
            Fact::LoginOpened {
                entry,
                purpose: request.purpose.clone(),
                technician,
                // What was typed is kept only where it named somebody: people type passwords there.
                entered_name: named.as_ref().map(|named| named.email.clone()),
                decoy: new.push.as_ref().and_then(|push| push.decoy).map(str::to_owned),
                os_session: new.os_session.clone(),
                network_address: new.network_address.clone(),
                expires_at: new.expires_at,
            },
        );
        tx.commit(opened, events).await?;
        Ok((Try::Opened(Box::new(self.answer(&new, entry))), topics))
    }

    fn answer(&self, new: &NewLogin, entry: Entry) -> Opened {
        let login = LoginView {
            id: new.id,
            state: LoginState::Pending,
            version: 1,
            entry,
            reach: (entry == Entry::Push).then_some(Reach::Trying),
            outcome: None,
            claimed_by: None,
            expires_at: new.expires_at,
            take_until: None,
            server_time: self.step.now(),
        };
        let code = new.push.as_ref().map(|push| (push.code_digits, &push.code_tag[..]));
        carried(&self.keys, login, &new.nonce, code)
    }

    fn new_login(
        &self,
        here: &WhereOpened,
        entry: Entry,
        named: Option<&NamedTechnician>,
    ) -> NewLogin {
        let now = self.step.now();
        let login = self.step.id();
        let nonce = Bytes(self.step.bytes());
        let digits = here.code_digits.and_then(|digits| u8::try_from(digits).ok());
        let digits = digits.unwrap_or(self.code_digits).max(self.code_digits);
        let lifetime = here
            .login_lifetime_s
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map_or(self.lifetime, Duration::from_secs);
        let push = (entry == Entry::Push).then(|| {
            let decoy = decoy(named, now);
            let code = code(&self.keys, login, &nonce, digits);
            NewPush {
                technician: named.filter(|_| decoy.is_none()).map(|named| named.id),
                decoy,
                code_digits: digits,
                code_tag: kept_code(&self.keys, login, &code),
            }
        });
        NewLogin {
            id: login,
            workstation: self.caller.workstation,
            tenant: self.caller.tenant,
            push,
            purpose: self.asked.request.purpose.clone(),
            os_session: self.asked.request.os_session.clone(),
            network_address: self.asked.network_address.clone(),
            nonce,
            workstation_nonce: self.asked.request.nonce,
            idempotency_key: self.asked.idempotency_key.clone(),
            request_hash: self.request_hash,
            opened_at: now,
            expires_at: now + lifetime,
        }
    }
}

fn may_open(here: &WhereOpened, entry: Entry) -> Result<(), Refusal> {
    match here.status {
        Status::Active => {}
        Status::Quarantined => return Err(Refusal::new(ProblemCode::Quarantined)),
        Status::Pending => return Err(Refusal::new(ProblemCode::NotConfirmed)),
        Status::Suspended | Status::Retired => {
            return Err(Refusal::new(ProblemCode::InvalidToken));
        }
    }
    if entry == Entry::Push && here.push_frozen_at.is_some() {
        return Err(Refusal::new(ProblemCode::PushFrozen));
    }
    Ok(())
}

fn sentence(here: &WhereOpened, named: Option<&NamedTechnician>, new: &NewLogin) -> String {
    let host = &here.host_name;
    let Some(push) = &new.push else { return format!("a QR login was opened on {host}") };
    match (named, push.decoy) {
        (Some(named), None) => format!("{} opened a login on {host}", named.email),
        (Some(named), Some(why)) => {
            format!("a login for {} on {host} reached nobody: {why}", named.email)
        }
        (None, _) => {
            format!("a login on {host} reached nobody: nobody has the name that was typed")
        }
    }
}
