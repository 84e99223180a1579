//! Tenants.

use actix_web::{get, patch, post, web};
use countersign_protocol::{
    TenantId,
    wire::{
        Page,
        admin::{CreateTenant, Tenant, TenantSettings},
    },
};

use crate::{
    flows::{Context, admin::tenants},
    http::{Answer, Created, Ids, Json, PageQuery, authenticate::Admin},
};

crate::refusals! {
    /// What a new tenant is refused with.
    CreatingTenant: AlreadyExists
}

/// Make a tenant
///
/// A name is given once in an msp: a repetition answers `already_exists`.
#[utoipa::path(responses((status = 201, description = "The tenant", body = Tenant), CreatingTenant))]
#[post("/admin/v1/tenants")]
pub async fn create_tenant(
    Admin(caller): Admin,
    Json(asked): Json<CreateTenant>,
    ctx: web::Data<Context>,
) -> Answer<Created<Tenant>> {
    Ok(Created(tenants::create(&ctx, caller, asked).await?))
}

/// Tenants
#[utoipa::path(
    params(PageQuery),
    responses((status = 200, description = "A page of tenants", body = Page<Tenant>)),
)]
#[get("/admin/v1/tenants")]
pub async fn list_tenants(
    Admin(caller): Admin,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<Tenant>>> {
    Ok(tenants::list(&ctx, caller, page.into()).await?.into())
}

/// One tenant
#[utoipa::path(responses((status = 200, description = "The tenant", body = Tenant)))]
#[get("/admin/v1/tenants/{tenant}")]
pub async fn read_tenant(
    Admin(caller): Admin,
    Ids(tenant): Ids<TenantId>,
    ctx: web::Data<Context>,
) -> Answer<Json<Tenant>> {
    Ok(Json(tenants::one(&ctx, caller, tenant).await?))
}

/// Change a tenant's settings
///
/// The settings are replaced as a whole: for what is absent, the installation's setting holds again. They
/// count for logins that are opened from now on.
#[utoipa::path(responses((status = 200, description = "The tenant as it is now", body = Tenant)))]
#[patch("/admin/v1/tenants/{tenant}")]
pub async fn change_tenant(
    Admin(caller): Admin,
    Ids(tenant): Ids<TenantId>,
    Json(settings): Json<TenantSettings>,
    ctx: web::Data<Context>,
) -> Answer<Json<Tenant>> {
    Ok(Json(tenants::set_settings(&ctx, caller, tenant, settings).await?))
}
