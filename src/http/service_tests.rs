use std::sync::Arc;

use actix_web::test::{TestRequest, call_service, init_service, read_body, read_body_json};
use async_trait::async_trait;
use countersign_protocol::{Problem, ProblemCode};
use serde_json::{Value, json};

use super::*;
use crate::{
    domain::Failure,
    http::{AndroidApp, app, testing::header},
};

struct Installation {
    ready: bool,
    ios: Vec<String>,
    android: Vec<AndroidApp>,
}

fn installation(ready: bool) -> Installation {
    Installation { ready, ios: vec!["T1.app".to_owned()], android: vec![example_android_app()] }
}

#[async_trait]
impl ServiceFacts for Installation {
    fn discovery(&self) -> Discovery {
        Discovery {
            web_push_key: None,
            issuer: "https://sign.example.com".to_owned(),
            relying_party: "sign.example.com".to_owned(),
            features: vec![],
            version: "1".to_owned(),
        }
    }

    async fn signed_key_set(&self) -> Result<SignedKeySet, Failure> {
        match self.ready {
            true => Ok(SignedKeySet { signed: "a.b.c".to_owned() }),
            false => Err(Failure::Unavailable("no database".to_owned())),
        }
    }

    async fn readiness(&self) -> Readiness {
        let database = Dependency { name: "database".to_owned(), ok: self.ready, detail: None };
        Readiness { ready: self.ready, dependencies: vec![database] }
    }

    fn ios_app_ids(&self) -> &[String] {
        &self.ios
    }

    fn android_apps(&self) -> &[AndroidApp] {
        &self.android
    }
}

async fn get(
    path: &str,
    ready: bool,
    edge: Edge,
) -> actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody> {
    let facts: Arc<dyn ServiceFacts> = Arc::new(installation(ready));
    let app = app(web::Data::new(edge), |config| {
        config.app_data(web::Data::from(facts));
        routes(config);
    });
    call_service(&init_service(app).await, TestRequest::get().uri(path).to_request()).await
}

#[actix_web::test]
async fn the_service_says_what_it_takes() {
    let answer = get("/.well-known/countersign", true, Edge::standing()).await;
    let told: Discovery = read_body_json(answer).await;
    assert_eq!(told.relying_party, "sign.example.com");
}

#[actix_web::test]
async fn keys_that_cannot_be_read_are_a_503() {
    let answer = get("/.well-known/countersign-keys", true, Edge::standing()).await;
    assert_eq!(read_body_json::<SignedKeySet, _>(answer).await.signed, "a.b.c");
    let answer = get("/.well-known/countersign-keys", false, Edge::standing()).await;
    assert_eq!(header(answer.headers(), "retry-after"), "1");
    assert_eq!(read_body_json::<Problem, _>(answer).await.code, ProblemCode::Unavailable);
}

#[actix_web::test]
async fn an_ios_app_is_named_for_credentials_and_links() {
    let answer = get("/.well-known/apple-app-site-association", true, Edge::standing()).await;
    assert_eq!(header(answer.headers(), "content-type"), "application/json");
    assert_eq!(
        read_body_json::<Value, _>(answer).await,
        json!({
            "webcredentials": {"apps": ["T1.app"]},
            "applinks": {"details": [{"appIDs": ["T1.app"], "components": [{"/": "/q"}, {"/": "/enrol"}]}]},
        })
    );
}

#[actix_web::test]
async fn an_android_app_is_named_with_its_certificates() {
    let answer = get("/.well-known/assetlinks.json", true, Edge::standing()).await;
    let links: Value = read_body_json(answer).await;
    assert_eq!(links[0]["target"]["package_name"], "com.example.countersign");
    assert_eq!(links[0]["target"]["namespace"], "android_app");
    assert_eq!(links[0]["target"]["sha256_cert_fingerprints"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn readiness_names_the_dependency_that_fails() {
    assert_eq!(get("/readyz", true, Edge::standing()).await.status(), 200);
    let answer = get("/readyz", false, Edge::standing()).await;
    assert_eq!(answer.status(), 503);
    let readiness: Readiness = read_body_json(answer).await;
    assert_eq!(
        (readiness.dependencies[0].name.as_str(), readiness.dependencies[0].ok),
        ("database", false)
    );
}

#[actix_web::test]
async fn a_draining_node_lives_but_is_not_ready() {
    let draining = || {
        let edge = Edge::standing();
        edge.drain.begin();
        edge
    };
    assert_eq!(get("/readyz", true, draining()).await.status(), 503);
    assert_eq!(get("/healthz", true, draining()).await.status(), 200);
}

#[actix_web::test]
async fn the_landing_page_runs_no_script() {
    let answer = get("/q", true, Edge::standing()).await;
    let policy = header(answer.headers(), "content-security-policy").to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"));
    let page = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
    assert!(!page.contains("<script"));
    assert!(page.contains("Countersign app"));
}
