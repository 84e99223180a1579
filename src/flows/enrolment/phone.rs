//! A phone becomes a technician's device.
//!
//! The passkey's user handle is the device's id, not the technician's: a passkey provider keeps one
//! discoverable credential a user handle, and where passkeys sync, enrolling a second phone would overwrite
//! the first one's. No credential is excluded for the same reason: the technician's other passkeys may
//! well be on this phone, and are of no use there without the other phone's DPoP key.
//!
//! The device's id is its ticket's: the phone knows it before it is enrolled, and one that never got the
//! answer of its enrolment signs in with the passkey it has just made.

use std::sync::Arc;

use countersign_protocol::{
    DeviceId, ProblemCode, Shown, TicketId,
    ceremony::registration_challenge,
    encoding::base64url,
    wire::mobile::{Enrolled, EnrolmentOptions, FinishEnrolment, StartEnrolment},
};
use uuid::Uuid;

use crate::{
    auth::{Passkey, TicketSecret, passkey::Registration},
    domain::{Actor, Entity, Fact, Failure, Refusal, facts},
    flows::{
        Context, Moment,
        tokens::{Bearer, device_tokens},
    },
    store::{
        Scope, StoreError, Tx,
        devices::{self, NewDevice},
        enrolling::{self, ShownTicket, UsableTicket},
    },
};

/// Begins an enrolment: the ticket is bound to the first key that starts with it. That key may start again
/// and is asked the same.
///
/// # Errors
/// `invalid_ticket` for every ticket that can't be used by this key, of whatever reason; unavailable while no record
/// of it can be promised.
pub async fn start(
    ctx: &Context,
    jkt: &str,
    request: &StartEnrolment,
) -> Result<EnrolmentOptions, Failure> {
    let secret = parse(&request.ticket)?;
    ctx.backlog.promise(secret.msp())?;
    let mut ticket = usable(ctx, &secret, jkt).await?;
    if ticket.jkt.is_none() && !bind(ctx, &secret, jkt, &ticket.email).await? {
        // Somebody bound it meanwhile: the same phone, or another.
        ticket = usable(ctx, &secret, jkt).await?;
        if ticket.jkt.is_none() {
            return Err(invalid_ticket());
        }
    }
    let public_key = ctx
        .relying_party
        .registration_options(&registration(&ticket, secret.id(), jkt))
        .map_err(|error| Failure::Fault(error.to_string()))?;
    Ok(EnrolmentOptions {
        msp: Shown { id: secret.msp(), name: ticket.msp_name },
        technician: Shown { id: ticket.technician, name: ticket.email },
        ticket_id: secret.id(),
        nonce: ticket.nonce,
        public_key,
        expires_at: ticket.expires_at,
    })
}

/// Finishes an enrolment: the ticket is used up, the phone a device with its first tokens.
///
/// # Errors
/// `invalid_ticket` as for [`start`], also for a ticket that this key did not start with;
/// `invalid_credential`; `invalid_request`, naming the field; `already_exists` for a key or a credential
/// that the msp knows.
pub async fn finish(
    ctx: &Context,
    jkt: &str,
    request: FinishEnrolment,
) -> Result<Enrolled, Failure> {
    let facts = facts::device(&request.device)?;
    request.push.as_ref().map(facts::push_address).transpose()?;
    let language = facts::language(request.language)?;
    let secret = parse(&request.ticket)?;
    ctx.backlog.promise(secret.msp())?;
    let ticket = usable(ctx, &secret, jkt).await?;
    if ticket.jkt.is_none() {
        return Err(invalid_ticket());
    }
    let asked = registration(&ticket, secret.id(), jkt);
    let passkey = ctx
        .relying_party
        .verify_registration(&asked, &request.credential)
        .map_err(|error| Refusal::because(ProblemCode::InvalidCredential, error.to_string()))?;

    let device = DeviceId(secret.id().0);
    let technician = ticket.technician;
    let step = ctx.moment(Scope::msp(secret.msp()), Actor::Technician { technician, device });
    let new = NewDevice {
        id: device,
        technician,
        jkt: jkt.to_owned(),
        facts,
        push: request.push,
        language,
        sign_count: 0,
        passkey,
        family: step.id(),
        now: step.now(),
    };
    let bearer = Bearer {
        msp: secret.msp(),
        device,
        technician,
        jkt: jkt.to_owned(),
        family: new.family,
        generation: 0,
    };
    // Made before the transaction: a phone whose ticket is used up must get its tokens.
    let tokens = device_tokens(ctx, &bearer, step.now())?;
    // Boxed: with the passkey in it, it is large to carry along.
    Box::pin(insert(ctx, secret, ticket, new, step)).await?;
    Ok(Enrolled { device_id: device, technician_id: technician, msp_id: bearer.msp, tokens })
}

