use std::{io, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, get,
    test::{TestRequest, call_service, init_service, read_body_json, try_call_service},
};
use countersign_protocol::{Problem, ProblemCode, TenantId};
use tracing_subscriber::fmt::MakeWriter;
use utoipa_actix_web::service_config::ServiceConfig;

use super::*;
use crate::{
    domain::Refusal,
    http::{Answer, Ids, Json, app, testing::header},
};

#[utoipa::path(responses((status = 200)))]
#[get("/things/{thing}")]
async fn thing(_thing: Ids<TenantId>) -> Answer<Json<&'static str>> {
    Ok(Json("here"))
}

#[utoipa::path(responses((status = 200)))]
#[get("/refused")]
async fn refused() -> Answer<Json<()>> {
    Err(Refusal::too_many(Duration::from_secs(3)).into())
}

#[utoipa::path(responses((status = 200)))]
#[get("/fault")]
async fn fault() -> Answer<Json<()>> {
    Err(Failure::Fault("the seal did not open".into()).into())
}

#[utoipa::path(responses((status = 200)))]
#[get("/panic")]
async fn panics() -> Answer<Json<()>> {
    panic!("a bug")
}

#[utoipa::path(responses((status = 200)))]
#[get("/parked")]
async fn parks(request: HttpRequest) -> Json<()> {
    request.extensions_mut().insert(ParkedFor(Duration::from_secs(3600)));
    Json(())
}

fn routes(config: &mut ServiceConfig<'_>) {
    config.service(thing).service(refused).service(fault).service(panics).service(parks);
}

fn counted(edge: &Edge, route: &str, class: &'static str, code: &'static str) -> u64 {
    let label = metrics::Answered { method: "GET", route: route.to_owned(), class, code };
    edge.metrics.requests.get(&label).map_or(0, |counter| counter.get())
}

#[derive(Clone, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[actix_web::test]
async fn every_answer_wears_the_headers_and_is_counted_by_its_pattern() {
    let edge = web::Data::new(Edge::standing());
    let service = init_service(app(edge.clone(), routes)).await;
    let request = TestRequest::get().uri("/things/01890a5d-ac96-774b-bcce-b302099a8057");
    let answer = call_service(&service, request.to_request()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(answer.headers(), "x-content-type-options"), "nosniff");
    assert_eq!(header(answer.headers(), "cache-control"), "no-store");
    let id: Uuid = header(answer.headers(), "x-request-id").parse().unwrap();
    assert_eq!(id.get_version_num(), 7);
    assert_eq!(counted(&edge, "/things/{thing}", "2xx", ""), 1);
}

#[actix_web::test]
async fn a_request_id_that_a_caller_brings_is_not_believed() {
    let service = init_service(app(web::Data::new(Edge::standing()), routes)).await;
    let request = TestRequest::get().uri("/refused").insert_header(("x-request-id", "mine"));
    let answer = call_service(&service, request.to_request()).await;
    assert_ne!(header(answer.headers(), "x-request-id"), "mine");
}

#[actix_web::test]
async fn a_refusal_is_counted_by_its_code() {
    let edge = web::Data::new(Edge::standing());
    let service = init_service(app(edge.clone(), routes)).await;
    let answer = call_service(&service, TestRequest::get().uri("/refused").to_request()).await;
    assert_eq!(answer.status(), 429);
    assert_eq!(counted(&edge, "/refused", "4xx", "too_many_requests"), 1);
}

#[actix_web::test]
async fn a_malformed_id_answers_like_a_route_that_is_not_there() {
    let service = init_service(app(web::Data::new(Edge::standing()), routes)).await;
    let mut bodies = Vec::new();
    for path in ["/things/7", "/nothing"] {
        let answer = call_service(&service, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(answer.status(), 404);
        bodies.push(read_body_json::<Problem, _>(answer).await);
    }
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[0].code, ProblemCode::NotFound);
}

#[actix_web::test]
async fn a_fault_is_logged_once_with_the_request_id() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let edge = web::Data::new(Edge::standing());
    let service = init_service(app(edge.clone(), routes)).await;
    let answer = call_service(&service, TestRequest::get().uri("/fault").to_request()).await;
    let id = header(answer.headers(), "x-request-id").to_owned();
    let text = log.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("the seal did not open") && text.contains(&id), "{text}");
    assert!(text.contains("\"level\":\"ERROR\""), "{text}");
    assert_eq!(counted(&edge, "/fault", "5xx", "internal"), 1);
}

#[actix_web::test]
async fn a_panic_is_answered_as_a_fault_and_the_service_goes_on() {
    let edge = web::Data::new(Edge::standing());
    let service = init_service(app(edge.clone(), routes)).await;
    let failed = try_call_service(&service, TestRequest::get().uri("/panic").to_request()).await;
    let error = failed.err().expect("a failure");
    assert_eq!(error.as_error::<HttpFailure>().map(HttpFailure::code), Some(ProblemCode::Internal));
    assert_eq!(counted(&edge, "/panic", "5xx", "internal"), 1);
    let answer = call_service(&service, TestRequest::get().uri("/refused").to_request()).await;
    assert_eq!(answer.status(), 429);
}

#[actix_web::test]
async fn parked_time_is_not_work() {
    let edge = web::Data::new(Edge::standing());
    let service = init_service(app(edge.clone(), routes)).await;
    call_service(&service, TestRequest::get().uri("/parked").to_request()).await;
    let text = edge.metrics.encode().unwrap();
    let sum = "request_duration_seconds_sum{method=\"GET\",route=\"/parked\"} 0.0\n";
    assert!(text.contains(sum), "{text}");
}

#[actix_web::test]
async fn a_draining_node_closes_its_connections() {
    let edge = web::Data::new(Edge::standing());
    let service = init_service(app(edge.clone(), routes)).await;
    let request = || TestRequest::get().uri("/refused").to_request();
    let before = call_service(&service, request()).await;
    assert!(!before.response().head().upgrade() && before.response().head().keep_alive());
    edge.drain.begin();
    let after = call_service(&service, request()).await;
    assert!(!after.response().head().keep_alive());
}
