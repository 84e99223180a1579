//! What vendors or keys lack holds up nobody at a workstation.

use countersign_protocol::wire::desktop::Reach;
use countersign_testkit::vendors::{Break, Fault, Reach as VendorReach, apple::Account};
use serde_json::Value;

use super::cast::{approve_from_the_list, open_beside, phone_at, told, until, until_told};
use crate::{house::soon, story};

story! {
    |settings| { settings.push.timeout_ms = 60_000; }
    async fn a_login_opens_while_its_vendors_are_silent(house: House, vendors: Vendors) {
        let _phones = [
            phone_at(&house, &house.nik, vendors.apns()).await,
            phone_at(&house, &house.nik, vendors.fcm()).await,
            phone_at(&house, &house.nik, vendors.web_push()).await,
        ];
        let at = house.workstation("W11-RECEPTION").await;
        for faults in vendors.faults() {
            faults.next(1, Fault::Unprocessed(Break::Stall));
        }
        let first = at.open_push("nik").await.unwrap();
        until(|| vendors.requests().iter().all(|requests| *requests > 0)).await;
        let second = open_beside(&at, "nik", "rdp-1").await;
        assert_eq!([first.view.reach, second.view.reach], [Some(Reach::Trying); 2]);
        // Both are open, and the vendors still owe the first answer.
        assert_eq!(told(&vendors, "alert", first.id()), [0; 3]);
        for reach in [VendorReach::Reset, VendorReach::Open] {
            vendors.apple.set_reach(reach);
            vendors.google.set_reach(reach);
            vendors.service.set_reach(reach);
        }
        until_told(&vendors, "alert", first.id(), [1; 3]).await;
        until_told(&vendors, "alert", second.id(), [1; 3]).await;
    }
}

story! {
    async fn a_browser_subscribes_with_the_key_that_was_read_last(house: House, vendors: Vendors) {
        let key = async || {
            let http = reqwest::Client::builder().no_proxy().build().unwrap();
            let url = house.node.url.join("/.well-known/countersign").unwrap();
            let answer = http.get(url).send().await.unwrap().bytes().await.unwrap();
            let told: Value = serde_json::from_slice(&answer).unwrap();
            told["web_push_key"].as_str().unwrap().to_owned()
        };
        let first = key().await;
        vendors.file("vapid.pem", Account::default().p8());
        assert_eq!(key().await, first, "nobody has asked to read it");
        house.node.context.pushes.reload();
        let second = key().await;
        assert_ne!(first, second);
        let _phone = phone_at(&house, &house.nik, vendors.web_push_for(&second)).await;
        let at = house.workstation("W11-RECEPTION").await;
        let login = at.open_push("nik").await.unwrap();
        until_told(&vendors, "alert", login.id(), [0, 0, 1]).await;
    }
}

story! {
    |settings| { settings.push.apns.key_file = Some("/nonexistent/AuthKey.p8".into()); }
    async fn a_wrong_key_is_told_by_readyz_and_keeps_nobody_out(house: House, vendors: Vendors) {
        let dark = phone_at(&house, &house.nik, vendors.apns()).await;
        let _other = phone_at(&house, &house.nik, vendors.fcm()).await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http.get(house.node.url.join("/readyz").unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let readiness: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(readiness["ready"], true);
        let ok = |name: &str| {
            let all = readiness["dependencies"].as_array().unwrap();
            all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}"))
        };
        assert_eq!(ok("apns")["ok"], false);
        let detail = ok("apns")["detail"].as_str().unwrap();
        assert!(detail.contains("push.apns.key_file") && !detail.contains("/nonexistent"), "{detail}");
        assert_eq!((&ok("fcm")["ok"], &ok("web_push")["ok"]), (&true.into(), &true.into()));
        let at = house.workstation("W11-RECEPTION").await;
        let mut login = at.open_push("nik").await.unwrap();
        until_told(&vendors, "alert", login.id(), [0, 1, 0]).await;
        assert_eq!(vendors.apple.requests(), 0);
        approve_from_the_list(&dark, &at, &mut login).await;
        soon(at.take_grant(&mut login)).await.unwrap();
    }
}
