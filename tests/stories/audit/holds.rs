//! A hold is a promise: from its confirmation on, no text goes.

use std::sync::atomic::{AtomicBool, Ordering};

use countersign_protocol::wire::audit_settings::ChangeAuditSettings;

use super::retention::{half_a_year_later, retention};
use crate::house::{Behind, House, soon};

/// How many statements wait for somebody else's lock.
async fn waiting(client: &tokio_postgres::Client) -> i64 {
    let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    client.query_one(count, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_confirmed_once_nothing_goes_any_more() {
    let Some(house) = House::large().await else { return };
    half_a_year_later(&house).await;
    retention(&house).request().await.unwrap();
    house.flush().await;
    // Texts are about to go, and one of them is in somebody's hands.
    let Behind::Superuser(url) = house.place.behind_the_walls() else { unreachable!() };
    let mut clients = Vec::new();
    for _ in 0..2 {
        let (client, driver) =
            tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(driver);
        clients.push(client);
    }
    let [holder, watcher] = &clients[..] else { unreachable!() };
    let msp = house.msp;
    let row = format!("SELECT FROM audit_events WHERE msp = '{msp}' AND position = 5 FOR UPDATE");
    holder.batch_execute(&format!("BEGIN; {row}")).await.unwrap();
    let held = ChangeAuditSettings { retention_days: Some(180), legal_hold: true };
    let (holding, confirmed) = (AtomicBool::new(false), AtomicBool::new(false));
    let hold = async {
        while waiting(watcher).await < 1 {
            tokio::task::yield_now().await;
        }
        holding.store(true, Ordering::SeqCst);
        house.admin.set_audit_settings(&held).await.unwrap();
        confirmed.store(true, Ordering::SeqCst);
    };
    let release = async {
        while !holding.load(Ordering::SeqCst)
            || (waiting(holder).await < 2 && !confirmed.load(Ordering::SeqCst))
        {
            tokio::task::yield_now().await;
        }
        assert!(!confirmed.load(Ordering::SeqCst), "it is confirmed while texts go");
        holder.batch_execute("ROLLBACK").await.unwrap();
    };
    let (gone, (), ()) =
        soon(async { tokio::join!(retention(&house).execute(), hold, release) }).await;
    assert!(gone.unwrap() > 10, "those that went before it was confirmed");
    assert_eq!(retention(&house).execute().await.unwrap(), 0);
}
