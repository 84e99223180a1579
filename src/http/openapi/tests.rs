use actix_web::{HttpRequest, get, post, web};
use countersign_protocol::wire::{
    LoginState, Page,
    admin::Tenant,
    mobile::{Approve, Decided},
};
use countersign_protocol::{Instant, LoginId, TenantId};
use serde_json::{Value, json};
use utoipa_actix_web::service_config::ServiceConfig;

use super::*;
use crate::http::{
    Answer, Edge, IdempotencyKey, Ids, IfNoneMatch, Json, PageQuery, Prefer, Versioned,
    openapi::{Examples, contract, yaml},
    service,
};

crate::refusals! {
    /// What an approval is refused with.
    Approving: WrongCode, InvalidCredential, LoginNotPending, InvalidGrant
}

/// Approve a login
///
/// The technician has read what the phone shows.
#[utoipa::path(
    params(IdempotencyKey),
    responses((status = 200, description = "The login is decided", body = Decided), Approving),
)]
#[post("/mobile/v1/logins/{login}/approve")]
async fn approve_login(
    Ids(_login): Ids<LoginId>,
    _key: IdempotencyKey,
    Json(_approve): Json<Approve>,
) -> Answer<Json<Decided>> {
    Ok(Json(Decided { state: LoginState::Approved, version: 2 }))
}

/// Tenants
#[utoipa::path(
    params(PageQuery),
    responses((status = 200, description = "A page of tenants", body = Page<Tenant>)),
)]
#[get("/admin/v1/tenants")]
async fn list_tenants(_page: PageQuery) -> Json<Page<Tenant>> {
    Json(Page { items: vec![], next: None })
}

/// Wait for a login
#[utoipa::path(
    params(Prefer, IfNoneMatch),
    responses((status = 200, description = "What became of it", body = Decided)),
)]
#[get("/desktop/v1/logins/{login}")]
async fn wait_for_login(
    _login: Ids<LoginId>,
    _prefer: Prefer,
    _known: IfNoneMatch,
) -> Versioned<Decided> {
    Versioned::Unchanged(1)
}

/// Nothing is said about it
#[utoipa::path(operation_id = "list_tenants", responses((status = 204)))]
#[post("/admin/v1/careless")]
async fn careless(
    _request: HttpRequest,
    _body: Json<Approve>,
    _edge: web::Data<Edge>,
) -> &'static str {
    ""
}

fn examples() -> Examples {
    let mut examples = Examples::default();
    service::examples(&mut examples);
    examples.body(&Approve { assertion: json!({"id": "AY"}), code: Some("493027".to_owned()) });
    examples.body(&Decided { state: LoginState::Approved, version: 2 });
    examples.page(&Tenant {
        id: TenantId(uuid::Uuid::from_u128(1)),
        name: "Bakery Lane".to_owned(),
        settings: Default::default(),
        created_at: Instant::from_unix_millis(0),
        version: 1,
    });
    examples
}

fn routes(config: &mut ServiceConfig<'_>) {
    service::routes(config);
    config.service(approve_login).service(list_tenants).service(wait_for_login);
}

fn told() -> Value {
    serde_json::to_value(contract(routes, &examples())).unwrap()
}

