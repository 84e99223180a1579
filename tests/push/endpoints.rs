//! Where a phone can't make the service call to.

use countersign_protocol::wire::mobile::PushAddress;
use countersign_testkit::vendors::{Answer, Reach};
use reqwest::{StatusCode, header::LOCATION};

use crate::setup::{Operator, later, suspicious, web_push};

fn with_endpoint(to: PushAddress, endpoint: &str) -> PushAddress {
    let PushAddress::WebPush { p256dh, auth, .. } = to else { panic!("a subscription") };
    PushAddress::WebPush { endpoint: endpoint.to_owned(), p256dh, auth }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_called_and_looks_like_one_that_nobody_has() {
    let mut operator = Operator::new();
    let service = operator.push_service();
    operator.settings.web_push.allowed_networks.clear();
    let (channel, to) = (operator.channel(), web_push(&service.subscribe()));
    assert!(service.url().starts_with("https://localhost:"), "a name");
    let inside = operator.alert(&*channel, &to).await;
    assert_eq!((service.requests(), service.connections()), (0, 0));
    // RFC 6761 section 6.4: it never resolves.
    let nobody_s = with_endpoint(to, "https://push.invalid/x");
    assert_eq!(
        inside,
        operator.alert(&*channel, &nobody_s).await,
        "the phone can't tell them apart"
    );
}

#[tokio::test]
async fn an_address_inside_is_refused_without_a_call() {
    let mut operator = Operator::new();
    let service = operator.push_service();
    let channel = {
        operator.settings.web_push.allowed_networks.clear();
        operator.channel()
    };
    let to = web_push(&service.subscribe());
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "2130706433"] {
        let here = with_endpoint(to.clone(), &service.url().replace("localhost", host));
        let fate = operator.alert(&*channel, &here).await;
        assert_eq!(fate, suspicious("endpoint_forbidden"), "{host}");
    }
    let open = with_endpoint(to, "http://localhost/push/x");
    assert_eq!(operator.alert(&*channel, &open).await, suspicious("malformed"));
    assert_eq!(service.connections(), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mut operator = Operator::new();
    let (service, elsewhere) = (operator.push_service(), operator.push_service());
    let (channel, to) = (operator.channel(), web_push(&service.subscribe()));
    let target = elsewhere.subscribe().subscription().endpoint;
    for status in [301, 302, 303, 307, 308] {
        let answer = Answer::empty(StatusCode::from_u16(status).unwrap());
        service.faults().next(1, answer.with(LOCATION, &target));
        let fate = operator.alert(&*channel, &to).await;
        assert_eq!(fate, suspicious(&format!("http_{status}")));
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_name_that_nobody_has_is_tried_again_later() {
    let mut operator = Operator::new();
    let service = operator.push_service();
    let channel = operator.channel();
    // RFC 6761 section 6.4: it never resolves.
    let to = with_endpoint(web_push(&service.subscribe()), "https://push.invalid/x");
    assert_eq!(operator.alert(&*channel, &to).await, later("connection", None));
}

#[tokio::test]
async fn a_vendor_without_our_root_is_not_trusted() {
    let mut operator = Operator::new();
    let service = operator.push_service();
    operator.settings.tls_roots = None;
    let (channel, to) = (operator.channel(), web_push(&service.subscribe()));
    assert_eq!(operator.alert(&*channel, &to).await, later("connection", None));
    assert_eq!(service.requests(), 0);
    service.set_reach(Reach::Reset);
    assert_eq!(operator.alert(&*channel, &to).await, later("connection", None));
}
