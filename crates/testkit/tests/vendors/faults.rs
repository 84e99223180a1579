//! Each fault by HTTP/2 (Apple) and by HTTP/1.1 (Web Push).

use std::error::Error;
use std::io;
use std::time::Duration;

use countersign_testkit::vendors::apple::Reason;
use countersign_testkit::vendors::{Break, Fault};
use reqwest::RequestBuilder;

use crate::apple::Sender as AppleSender;
use crate::client::{Reply, connection, trusting};
use crate::webpush::Sender as WebPushSender;

/// So that nothing is tried again behind the test's back.
fn over_http2() -> AppleSender {
    let mut sender = AppleSender::start();
    let client = trusting(sender.apple.authority()).retry(reqwest::retry::never());
    sender.client = client.build().unwrap();
    sender
}

fn over_http1() -> WebPushSender {
    let mut sender = WebPushSender::start();
    let client = trusting(sender.service.authority()).http1_only();
    sender.client = client.retry(reqwest::retry::never()).build().unwrap();
    sender
}

async fn failed(request: RequestBuilder) -> reqwest::Error {
    Reply::attempt(request.timeout(Duration::from_secs(5))).await.unwrap_err()
}

/// The cause of this type.
fn cause<T: Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        source = error.source();
    }
    None
}

fn is_reset(error: &reqwest::Error) -> bool {
    let io = cause::<io::Error>(error).map(io::Error::kind);
    let inner = cause::<h2::Error>(error).and_then(h2::Error::get_io).map(io::Error::kind);
    [io, inner].contains(&Some(io::ErrorKind::ConnectionReset))
}

#[tokio::test]
async fn every_reason_of_apple_can_be_scripted() {
    let sender = over_http2();
    for &reason in Reason::ALL {
        sender.apple.faults().next(1, reason);
        let reply = Reply::to(sender.request()).await;
        assert_eq!(reply.status, reason.status().as_u16());
        assert_eq!(reply.body["reason"], reason.name());
        assert!(reply.header("apns-id").is_some());
    }
    assert!(sender.apple.deliveries().is_empty());
    assert_eq!(sender.apple.requests(), Reason::ALL.len());
}

#[tokio::test]
async fn a_fault_of_an_address_is_for_that_address() {
    let sender = over_http2();
    let other = sender.apple.new_device();
    sender.apple.faults().at(&other, Reason::TooManyRequests);
    for _ in 0..2 {
        assert_eq!(Reply::to(sender.request_to(&other)).await.status, 429);
        assert!(Reply::to(sender.request()).await.is_ok());
    }
}

#[tokio::test]
async fn a_goaway_says_that_the_request_was_not_processed() {
    let sender = over_http2();
    for (code, reason) in [(0, h2::Reason::NO_ERROR), (11, h2::Reason::ENHANCE_YOUR_CALM)] {
        assert!(Reply::to(sender.request()).await.is_ok());
        sender.apple.faults().next(1, Fault::Unprocessed(Break::GoAway(code)));
        let error = failed(sender.request()).await;
        let h2 = cause::<h2::Error>(&error).unwrap();
        assert!(h2.is_go_away() && h2.is_remote(), "{error:?}");
        assert_eq!(h2.reason(), Some(reason));
    }
    assert_eq!((sender.apple.deliveries().len(), sender.apple.connections()), (2, 2));
}

#[tokio::test]
async fn a_client_may_try_again_what_was_not_processed() {
    let sender = AppleSender::start();
    sender.apple.faults().next(1, Fault::Unprocessed(Break::GoAway(0)));
    assert!(Reply::to(sender.request()).await.is_ok());
    assert_eq!((sender.apple.requests(), sender.apple.connections()), (2, 2));
}

#[tokio::test]
async fn a_goaway_leaves_open_whether_the_request_was_processed() {
    let sender = AppleSender::start();
    for code in [0, 11] {
        sender.apple.faults().next(1, Fault::Unanswered(Break::GoAway(code)));
        let error = failed(sender.request()).await;
        assert!(cause::<h2::Error>(&error).is_none(), "{error:?}");
        assert!(!error.is_timeout() && !is_reset(&error), "{error:?}");
    }
    assert_eq!((sender.apple.deliveries().len(), sender.apple.connections()), (2, 2));
}

