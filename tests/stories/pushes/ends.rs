//! A login ends: no alert starts any more, and the phones take back what they show.

use std::time::Duration;

use countersign::flows::login::expire_due;
use countersign_client::OpenedLogin;
use countersign_protocol::wire::mobile::DenyReason;
use countersign_testkit::{
    SoftPhone, SoftWorkstation,
    vendors::{Answer, Fault},
};
use reqwest::StatusCode;

use super::cast::{fate, phone_at, told, until, until_counted, until_told};
use crate::{
    house::{House, Vendors},
    story,
};

/// Everything fails from now on.
pub fn all_fail(vendors: &Vendors) {
    for faults in vendors.faults() {
        faults.next(100_000, Fault::from(Answer::empty(StatusCode::SERVICE_UNAVAILABLE)));
    }
}

/// Returns once each vendor has refused an alert of a login that is opened now.
pub async fn open_in_vain(vendors: &Vendors, at: &SoftWorkstation) -> OpenedLogin {
    all_fail(vendors);
    let before = vendors.requests();
    let login = at.open_push("nik").await.unwrap();
    until(|| vendors.requests().iter().zip(&before).all(|(now, before)| now > before)).await;
    login
}

async fn three_phones(house: &House, vendors: &Vendors) -> [SoftPhone; 3] {
    [
        phone_at(house, &house.nik, vendors.apns()).await,
        phone_at(house, &house.nik, vendors.fcm()).await,
        phone_at(house, &house.nik, vendors.web_push()).await,
    ]
}

story! {
    |settings| { settings.login.push_pause_s = 0; }
    async fn no_alert_starts_after_a_decision_and_one_withdrawal_follows_it(
        house: House, vendors: Vendors
    ) {
        let phones = three_phones(&house, &vendors).await;
        let at = house.workstation("W11-RECEPTION").await;
        for ending in 1..=4 {
            let login = open_in_vain(&vendors, &at).await;
            match ending {
                1 => drop(phones[0].approve(login.id(), login.code.as_ref().unwrap()).await.unwrap()),
                2 => drop(phones[1].deny(login.id(), DenyReason::Mistake).await.unwrap()),
                3 => drop(at.workstation.cancel(login.id()).await.unwrap()),
                _ => drop(phones[2].approve(login.id(), "000000").await.unwrap_err()),
            }
            vendors.are_well_again();
            until_counted(&house.node, "overtaken", [ending; 3]).await;
            until_told(&vendors, "withdraw", login.id(), [1, 1, 0]).await;
            assert_eq!(told(&vendors, "alert", login.id()), [0; 3], "{ending}");
        }
    }
}

story! {
    async fn a_newer_login_s_alert_takes_the_place_of_the_older_one_s(house: House, vendors: Vendors) {
        let _phones = three_phones(&house, &vendors).await;
        let at = house.workstation("W11-RECEPTION").await;
        let older = open_in_vain(&vendors, &at).await;
        let newer = at.open_push("nik").await.unwrap();
        vendors.are_well_again();
        until_counted(&house.node, "overtaken", [1; 3]).await;
        until_told(&vendors, "alert", newer.id(), [1; 3]).await;
        until_told(&vendors, "withdraw", older.id(), [1, 1, 0]).await;
        assert_eq!(told(&vendors, "alert", older.id()), [0; 3]);
    }
}

story! {
    async fn a_login_that_ran_out_is_told_of_no_more(house: House, vendors: Vendors) {
        let phones = three_phones(&house, &vendors).await;
        let at = house.workstation("W11-RECEPTION").await;
        let login = open_in_vain(&vendors, &at).await;
        house.pass(Duration::from_secs(120)).await;
        vendors.are_well_again();
        // Whoever notices first that it ran out, its sweep or its alerts.
        for phone in &phones {
            assert_eq!(fate(&house, login.id(), phone).await, "http_503");
        }
        expire_due(&house.node.context).await.unwrap();
        until_told(&vendors, "withdraw", login.id(), [1, 1, 0]).await;
        assert_eq!(told(&vendors, "alert", login.id()), [0; 3]);
    }
}

story! {
    async fn a_decision_takes_back_what_the_phones_show(house: House, vendors: Vendors) {
        let phones = three_phones(&house, &vendors).await;
        let at = house.workstation("W11-RECEPTION").await;
        let login = at.open_push("nik").await.unwrap();
        until_told(&vendors, "alert", login.id(), [1; 3]).await;
        phones[2].approve(login.id(), login.code.as_ref().unwrap()).await.unwrap();
        until_told(&vendors, "withdraw", login.id(), [1, 1, 0]).await;
        let place = Some(login.id().to_string());
        for sent in vendors.apple.deliveries().all() {
            assert_eq!(sent.collapse_id, place, "the withdrawal finds its alert");
        }
        for sent in vendors.google.deliveries().all() {
            assert_eq!(sent.collapse_key, place);
        }
    }
}
