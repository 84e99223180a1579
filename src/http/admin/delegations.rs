//! Which technicians work for which tenants.

use actix_web::{delete, get, put, web};
use countersign_protocol::{
    TechnicianId, TenantId,
    wire::{Page, admin::Delegation, state::BlastRadius},
};

use crate::{
    flows::{Context, admin::delegations, offline},
    http::{Answer, Ids, Json, PageQuery, Put, authenticate::Admin},
};

/// A tenant's technicians
#[utoipa::path(
    params(PageQuery),
    responses((status = 200, description = "A page of delegations", body = Page<Delegation>)),
)]
#[get("/admin/v1/tenants/{tenant}/technicians")]
pub async fn list_delegations(
    Admin(caller): Admin,
    Ids(tenant): Ids<TenantId>,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<Delegation>>> {
    Ok(delegations::list(&ctx, caller, tenant, page.into()).await?.into())
}

/// Delegate a technician to a tenant
#[utoipa::path(responses(
    (status = 201, description = "The technician works for the tenant from now on", body = Delegation),
    (status = 200, description = "They did already", body = Delegation),
))]
#[put("/admin/v1/tenants/{tenant}/technicians/{technician}")]
pub async fn make_delegation(
    Admin(caller): Admin,
    Ids((tenant, technician)): Ids<(TenantId, TechnicianId)>,
    ctx: web::Data<Context>,
) -> Answer<Put<Delegation>> {
    let made = delegations::make(&ctx, caller, tenant, technician).await?;
    let answer = if made.anew { Put::Created } else { Put::Stands };
    Ok(answer(made.delegation))
}

/// End a delegation
///
/// The technician's pending logins and untaken grants at the tenant end with it. A delegation that ended
/// stays so; one that never was answers 404.
#[utoipa::path(responses((status = 200, description = "The technician does not work for the tenant; what their phones can still open", body = BlastRadius)))]
#[delete("/admin/v1/tenants/{tenant}/technicians/{technician}")]
pub async fn end_delegation(
    Admin(caller): Admin,
    Ids((tenant, technician)): Ids<(TenantId, TechnicianId)>,
    ctx: web::Data<Context>,
) -> Answer<Json<BlastRadius>> {
    delegations::end(&ctx, caller, tenant, technician).await?;
    Ok(Json(offline::blast_radius(&ctx, caller, technician).await?))
}
