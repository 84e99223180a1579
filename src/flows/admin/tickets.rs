//! Tickets that enrol phones.

use countersign_protocol::{
    Bytes, ProblemCode, TechnicianId, TicketId,
    wire::{Status, admin::Ticket},
};

use crate::{
    auth::TicketSecret,
    domain::{Entity, Fact, Failure, Refusal},
    flows::{AdminCaller, Context},
    store::{
        device_tickets::{self, NewTicket},
        technicians,
    },
};

/// Makes a ticket for one phone of an active technician. The answer shows it, once.
///
/// # Errors
/// `not_found`, `conflict` for a technician who is suspended, or that the database does not answer.
pub async fn make(
    ctx: &Context,
    caller: AdminCaller,
    technician: TechnicianId,
) -> Result<Ticket, Failure> {
    let step = ctx.moment(caller.scope, caller.actor());
    let expires_at = step.now() + ctx.settings.tokens.ticket();
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let owner =
                    technicians::one(&mut tx, technician).await?.ok_or_else(Refusal::not_found)?;
                if owner.status != Status::Active {
                    let state = owner.status.as_str();
                    return Err(Refusal::in_state(ProblemCode::Conflict, state).into());
                }
                let id: TicketId = step.id();
                let secret = TicketSecret::new(step.msp(), id, step.random());
                let ticket = NewTicket {
                    id,
                    technician,
                    secret_hash: secret.hash(),
                    nonce: Bytes(step.bytes()),
                    created_at: step.now(),
                    expires_at,
                };
                device_tickets::insert(&mut tx, &ticket).await?;
                let sentence = format!("a device ticket for {} was made", owner.email);
                let fact = Fact::TicketMade { technician, expires_at };
                tx.commit(step.event(Entity::Ticket(id), 1, sentence, fact), vec![]).await?;
                Ok(Ticket { id, ticket: secret.reveal().as_str().to_owned(), expires_at })
            })
        })
        .await
}
