use std::time::Duration;

use countersign_testkit::vendors::{Break, Fault};
use futures_util::future::join_all;
use h2::client::handshake;

use super::Sender;
use super::sender::taken;
use crate::client::{connection, trusting};

#[tokio::test]
async fn http_1_finds_nobody() {
    let sender = Sender::start();
    let client = trusting(sender.apple.authority()).http1_only().build().unwrap();
    assert!(client.post(sender.apple.url()).send().await.is_err());
    let plain = sender.apple.url().replace("https", "http");
    assert!(sender.client.post(plain).send().await.is_err());
    assert_eq!(sender.apple.requests(), 0);
}

#[tokio::test]
async fn one_connection_carries_many_at_once() {
    let sender = Sender::start();
    taken(sender.request()).await;
    let many = (0..200).map(|_| taken(sender.request()));
    join_all(many).await;
    assert_eq!((sender.apple.deliveries().len(), sender.apple.connections()), (201, 1));
    assert_eq!(sender.apple.provider_tokens(), 1);
}

/// As aioapns does.
#[tokio::test]
async fn http_2_is_spoken_with_who_names_no_protocol() {
    let sender = Sender::start();
    let tls = connection(sender.apple.authority(), &sender.apple.url(), None).await.unwrap();
    let (requests, connection) = handshake(tls).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get(sender.apple.url()).body(()).unwrap();
    let (answer, _) = requests.ready().await.unwrap().send_request(request, true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 405);
}

/// By `h2` itself: reqwest tries refused streams again by itself.
#[tokio::test]
async fn before_the_first_good_token_a_second_stream_is_refused() {
    let sender = Sender::start();
    sender.apple.faults().at(&sender.device, Fault::Unprocessed(Break::Stall));
    let tls = connection(sender.apple.authority(), &sender.apple.url(), Some("h2")).await.unwrap();
    let (requests, connection) = handshake(tls).await.unwrap();
    tokio::spawn(connection);
    let mut requests = requests.ready().await.unwrap();
    let request = http::Request::try_from(sender.request().build().unwrap()).unwrap();
    let request = request.map(|_| ());
    let (first, _) = requests.send_request(request.clone(), true).unwrap();
    let (second, _) = requests.send_request(request, true).unwrap();
    let refusal = second.await.unwrap_err();
    assert_eq!(refusal.reason(), Some(h2::Reason::REFUSED_STREAM));
    assert!(tokio::time::timeout(Duration::from_millis(100), first).await.is_err());
}
