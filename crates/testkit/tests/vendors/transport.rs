use std::time::Duration;

use countersign_testkit::vendors::apple::Apple;
use countersign_testkit::vendors::webpush::WebPush;
use countersign_testkit::vendors::{Authority, Reach};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::apple::Sender;
use crate::client::{Reply, client, connection};

#[tokio::test]
async fn another_root_is_not_trusted() {
    let apple = Apple::start();
    let stranger = client(&Authority::new());
    let error = stranger.get(apple.url()).send().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
}

#[tokio::test]
async fn the_root_can_be_had_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, path) = (Authority::new(), folder.path().join("root.pem"));
    authority.write_pem(&path).unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), authority.pem());
    assert!(authority.pem().starts_with("-----BEGIN CERTIFICATE-----"));
}

#[tokio::test]
async fn a_vendor_ends_with_its_value() {
    let sender = Sender::start();
    assert!(Reply::to(sender.request()).await.is_ok());
    let (open, new) = (sender.request(), client(sender.apple.authority()).get(sender.apple.url()));
    drop(sender.apple);
    let patience = Duration::from_secs(5);
    assert!(!Reply::attempt(open.timeout(patience)).await.unwrap_err().is_timeout());
    assert!(Reply::attempt(new.timeout(patience)).await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_vendor_can_be_out_of_reach_and_come_back() {
    let sender = Sender::start();
    let attempt = || Reply::attempt(sender.request().timeout(Duration::from_millis(300)));
    assert!(attempt().await.unwrap().is_ok());
    sender.apple.set_reach(Reach::Reset);
    assert!(!attempt().await.unwrap_err().is_timeout());
    sender.apple.set_reach(Reach::Silent);
    assert!(attempt().await.unwrap_err().is_timeout());
    sender.apple.set_reach(Reach::Open);
    assert!(attempt().await.unwrap().is_ok());
    assert_eq!(sender.apple.requests(), 2);
}

#[tokio::test]
async fn garbage_harms_nobody_else() {
    let sender = Sender::start();
    let service = WebPush::start();
    let garbage = b"\x00\xff\x16\x03 GET /\r\n\r\n".repeat(1000);
    for (authority, url) in
        [(sender.apple.authority(), sender.apple.url()), (service.authority(), service.url())]
    {
        for protocol in [None, Some("h2")] {
            let mut stream = connection(authority, &url, protocol).await.unwrap();
            let _ = stream.write_all(&garbage).await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
        let port: u16 = url.rsplit_once(':').unwrap().1.parse().unwrap();
        let mut plain = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let _ = plain.write_all(&garbage).await;
        let _ = plain.read_to_end(&mut Vec::new()).await;
    }
    assert!(Reply::to(sender.request()).await.is_ok());
    let reply = Reply::to(client(service.authority()).get(service.url())).await;
    assert_eq!(reply.status, 405);
}

#[tokio::test]
async fn deliveries_are_given_out_once_each_and_kept() {
    let sender = Sender::start();
    let deliveries = sender.apple.deliveries();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(Reply::to(sender.request()).await.header("apns-id").unwrap().to_owned());
    }
    for id in &ids {
        assert_eq!(&deliveries.next().await.unwrap().id, id);
    }
    let brief = Duration::from_millis(20);
    assert!(deliveries.next_within(brief).await.is_none());
    let (next, _) = tokio::join!(deliveries.next(), Reply::to(sender.request()));
    assert_eq!(next.unwrap().id, deliveries.all()[3].id);
    deliveries.clear();
    assert!(deliveries.is_empty() && deliveries.next_within(brief).await.is_none());
}
