//! A node stops: what it had to tell is told, and what it learned stays.

use countersign_protocol::wire::mobile::DenyReason;
use countersign_testkit::vendors::{Answer, Fault};
use reqwest::StatusCode;

use super::cast::{fate, held_back, phone_at, told, until_told};
use crate::story;

fn busy() -> Fault {
    Answer::empty(StatusCode::SERVICE_UNAVAILABLE).into()
}

story! {
    async fn a_login_that_was_opened_just_before_its_node_stops_is_told_of(
        house: House, vendors: Vendors
    ) {
        let mut house = house;
        let phones = [
            phone_at(&house, &house.nik, vendors.apns()).await,
            phone_at(&house, &house.nik, vendors.fcm()).await,
            phone_at(&house, &house.nik, vendors.web_push()).await,
        ];
        let at = house.workstation("W11-RECEPTION").await;
        // Each is to be tried again when the node already stops.
        vendors.faults().into_iter().for_each(|faults| faults.next(1, busy()));
        let login = at.open_push("nik").await.unwrap();
        house.restart().await;
        assert_eq!(told(&vendors, "alert", login.id()), [1; 3]);
        for phone in &phones {
            assert_eq!(fate(&house, login.id(), phone).await, "accepted", "and it is on record");
        }
    }
}

story! {
    |settings| { settings.login.push_pause_s = 60; }
    async fn a_denial_just_before_its_node_stops_takes_the_notice_back(house: House, vendors: Vendors) {
        let mut house = house;
        let phone = phone_at(&house, &house.nik, vendors.fcm()).await;
        let at = house.workstation("W11-RECEPTION").await;
        let login = at.open_push("nik").await.unwrap();
        until_told(&vendors, "alert", login.id(), [0, 1, 0]).await;
        vendors.google.faults().next(1, busy());
        phone.deny(login.id(), DenyReason::Mistake).await.unwrap();
        house.node.shut_down().await;
        assert_eq!(told(&vendors, "withdraw", login.id()), [0, 1, 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pause_after_a_denial_outlives_the_node_that_heard_it() {
    use crate::house::{House, Place};
    let Some(place) = Place::shared().await else { return };
    let (mut house, vendors) = House::with_vendors(place, |_| {}).await;
    let phone = phone_at(&house, &house.nik, vendors.fcm()).await;
    let at = house.workstation("W11-RECEPTION").await;
    let login = at.open_push("nik").await.unwrap();
    until_told(&vendors, "alert", login.id(), [0, 1, 0]).await;
    phone.deny(login.id(), DenyReason::Mistake).await.unwrap();
    house.restart().await;
    let login = at.open_push("nik").await.unwrap();
    assert_eq!(held_back(&house, login.id()).await, "after_denial");
}