/// By `h2` itself: reqwest says nothing of the code.
#[tokio::test]
async fn a_goaway_has_its_code() {
    let sender = over_http2();
    sender.apple.faults().next(1, Fault::Unprocessed(Break::GoAway(11)));
    let tls = connection(sender.apple.authority(), &sender.apple.url(), Some("h2")).await.unwrap();
    let (requests, connection) = h2::client::handshake(tls).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = http::Request::post(format!("{}/3/device/x", sender.apple.url()));
    let mut requests = requests.ready().await.unwrap();
    let _answer = requests.send_request(request.body(()).unwrap(), true).unwrap();
    let end = connection.await.unwrap().unwrap_err();
    assert_eq!(end.reason(), Some(h2::Reason::ENHANCE_YOUR_CALM));
    assert!(end.is_go_away() && end.is_remote());
}

#[tokio::test]
async fn a_request_may_be_processed_and_its_answer_lost() {
    let sender = over_http2();
    for broken in [Break::GoAway(0), Break::ResetStream(2), Break::ResetConnection] {
        sender.apple.faults().next(1, Fault::Unanswered(broken));
        failed(sender.request()).await;
    }
    assert_eq!(sender.apple.deliveries().len(), 3);
}

#[tokio::test]
async fn a_stream_is_reset_alone() {
    let sender = over_http2();
    assert!(Reply::to(sender.request()).await.is_ok());
    sender.apple.faults().next(1, Fault::Unprocessed(Break::ResetStream(7)));
    let error = failed(sender.request()).await;
    let h2 = cause::<h2::Error>(&error).unwrap();
    assert!(h2.is_reset() && h2.reason() == Some(h2::Reason::REFUSED_STREAM), "{error:?}");
    assert!(Reply::to(sender.request()).await.is_ok());
    assert_eq!(sender.apple.connections(), 1);
}

#[tokio::test]
async fn a_connection_is_reset() {
    let sender = over_http2();
    sender.apple.faults().next(1, Fault::Unprocessed(Break::ResetConnection));
    let error = failed(sender.request()).await;
    assert!(is_reset(&error), "{error:?}");

    let sender = over_http1();
    sender.service.faults().next(1, Fault::Unprocessed(Break::ResetConnection));
    let error = failed(sender.push()).await;
    assert!(is_reset(&error), "{error:?}");
}

#[tokio::test]
async fn a_stall_lasts_as_long_as_the_client_bears_it() {
    let (apple, web) = (over_http2(), over_http1());
    apple.apple.faults().next(1, Fault::Unprocessed(Break::Stall));
    web.service.faults().next(1, Fault::Unanswered(Break::Stall));
    let brief = Duration::from_millis(200);
    assert!(apple.request().timeout(brief).send().await.unwrap_err().is_timeout());
    assert!(web.push().timeout(brief).send().await.unwrap_err().is_timeout());
    assert_eq!((apple.apple.deliveries().len(), web.service.deliveries().len()), (0, 1));
    assert!(Reply::to(apple.request()).await.is_ok());
    assert!(Reply::to(web.push()).await.is_ok());
}

#[tokio::test]
async fn a_body_trickles() {
    let (apple, web) = (over_http2(), over_http1());
    let pause = Fault::Trickle(Duration::from_millis(5));
    apple.apple.faults().next(1, pause.clone());
    web.service.faults().next(1, pause);
    let answer = apple.request_to("unknown").send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), r#"{"reason":"BadDeviceToken"}"#);
    let answer = web.bare(&web.subscriber).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let brief = Duration::from_millis(20);
    assert!(tokio::time::timeout(brief, answer.bytes()).await.is_err());
}

#[tokio::test]
async fn after_a_last_answer_there_is_a_new_connection() {
    let (apple, web) = (over_http2(), over_http1());
    apple.apple.faults().next(1, Fault::LastAnswer);
    web.service.faults().next(1, Fault::LastAnswer);
    for connections in [1, 2, 2] {
        assert!(Reply::to(apple.request()).await.is_ok());
        assert!(Reply::to(web.push()).await.is_ok());
        assert_eq!(apple.apple.connections(), connections);
        assert_eq!(web.service.connections(), connections);
    }
}

#[tokio::test]
async fn http_1_just_ends_where_http_2_says_goodbye() {
    let sender = over_http1();
    for broken in [Break::GoAway(0), Break::ResetStream(7)] {
        sender.service.faults().next(1, Fault::Unprocessed(broken));
        let error = failed(sender.push()).await;
        assert!(!error.is_timeout() && !is_reset(&error), "{error:?}");
    }
    assert!(sender.service.deliveries().is_empty());
}
