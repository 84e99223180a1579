//! Whoever knows a name can open logins for it, and can't keep its phones ringing.

use std::time::Duration;

use countersign_protocol::wire::mobile::DenyReason;

use super::cast::{
    approve_from_the_list, held_back, looks_like_nobody_s, open_beside, phone_at, told, until_told,
};
use crate::story;

story! {
    |settings| { settings.login.pushes_until_success = 2; }
    async fn phones_ring_so_often_until_a_success_and_the_app_shows_what_they_did_not(
        house: House, vendors: Vendors
    ) {
        let phone = phone_at(&house, &house.nik, vendors.apns()).await;
        let at = house.workstation("W11-RECEPTION").await;
        for os_session in ["rdp-1", "rdp-2"] {
            let login = open_beside(&at, "nik", os_session).await;
            until_told(&vendors, "alert", login.id(), [1, 0, 0]).await;
        }
        let elsewhere = house.workstation("W11-OFFICE").await;
        let login = elsewhere.open_push("nik").await.unwrap();
        assert_eq!(held_back(&house, login.id()).await, "cap");
        let mut login = at.open_push("nik").await.unwrap();
        assert_eq!(held_back(&house, login.id()).await, "cap");
        looks_like_nobody_s(&house, &at, &login).await;
        approve_from_the_list(&phone, &at, &mut login).await;
        let next = at.open_push("nik").await.unwrap();
        until_told(&vendors, "alert", next.id(), [1, 0, 0]).await;
        for kind in ["alert", "withdraw"] {
            assert_eq!(told(&vendors, kind, login.id()), [0; 3], "what was held back is silent");
        }
    }
}

story! {
    |settings| { settings.login.push_pause_s = 60; }
    async fn phones_stay_dark_for_a_while_after_a_denial_and_longer_after_another(
        house: House, vendors: Vendors
    ) {
        let phone = phone_at(&house, &house.nik, vendors.fcm()).await;
        let at = house.workstation("W11-RECEPTION").await;
        for pause in [60, 120] {
            let login = at.open_push("nik").await.unwrap();
            until_told(&vendors, "alert", login.id(), [0, 1, 0]).await;
            phone.deny(login.id(), DenyReason::Mistake).await.unwrap();
            until_told(&vendors, "withdraw", login.id(), [0, 1, 0]).await;
            house.pass(Duration::from_secs(pause - 20)).await;
            let login = at.open_push("nik").await.unwrap();
            assert_eq!(held_back(&house, login.id()).await, "after_denial");
            assert!(phone.pending().await.unwrap().iter().any(|it| it.statement.login == login.id()));
            house.pass(Duration::from_secs(21)).await;
            at.workstation.resend(login.id()).await.unwrap();
            until_told(&vendors, "alert", login.id(), [0, 1, 0]).await;
            at.workstation.cancel(login.id()).await.unwrap();
        }
    }
}
