//! Reading technicians.

use countersign_protocol::{TechnicianId, wire::admin::Technician};

use crate::{
    domain::{Failure, ListFrom, Listing, Refusal, names::name_key},
    flows::{AdminCaller, Context},
    store::technicians,
};

/// A part of the msp's technicians.
///
/// # Errors
/// That the database does not answer.
pub async fn list(
    ctx: &Context,
    caller: AdminCaller,
    from: ListFrom,
) -> Result<Listing<Technician>, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    Ok(technicians::list(&mut conn, from).await?)
}

/// One technician.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn one(
    ctx: &Context,
    caller: AdminCaller,
    technician: TechnicianId,
) -> Result<Technician, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    Ok(technicians::one(&mut conn, technician).await?.ok_or_else(Refusal::not_found)?)
}

/// The technician of an e-mail address or user name.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn named(ctx: &Context, caller: AdminCaller, name: &str) -> Result<Technician, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let found = technicians::named(&mut conn, &name_key(name)).await?;
    Ok(found.ok_or_else(Refusal::not_found)?)
}
