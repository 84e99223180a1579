//! Tickets that enrol phones.

use actix_web::{post, web};
use countersign_protocol::{TechnicianId, wire::admin::Ticket};

use crate::{
    flows::{Context, admin::tickets},
    http::{Answer, Created, Ids, authenticate::Admin},
};

crate::refusals! {
    /// What a new ticket is refused with.
    MakingTicket: Conflict
}

/// Make a device ticket
///
/// The answer shows the ticket, once: draw it as a QR code for the technician's phone. It enrols one
/// phone. `conflict` with the state if the technician is suspended.
#[utoipa::path(responses((status = 201, description = "The ticket", body = Ticket), MakingTicket))]
#[post("/admin/v1/technicians/{technician}/tickets")]
pub async fn make_ticket(
    Admin(caller): Admin,
    Ids(technician): Ids<TechnicianId>,
    ctx: web::Data<Context>,
) -> Answer<Created<Ticket>> {
    Ok(Created(tickets::make(&ctx, caller, technician).await?))
}
