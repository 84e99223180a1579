//! The routes for everyone: what the service is, its keys, its apps, its health.

use actix_web::{HttpResponse, get, http::header, web};
use countersign_protocol::wire::service::{Dependency, Discovery, Readiness, SignedKeySet};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Answer, Edge, Json, ServiceFacts,
    app_links::{AppleAppSiteAssociation, AssetLink},
    openapi::Examples,
};

/// The routes. Needs `web::Data<dyn ServiceFacts>`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(discovery)
        .service(signed_key_set)
        .service(apple_app_site_association)
        .service(asset_links)
        .service(healthz)
        .service(readyz)
        .service(landing)
        .service(enrolment_landing);
}

/// What this service takes
#[utoipa::path(responses((status = 200, description = "The installation and its features", body = Discovery)))]
#[get("/.well-known/countersign")]
pub async fn discovery(facts: web::Data<dyn ServiceFacts>) -> Json<Discovery> {
    Json(facts.discovery())
}

crate::refusals! {
    /// What the key set is refused with.
    KeysUnread: Unavailable
}

/// The signed key set
///
/// Grants are checked with these keys, and the set itself with the installation key that a workstation
/// pinned when it was enrolled.
#[utoipa::path(responses((status = 200, description = "The key set", body = SignedKeySet), KeysUnread))]
#[get("/.well-known/countersign-keys")]
pub async fn signed_key_set(facts: web::Data<dyn ServiceFacts>) -> Answer<Json<SignedKeySet>> {
    Ok(Json(facts.signed_key_set().await?))
}

/// The iOS apps of this host
#[utoipa::path(responses((status = 200, description = "Apple's association file", body = AppleAppSiteAssociation)))]
#[get("/.well-known/apple-app-site-association")]
pub async fn apple_app_site_association(facts: web::Data<dyn ServiceFacts>) -> HttpResponse {
    for_an_hour().json(AppleAppSiteAssociation::of(facts.ios_app_ids()))
}

/// The Android apps of this host
#[utoipa::path(responses((
    status = 200, description = "Digital Asset Links", body = Vec<AssetLink>,
    example = json!([AssetLink::of(&example_android_app())]),
)))]
#[get("/.well-known/assetlinks.json")]
pub async fn asset_links(facts: web::Data<dyn ServiceFacts>) -> HttpResponse {
    let links: Vec<_> = facts.android_apps().iter().map(AssetLink::of).collect();
    for_an_hour().json(links)
}

/// Whether the process lives
///
/// Asks nothing and nobody: restart the process when this fails.
#[utoipa::path(responses((status = 200, description = "It lives", body = String, content_type = "text/plain")))]
#[get("/healthz")]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether this node can do its work
///
/// Send no new clients when this fails; it names the dependency that does not answer.
#[utoipa::path(responses(
    (status = 200, description = "Ready", body = Readiness),
    (
        status = 503, description = "Not ready, or shutting down", body = Readiness,
        example = json!(example_readiness(false)),
    ),
))]
#[get("/readyz")]
pub async fn readyz(facts: web::Data<dyn ServiceFacts>, edge: web::Data<Edge>) -> HttpResponse {
    let mut readiness = facts.readiness().await;
    if edge.drain.is_draining() {
        readiness.ready = false;
        let detail = Some("shutting down".to_owned());
        readiness.dependencies.push(Dependency { name: "node".to_owned(), ok: false, detail });
    }
    match readiness.ready {
        true => HttpResponse::Ok().json(readiness),
        false => HttpResponse::ServiceUnavailable().json(readiness),
    }
}

/// The page behind a scanned QR code
///
/// Someone scanned the code of a login with a plain camera. The secret stands in the link's fragment,
/// which a browser never sends, and the page runs no script.
#[utoipa::path(responses((status = 200, description = "A page for people", body = String, content_type = "text/html")))]
#[get("/q")]
pub async fn landing() -> HttpResponse {
    page(include_str!("landing.html"))
}

/// The page behind a ticket's QR code
///
/// Someone scanned the code that enrols a phone with a plain camera. The ticket stands in the link's fragment,
/// which a browser never sends, and the page runs no script.
#[utoipa::path(responses((status = 200, description = "A page for people", body = String, content_type = "text/html")))]
#[get("/enrol")]
pub async fn enrolment_landing() -> HttpResponse {
    page(include_str!("enrolment_landing.html"))
}

/// A page without scripts that names nobody.
fn page(html: &'static str) -> HttpResponse {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    for_an_hour()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(html)
}

fn for_an_hour() -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "public, max-age=3600"));
    answer
}

fn example_android_app() -> super::AndroidApp {
    super::AndroidApp {
        package: "com.example.countersign".to_owned(),
        fingerprints: vec![vec!["A5"; 32].join(":")],
    }
}

fn example_readiness(ready: bool) -> Readiness {
    let detail = (!ready).then(|| "does not answer".to_owned());
    let database = Dependency { name: "database".to_owned(), ok: ready, detail };
    Readiness { ready, dependencies: vec![database] }
}

/// The examples of these routes' bodies.
pub fn examples(examples: &mut Examples) {
    examples.body(&Discovery {
        issuer: "https://sign.example.com".to_owned(),
        relying_party: "sign.example.com".to_owned(),
        features: vec!["login.push".to_owned(), "login.qr".to_owned()],
        web_push_key: None,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    examples.body(&SignedKeySet { signed: "eyJhbGciOiJFUzI1NiIsInR5cCI6Im...".to_owned() });
    let apps = ["9ABCDE1234.com.example.countersign".to_owned()];
    examples.body(&AppleAppSiteAssociation::of(&apps));
    examples.body(&example_readiness(true));
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
