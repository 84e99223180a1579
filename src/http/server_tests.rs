use std::{future::pending, sync::Arc};

use actix_web::{HttpRequest, get};
use countersign_client::{Request, Transport};
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

impl Node {
    fn client(&self) -> Transport {
        Transport::new(self.url.parse().unwrap()).unwrap()
    }
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
    let answer = node.client().send(Request::get("/quick")).await.unwrap();
    assert_eq!(answer.body, b"\"quick\"");
}

#[actix_web::test]
async fn a_parked_request_is_answered_and_idle_connections_closed_before_the_server_ends() {
    let node = node();
    let client = node.client();
    client.send(Request::get("/quick")).await.unwrap();
    let other = client.clone();
    let waiting = actix_web::rt::spawn(async move { other.send(Request::get("/waits")).await });
    node.arrived.notified().await;
    assert_eq!(node.edge.metrics.parked.get(), 1);
    node.signals.send(()).await.unwrap();
    let answer = waiting.await.unwrap().unwrap();
    assert!(answer.closes());
    assert_eq!(answer.body, b"\"nothing new\"");
    // Within the grace of an hour: the end does not wait for it.
    node.task.await.unwrap().unwrap();
    assert!(client.send(Request::get("/quick")).await.is_err());
}

#[actix_web::test]
async fn a_second_signal_does_not_wait_for_what_does_not_end() {
    let node = node();
    let client = node.client();
    let _hanging = actix_web::rt::spawn(async move { client.send(Request::get("/hangs")).await });
    node.arrived.notified().await;
    node.signals.send(()).await.unwrap();
    node.edge.drain.begun().await;
    node.signals.send(()).await.unwrap();
    node.task.await.unwrap().unwrap();
}

#[actix_web::test]
async fn a_panic_reaches_the_client_as_a_problem_document() {
    let node = node();
    let answer = node.client().send(Request::get("/panics")).await.unwrap();
    assert_eq!(answer.status, 500);
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(problem.code, countersign_protocol::ProblemCode::Internal);
    assert_eq!(node.client().send(Request::get("/quick")).await.unwrap().status, 200);
}
