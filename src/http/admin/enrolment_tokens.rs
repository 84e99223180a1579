//! Tokens that enrol a tenant's workstations.

use actix_web::{delete, get, post, web};
use countersign_protocol::{
    EnrolmentTokenId, TenantId,
    wire::{
        Page,
        admin::{CreateEnrolmentToken, EnrolmentToken},
    },
};

use crate::{
    flows::{Context, admin::enrolment_tokens},
    http::{Answer, Created, Done, Ids, Json, PageQuery, authenticate::Admin},
};

/// Make an enrolment token
///
/// The answer shows the token, once. One that names a workstation replaces that workstation's keys without
/// any other consent: handle it like the machine itself.
#[utoipa::path(responses((status = 201, description = "The token", body = EnrolmentToken)))]
#[post("/admin/v1/tenants/{tenant}/enrolment-tokens")]
pub async fn create_enrolment_token(
    Admin(caller): Admin,
    Ids(tenant): Ids<TenantId>,
    Json(asked): Json<CreateEnrolmentToken>,
    ctx: web::Data<Context>,
) -> Answer<Created<EnrolmentToken>> {
    Ok(Created(enrolment_tokens::create(&ctx, caller, tenant, asked).await?))
}

/// A tenant's enrolment tokens
///
/// Tokens that were revoked, used up or ran out stay on the list.
#[utoipa::path(
    params(PageQuery),
    responses((status = 200, description = "A page of tokens", body = Page<EnrolmentToken>)),
)]
#[get("/admin/v1/tenants/{tenant}/enrolment-tokens")]
pub async fn list_enrolment_tokens(
    Admin(caller): Admin,
    Ids(tenant): Ids<TenantId>,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<EnrolmentToken>>> {
    Ok(enrolment_tokens::list(&ctx, caller, tenant, page.into()).await?.into())
}

/// Revoke an enrolment token
///
/// It enrols nothing more; the workstations that it enrolled stay. A token that was revoked stays so.
#[utoipa::path(responses((status = 204, description = "It is revoked")))]
#[delete("/admin/v1/tenants/{tenant}/enrolment-tokens/{enrolment_token}")]
pub async fn revoke_enrolment_token(
    Admin(caller): Admin,
    Ids((tenant, token)): Ids<(TenantId, EnrolmentTokenId)>,
    ctx: web::Data<Context>,
) -> Answer<Done> {
    enrolment_tokens::revoke(&ctx, caller, tenant, token).await?;
    Ok(Done)
}
