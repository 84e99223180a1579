//! Two nodes that share PostgreSQL and Redis push as one.

use countersign_protocol::wire::desktop::Reach;

use super::{
    cast::{counted, held_back, open_beside, phone_at, told, until_counted, until_told},
    ends::open_in_vain,
};
use crate::house::{House, Place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_on_another_node_stops_the_alerts_of_this_one() {
    let Some(place) = Place::shared().await else { return };
    let (house, vendors) = House::with_vendors(place, |_| {}).await;
    let other = house.another_node().await;
    let phone = house.phone_through(other.transport(&house.clock), &house.nik).await;
    phone.phone.set_push_address(Some(vendors.apns()), None).await.unwrap();
    let _phones = [
        phone_at(&house, &house.nik, vendors.fcm()).await,
        phone_at(&house, &house.nik, vendors.web_push()).await,
    ];
    let at = house.workstation("W11-RECEPTION").await;
    let login = open_in_vain(&vendors, &at).await;
    phone.approve(login.id(), login.code.as_ref().unwrap()).await.unwrap();
    // This node learns of it, and only then the vendors are well again.
    until_counted(&house.node, "overtaken", [1; 3]).await;
    vendors.are_well_again();
    until_told(&vendors, "withdraw", login.id(), [1, 1, 0]).await;
    assert_eq!(told(&vendors, "alert", login.id()), [0; 3]);
    assert_eq!(counted(&house.node, "accepted").await, [0; 3]);
    assert_eq!(counted(&other, "accepted").await, [1, 1, 0], "the node that decided withdraws");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_phone_saw_and_how_often_it_rang_is_known_on_both_nodes() {
    let Some(place) = Place::shared().await else { return };
    let few =
        |settings: &mut countersign::config::Settings| settings.login.pushes_until_success = 2;
    let (house, vendors) = House::with_vendors(place, few).await;
    let other = house.another_node().await;
    let phone = house.phone_through(other.transport(&house.clock), &house.nik).await;
    phone.phone.set_push_address(Some(vendors.apns()), None).await.unwrap();
    let at = house.workstation("W11-RECEPTION").await;
    let there = house.workstation_through(other.transport(&house.clock), "W11-OFFICE").await;
    let login = at.open_push("nik").await.unwrap();
    until_told(&vendors, "alert", login.id(), [1, 0, 0]).await;
    phone.phone.acknowledge(login.id()).await.unwrap();
    house.pass(std::time::Duration::from_secs(Reach::TRYING_SECONDS)).await;
    let view = at.workstation.login(login.id()).await.unwrap();
    assert_eq!(view.reach, Some(Reach::Seen), "the other node was told of it");
    let second = open_beside(&there, "nik", "rdp-1").await;
    until_told(&vendors, "alert", second.id(), [1, 0, 0]).await;
    let third = open_beside(&at, "nik", "rdp-2").await;
    assert_eq!(held_back(&house, third.id()).await, "cap");
    let fourth = open_beside(&there, "nik", "rdp-2").await;
    assert_eq!(held_back(&house, fourth.id()).await, "cap");
}