fn statuses(operation: &Value) -> Vec<&str> {
    operation["responses"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_contract_of_annotated_routes_is_complete() {
    assert_eq!(incomplete(&contract(routes, &examples())), Vec::<String>::new());
}

#[test]
fn a_careless_operation_is_found() {
    let contract = contract(
        |config| {
            routes(config);
            config.service(careless);
        },
        &Examples::default(),
    );
    let missing = incomplete(&contract);
    let has =
        |what: &str| assert!(missing.iter().any(|gap| gap.contains(what)), "{what}: {missing:#?}");
    has("POST /admin/v1/careless: 204 has no description");
    has("POST /admin/v1/careless: no example of the request's body");
    has("operationId list_tenants is also that of");
    has("GET /readyz: no example of the body of 200");
}

#[test]
fn an_operation_gets_the_problems_of_its_kind_only() {
    let told = told();
    let approve = &told["paths"]["/mobile/v1/logins/{login}/approve"]["post"];
    assert_eq!(
        statuses(approve),
        ["200", "400", "401", "403", "404", "409", "413", "429", "500", "503"]
    );
    let tenants = &told["paths"]["/admin/v1/tenants"]["get"];
    assert_eq!(statuses(tenants), ["200", "400", "401", "403", "429", "500", "503"]);
    assert_eq!(tenants["responses"]["401"]["$ref"], "#/components/responses/TokenRequired");
    assert_eq!(statuses(&told["paths"]["/healthz"]["get"]), ["200", "500"]);
}

#[test]
fn refusals_of_one_status_stand_together() {
    let told = told();
    let responses = &told["paths"]["/mobile/v1/logins/{login}/approve"]["post"]["responses"];
    let examples = |status: &str| {
        let examples = &responses[status]["content"]["application/problem+json"]["examples"];
        examples.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(examples("403"), ["invalid_credential", "wrong_code"]);
    assert_eq!(examples("401"), ["invalid_dpop_proof", "invalid_grant", "invalid_token"]);
    assert!(responses["401"]["headers"]["WWW-Authenticate"].is_object());
}

#[test]
fn security_and_tag_follow_from_the_path() {
    let told = told();
    let operation = &told["paths"]["/mobile/v1/logins/{login}/approve"]["post"];
    assert_eq!(operation["security"], json!([{"dpop_token": [], "dpop_proof": []}]));
    assert_eq!(operation["tags"], json!(["Phones"]));
    assert_eq!(told["paths"]["/healthz"]["get"]["security"], json!([]));
    assert_eq!(told["paths"]["/admin/v1/tenants"]["get"]["security"], json!([{"admin_token": []}]));
}

#[test]
fn the_path_s_ids_the_headers_and_the_query_are_parameters() {
    let told = told();
    let names = |path: &str, method: &str| {
        let parameters = told["paths"][path][method]["parameters"].as_array().unwrap();
        parameters
            .iter()
            .map(|parameter| {
                format!(
                    "{} {}",
                    parameter["in"].as_str().unwrap(),
                    parameter["name"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("/mobile/v1/logins/{login}/approve", "post"),
        ["header Idempotency-Key", "path login"]
    );
    assert_eq!(names("/admin/v1/tenants", "get"), ["query limit", "query after"]);
    assert_eq!(
        names("/desktop/v1/logins/{login}", "get"),
        ["header Prefer", "header If-None-Match", "path login"]
    );
}

#[test]
fn a_versioned_resource_tells_its_tag_and_304() {
    let told = told();
    let wait = &told["paths"]["/desktop/v1/logins/{login}"]["get"];
    assert!(wait["responses"]["200"]["headers"]["ETag"].is_object());
    assert!(wait["responses"]["304"]["headers"]["ETag"].is_object());
}

#[test]
fn the_request_s_body_follows_from_the_handler_s_argument() {
    let told = told();
    let body = &told["paths"]["/mobile/v1/logins/{login}/approve"]["post"]["requestBody"];
    let json = &body["content"]["application/json"];
    assert_eq!(json["schema"]["$ref"], "#/components/schemas/Approve");
    assert_eq!(json["example"]["code"], "493027");
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    found.push(reference.clone());
                }
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let told = told();
    let mut found = Vec::new();
    references(&told, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let place = reference.trim_start_matches('#');
        assert!(told.pointer(place).is_some(), "{reference}");
    }
}

#[test]
fn the_text_is_the_same_whatever_order_routes_are_registered_in() {
    let one = yaml(&contract(routes, &examples())).unwrap();
    let reversed = |config: &mut ServiceConfig<'_>| {
        config.service(wait_for_login).service(list_tenants).service(approve_login);
        service::routes(config);
    };
    assert_eq!(one, yaml(&contract(reversed, &examples())).unwrap());
    assert!(one.starts_with("openapi: 3.1.0\n"), "{}", &one[..80]);
}