fn parse(ticket: &str) -> Result<TicketSecret, Failure> {
    ticket.parse().map_err(|_| invalid_ticket())
}

fn invalid_ticket() -> Failure {
    ProblemCode::InvalidTicket.into()
}

fn registration<'a>(ticket: &'a UsableTicket, id: TicketId, jkt: &str) -> Registration<'a> {
    Registration {
        user_id: id.into(),
        user_name: &ticket.email,
        display_name: &ticket.email,
        exclude: &[],
        challenge: registration_challenge(&ticket.nonce, id, jkt),
    }
}

async fn usable(ctx: &Context, secret: &TicketSecret, jkt: &str) -> Result<UsableTicket, Failure> {
    let shown = ShownTicket { id: secret.id(), hash: secret.hash(), jkt, now: ctx.now() };
    let mut conn = ctx.store.within(Scope::msp(secret.msp())).await?;
    enrolling::usable_ticket(&mut conn, shown).await?.ok_or_else(invalid_ticket)
}

/// False if it was bound or ended meanwhile.
async fn bind(
    ctx: &Context,
    secret: &TicketSecret,
    jkt: &str,
    email: &str,
) -> Result<bool, Failure> {
    let scope = Scope::msp(secret.msp());
    let step = ctx.moment(scope, Actor::Key { jkt: jkt.to_owned() });
    let (id, hash, jkt) = (secret.id(), secret.hash(), jkt.to_owned());
    let sentence = format!("a phone began to enrol for {email}");
    ctx.store
        .transact(scope, move |mut tx| {
            Box::pin(async move {
                let shown = ShownTicket { id, hash, jkt: &jkt, now: step.now() };
                let bound = enrolling::bind_ticket(&mut tx, shown).await?;
                let Some(version) = bound else { return Ok(false) };
                let fact = Fact::TicketBound { jkt };
                let event = step.event(Entity::Ticket(id), version, sentence, fact);
                tx.commit(event, vec![]).await?;
                Ok(true)
            })
        })
        .await
}

async fn insert(
    ctx: &Context,
    secret: TicketSecret,
    ticket: UsableTicket,
    new: NewDevice,
    step: Moment,
) -> Result<(), Failure> {
    let wake = Arc::clone(&ctx.wake);
    ctx.store
        .transact(Scope::msp(secret.msp()), move |mut tx| {
            Box::pin(async move {
                let technician = new.technician;
                let used = consume(&mut tx, &secret, &ticket, &new).await?;
                let version = devices::insert(&mut tx, &new).await.map_err(taken)?;
                devices::raise_devices_version(&mut tx, technician).await?;
                let name = format!("{} ({})", new.facts.name, new.facts.model);
                let consumed = step.event(
                    Entity::Ticket(secret.id()),
                    used,
                    format!("the device ticket of {} was used", ticket.email),
                    Fact::TicketConsumed { device: new.id },
                );
                let enrolled = step.event(
                    Entity::Device(new.id),
                    version,
                    format!("{} enrolled {name}", ticket.email),
                    enrolled(new)?,
                );
                tx.commit(enrolled, vec![consumed.of(technician)]).await?;
                wake.wake(&[Uuid::from(technician)]);
                Ok(())
            })
        })
        .await
}

async fn consume(
    tx: &mut Tx,
    secret: &TicketSecret,
    ticket: &UsableTicket,
    new: &NewDevice,
) -> Result<i64, Failure> {
    let shown = ShownTicket { id: secret.id(), hash: secret.hash(), jkt: &new.jkt, now: new.now };
    enrolling::consume_ticket(tx, shown, ticket.nonce).await?.ok_or_else(invalid_ticket)
}

fn taken(error: StoreError) -> Failure {
    if error.is_duplicate_of("jkt") {
        let what = "the phone's key belongs to a device already: make a new key";
        return Refusal::because(ProblemCode::AlreadyExists, what).into();
    }
    if error.is_duplicate_of("credential_id") {
        let what = "the passkey belongs to a device already";
        return Refusal::because(ProblemCode::AlreadyExists, what).into();
    }
    error.into()
}

/// With the public key, so that the log alone is enough to check what the device signs.
fn enrolled(new: NewDevice) -> Result<Fact, Failure> {
    let passkey: &Passkey = &new.passkey;
    let public_key = serde_json::to_value(passkey.get_public_key())
        .map_err(|error| Failure::Fault(format!("a public key does not become JSON: {error}")))?;
    Ok(Fact::DeviceEnrolled {
        technician: new.technician,
        credential_id: base64url(passkey.cred_id()),
        public_key,
        jkt: new.jkt,
        facts: new.facts,
    })
}
