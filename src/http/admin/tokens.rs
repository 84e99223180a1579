//! Admins' API tokens.

use actix_web::{delete, get, post, web};
use countersign_protocol::{
    AdminTokenId,
    wire::{
        Page,
        admin::{AdminToken, CreateAdminToken},
    },
};

use crate::{
    flows::{Context, admin::tokens},
    http::{Answer, Created, Done, Ids, Json, PageQuery, authenticate::Admin},
};

/// Make an API token
///
/// The answer shows the token, once.
#[utoipa::path(responses((status = 201, description = "The token", body = AdminToken)))]
#[post("/admin/v1/tokens")]
pub async fn create_admin_token(
    Admin(caller): Admin,
    Json(asked): Json<CreateAdminToken>,
    ctx: web::Data<Context>,
) -> Answer<Created<AdminToken>> {
    Ok(Created(tokens::create(&ctx, caller, asked).await?))
}

/// API tokens
///
/// Revoked tokens stay on the list.
#[utoipa::path(
    params(PageQuery),
    responses((status = 200, description = "A page of tokens", body = Page<AdminToken>)),
)]
#[get("/admin/v1/tokens")]
pub async fn list_admin_tokens(
    Admin(caller): Admin,
    page: PageQuery,
    ctx: web::Data<Context>,
) -> Answer<Json<Page<AdminToken>>> {
    Ok(tokens::list(&ctx, caller, page.into()).await?.into())
}

/// Revoke an API token
///
/// It is dead at once, also if it is the one that asks. A token that was revoked stays so.
#[utoipa::path(responses((status = 204, description = "It is revoked")))]
#[delete("/admin/v1/tokens/{token}")]
pub async fn revoke_admin_token(
    Admin(caller): Admin,
    Ids(token): Ids<AdminTokenId>,
    ctx: web::Data<Context>,
) -> Answer<Done> {
    tokens::revoke(&ctx, caller, token).await?;
    Ok(Done)
}
