use std::{future::pending, sync::Arc};

use actix_web::{HttpRequest, get};
use countersign_protocol::Problem;
use tokio::sync::{Notify, mpsc};

use super::*;
use crate::http::{Json, parked};

#[utoipa::path(responses((status = 200)))]
#[get("/quick")]
async fn quick() -> Json<&'static str> {
    Json("quick")
}

/// Parks until the drain begins, as a hub of waiters does.
#[utoipa::path(responses((status = 200)))]
#[get("/waits")]
async fn waits(
    request: HttpRequest,
    edge: web::Data<Edge>,
    arrived: web::Data<Notify>,
) -> Json<&'static str> {
    let news = async {
        arrived.notify_one();
        edge.drain.begun().await;
    };
    parked(&request, &edge, news).await;
    Json("nothing new")
}

#[utoipa::path(responses((status = 200)))]
#[get("/hangs")]
async fn hangs(arrived: web::Data<Notify>) -> Json<String> {
    arrived.notify_one();
    Json(pending().await)
}

#[utoipa::path(responses((status = 200)))]
#[get("/panics")]
async fn panics() -> Json<()> {
    panic!("a bug")
}

struct Node {
    url: String,
    arrived: Arc<Notify>,
    edge: web::Data<Edge>,
    signals: mpsc::Sender<()>,
    task: actix_web::rt::task::JoinHandle<io::Result<()>>,
}

fn node() -> Node {
    let edge = web::Data::new(Edge::standing());
    let arrived = Arc::new(Notify::new());
    let (signals, mut signalled) = mpsc::channel(2);
    let settings = ServerSettings {
        workers: 1,
        shutdown_grace: Duration::from_secs(3600),
        ..ServerSettings::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let notify = web::Data::from(arrived.clone());
    let running = start(vec![listener], &settings, edge.clone(), move |config| {
        config.app_data(notify.clone());
        config.service(quick).service(waits).service(hangs).service(panics);
    })
    .unwrap();
    let url = format!("http://{}", running.addresses[0]);
    let task = actix_web::rt::spawn(running.until(async move || signalled.recv().await.unwrap()));
    Node { url, arrived, edge, signals, task }
}

#[actix_web::test]
async fn a_server_on_port_zero_tells_its_port() {
    let node = node();
    let answer = reqwest::get(format!("{}/quick", node.url)).await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "\"quick\"");
}

#[actix_web::test]
async fn a_parked_request_is_answered_and_idle_connections_closed_before_the_server_ends() {
    let node = node();
    let client = reqwest::Client::new();
    client.get(format!("{}/quick", node.url)).send().await.unwrap().bytes().await.unwrap();
    let waiting = actix_web::rt::spawn(client.get(format!("{}/waits", node.url)).send());
    node.arrived.notified().await;
    assert_eq!(node.edge.metrics.parked.get(), 1);
    node.signals.send(()).await.unwrap();
    let answer = waiting.await.unwrap().unwrap();
    assert_eq!(answer.headers()["connection"], "close");
    assert_eq!(answer.text().await.unwrap(), "\"nothing new\"");
    // Within the grace of an hour: the end does not wait for it.
    node.task.await.unwrap().unwrap();
    assert!(client.get(format!("{}/quick", node.url)).send().await.is_err());
}

#[actix_web::test]
async fn a_second_signal_does_not_wait_for_what_does_not_end() {
    let node = node();
    let _hanging = actix_web::rt::spawn(reqwest::get(format!("{}/hangs", node.url)));
    node.arrived.notified().await;
    node.signals.send(()).await.unwrap();
    node.edge.drain.begun().await;
    node.signals.send(()).await.unwrap();
    node.task.await.unwrap().unwrap();
}

#[actix_web::test]
async fn a_panic_reaches_the_client_as_a_problem_document() {
    let node = node();
    let answer = reqwest::get(format!("{}/panics", node.url)).await.unwrap();
    assert_eq!(answer.status(), 500);
    let problem: Problem = answer.json().await.unwrap();
    assert_eq!(problem.code, countersign_protocol::ProblemCode::Internal);
    assert_eq!(reqwest::get(format!("{}/quick", node.url)).await.unwrap().status(), 200);
}
