//! A vendor stumbles: the push arrives within the login's life, and costs nobody an address.

use std::time::Duration;

use countersign_testkit::vendors::{Answer, Break, Fault};
use reqwest::StatusCode;

use super::cast::{
    address_is_wanted, approve_from_the_list, fate, looks_like_nobody_s, phone_at, until,
    until_told,
};
use crate::{
    house::{House, Vendors},
    story,
};

/// RFC 9113 section 7.
const INTERNAL_ERROR: u32 = 2;

/// Each vendor fails once with each of these, and each phone is told once.
async fn stumbles_over(house: &House, vendors: &Vendors, faults: Vec<Fault>) {
    let phones = [
        phone_at(house, &house.nik, vendors.apns()).await,
        phone_at(house, &house.nik, vendors.fcm()).await,
        phone_at(house, &house.nik, vendors.web_push()).await,
    ];
    let at = house.workstation("W11-RECEPTION").await;
    for fault in faults {
        let before = vendors.requests();
        for one in vendors.faults() {
            one.next(1, fault.clone());
        }
        let mut login = at.open_push("nik").await.unwrap();
        until_told(vendors, "alert", login.id(), [1, 1, 1]).await;
        for (now, before) in vendors.requests().into_iter().zip(before) {
            assert!(now >= before + 2, "{fault:?} befell nobody");
        }
        for phone in &phones {
            assert_eq!(fate(house, login.id(), phone).await, "accepted", "{fault:?}");
            assert!(!address_is_wanted(phone).await, "{fault:?}");
        }
        looks_like_nobody_s(house, &at, &login).await;
        approve_from_the_list(&phones[0], &at, &mut login).await;
        // Else they would meet the next fault.
        until_told(vendors, "withdraw", login.id(), [1, 1, 0]).await;
    }
}

fn answer(status: u16) -> Answer {
    Answer::empty(StatusCode::from_u16(status).unwrap())
}

story! {
    async fn a_vendor_that_is_busy_is_asked_again(house: House, vendors: Vendors) {
        let busy = answer(429).retry_after(Duration::from_secs(1));
        let faults = [busy, answer(500), answer(503)].map(Fault::from);
        stumbles_over(&house, &vendors, faults.to_vec()).await;
    }
}

story! {
    async fn a_vendor_whose_connection_breaks_is_asked_again(house: House, vendors: Vendors) {
        let how = [Break::GoAway(INTERNAL_ERROR), Break::ResetConnection];
        let faults = how.map(Fault::Unprocessed);
        stumbles_over(&house, &vendors, faults.to_vec()).await;
    }
}

story! {
    |settings| { settings.push.timeout_ms = 1_000; }
    async fn a_vendor_that_says_nothing_is_asked_again(house: House, vendors: Vendors) {
        stumbles_over(&house, &vendors, vec![Fault::Unprocessed(Break::Stall)]).await;
    }
}

story! {
    async fn a_login_whose_vendors_are_all_away_is_approved_in_the_app(
        house: House, vendors: Vendors
    ) {
        let phone = phone_at(&house, &house.nik, vendors.apns()).await;
        let other = phone_at(&house, &house.nik, vendors.web_push()).await;
        let at = house.workstation("W11-RECEPTION").await;
        vendors.apple.set_reach(countersign_testkit::vendors::Reach::Reset);
        vendors.service.set_reach(countersign_testkit::vendors::Reach::Reset);
        let mut login = at.open_push("nik").await.unwrap();
        // Both were tried.
        until(|| house.node.context.hub.parked_for(login.id().0) == 2).await;
        looks_like_nobody_s(&house, &at, &login).await;
        assert!(!address_is_wanted(&phone).await && !address_is_wanted(&other).await);
        approve_from_the_list(&phone, &at, &mut login).await;
        assert_eq!(at.take_grant(&mut login).await.unwrap().account.name, "msp-nik");
        assert_eq!(vendors.requests(), [0; 3]);
    }
}
