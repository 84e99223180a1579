//! A vendor refuses an address: the book ends right, the other phone is told, and the login stands.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use countersign::{
    ambient::Clock,
    domain::{Entity, Fact},
};
use countersign_protocol::wire::mobile::PushAddress;
use countersign_testkit::{
    SoftPhone, SoftWorkstation,
    vendors::{apple::Reason, google::ErrorCode},
};

use super::cast::{
    address_is_wanted, approve_from_the_list, fate, id_of, looks_like_nobody_s, phone_at,
    until_told,
};
use crate::{
    house::{House, StoryClock, Vendors},
    story,
};

/// What becomes of a refused address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Forgotten,
    Quarantined,
    Kept,
}

struct Cast {
    house: House,
    vendors: Vendors,
    /// The one whose address is refused.
    dark: SoftPhone,
    at: SoftWorkstation,
}

impl Cast {
    async fn with(house: House, vendors: Vendors) -> Self {
        let dark = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        Self { house, vendors, dark, at }
    }

    async fn dark_at(&self, push: PushAddress) {
        self.dark.phone.set_push_address(Some(push), None).await.unwrap();
    }

    /// A login whose notice to the dark phone is refused for this reason, while another phone is told.
    async fn refused(&self, told: [usize; 3], reason: &str, ends: Ends) {
        let Self { house, vendors, dark, at } = self;
        let mut login = at.open_push("nik").await.unwrap();
        until_told(vendors, "alert", login.id(), told).await;
        assert_eq!(fate(house, login.id(), dark).await, reason);
        looks_like_nobody_s(house, at, &login).await;
        assert_eq!(address_is_wanted(dark).await, ends != Ends::Kept, "{reason}");
        let judged = house
            .events()
            .await
            .into_iter()
            .filter(|event| event.entity == Entity::Device(id_of(dark)));
        let judged = judged.filter_map(|event| match event.fact {
            Fact::PushAddressForgotten { reason, .. } => Some((Ends::Forgotten, reason)),
            Fact::PushAddressQuarantined { reason, .. } => Some((Ends::Quarantined, reason)),
            _ => None,
        });
        let expected = (ends != Ends::Kept).then(|| (ends, reason.to_owned()));
        assert_eq!(judged.last(), expected);
        approve_from_the_list(dark, at, &mut login).await;
    }

    /// A fresh address ends the asking, and is told.
    async fn well_again_at(&self, push: PushAddress, told: [usize; 3]) {
        self.dark_at(push).await;
        assert!(!address_is_wanted(&self.dark).await);
        let mut login = self.at.open_push("nik").await.unwrap();
        until_told(&self.vendors, "alert", login.id(), told).await;
        assert_eq!(fate(&self.house, login.id(), &self.dark).await, "accepted");
        approve_from_the_list(&self.dark, &self.at, &mut login).await;
    }
}

fn at_vendors(clock: &Arc<StoryClock>) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(clock.now().unix_millis().try_into().unwrap())
}

fn token_of(push: &PushAddress) -> &str {
    let (PushAddress::Apns { token, .. } | PushAddress::Fcm { token }) = push else {
        panic!("it has no token: {push:?}")
    };
    token
}

story! {
    async fn an_address_that_apple_does_not_know_is_quarantined(house: House, vendors: Vendors) {
        let _other = phone_at(&house, &house.nik, vendors.fcm()).await;
        let cast = Cast::with(house, vendors).await;
        cast.dark_at(PushAddress::Apns { token: "ab".repeat(32), sandbox: false }).await;
        cast.refused([0, 1, 0], "BadDeviceToken", Ends::Quarantined).await;
        // Nothing is sent there any more.
        let asked = cast.vendors.apple.requests();
        let mut login = cast.at.open_push("nik").await.unwrap();
        until_told(&cast.vendors, "alert", login.id(), [0, 1, 0]).await;
        approve_from_the_list(&cast.dark, &cast.at, &mut login).await;
        until_told(&cast.vendors, "withdraw", login.id(), [0, 1, 0]).await;
        assert_eq!(cast.vendors.apple.requests(), asked);
        cast.well_again_at(cast.vendors.apns(), [1, 1, 0]).await;
    }
}

story! {
    async fn an_address_that_died_at_apple_is_forgotten(house: House, vendors: Vendors) {
        let _other = phone_at(&house, &house.nik, vendors.web_push()).await;
        let cast = Cast::with(house, vendors).await;
        let push = cast.vendors.apns();
        cast.dark_at(push.clone()).await;
        let later = at_vendors(&cast.house.clock) + Duration::from_secs(1);
        cast.vendors.apple.unregister(token_of(&push), later);
        cast.refused([0, 0, 1], "Unregistered", Ends::Forgotten).await;
        cast.well_again_at(cast.vendors.apns(), [1, 0, 1]).await;
    }
}

story! {
    async fn an_address_that_was_set_after_the_death_that_apple_speaks_of_is_kept(
        house: House, vendors: Vendors
    ) {
        let _other = phone_at(&house, &house.nik, vendors.fcm()).await;
        let cast = Cast::with(house, vendors).await;
        let push = cast.vendors.apns();
        let before = at_vendors(&cast.house.clock) - Duration::from_secs(1);
        cast.vendors.apple.unregister(token_of(&push), before);
        cast.dark_at(push.clone()).await;
        cast.refused([0, 1, 0], "Unregistered", Ends::Kept).await;
        cast.vendors.apple.register(token_of(&push));
        cast.well_again_at(push, [1, 1, 0]).await;
    }
}

story! {
    async fn an_address_that_was_set_again_after_its_death_is_kept(house: House, vendors: Vendors) {
        let _other = phone_at(&house, &house.nik, vendors.fcm()).await;
        let cast = Cast::with(house, vendors).await;
        let push = cast.vendors.apns();
        cast.dark_at(push.clone()).await;
        cast.house.pass(Duration::from_secs(2)).await;
        cast.vendors.apple.unregister(token_of(&push), at_vendors(&cast.house.clock));
        cast.house.pass(Duration::from_secs(2)).await;
        cast.dark_at(push).await;
        cast.refused([0, 1, 0], "Unregistered", Ends::Kept).await;
    }
}

story! {
    |settings| { settings.push.web_push.allowed_networks.clear(); }
    async fn a_phone_can_t_ask_what_a_name_means_inside(house: House, vendors: Vendors) {
        let cast = Cast::with(house, vendors).await;
        let PushAddress::WebPush { endpoint, p256dh, auth } = cast.vendors.web_push() else {
            unreachable!()
        };
        assert!(endpoint.starts_with("https://localhost:"), "a name that leads inside");
        let mut looks = Vec::new();
        for endpoint in [endpoint, "https://push.invalid/x".to_owned()] {
            let [p256dh, auth] = [&p256dh, &auth].map(Clone::clone);
            cast.dark_at(PushAddress::WebPush { endpoint, p256dh, auth }).await;
            let login = cast.at.open_push("nik").await.unwrap();
            // It was tried, and waits to be tried again.
            cast.house.node.parks(login.id()).await;
            cast.house.pass(Duration::from_secs(120)).await;
            looks.push((fate(&cast.house, login.id(), &cast.dark).await, address_is_wanted(&cast.dark).await));
        }
        assert_eq!(looks, [("connection".to_owned(), false), ("connection".to_owned(), false)]);
        assert_eq!(cast.vendors.service.connections(), 0);
    }
}

story! {
    async fn an_address_that_google_or_a_browser_no_longer_knows_is_forgotten(
        house: House, vendors: Vendors
    ) {
        let _other = phone_at(&house, &house.nik, vendors.apns()).await;
        let cast = Cast::with(house, vendors).await;
        let push = cast.vendors.fcm();
        cast.dark_at(push.clone()).await;
        cast.vendors.google.unregister(token_of(&push));
        cast.refused([1, 0, 0], "UNREGISTERED", Ends::Forgotten).await;
        cast.well_again_at(cast.vendors.fcm(), [1, 1, 0]).await;

        let push = cast.vendors.web_push();
        cast.dark_at(push.clone()).await;
        let PushAddress::WebPush { endpoint, .. } = &push else { unreachable!() };
        cast.vendors.service.unsubscribe(endpoint);
        cast.refused([1, 0, 0], "http_410", Ends::Forgotten).await;
        cast.well_again_at(cast.vendors.web_push(), [1, 0, 1]).await;
    }
}

story! {
    async fn a_provider_token_that_apple_calls_expired_costs_a_push_at_most(
        house: House, vendors: Vendors
    ) {
        let _other = phone_at(&house, &house.nik, vendors.fcm()).await;
        let cast = Cast::with(house, vendors).await;
        let push = cast.vendors.apns();
        cast.dark_at(push.clone()).await;
        // One more is made, and the push arrives.
        cast.well_again_at(push.clone(), [1, 1, 0]).await;
        cast.vendors.apple.disown_provider_tokens();
        cast.well_again_at(push.clone(), [1, 1, 0]).await;
        assert_eq!(cast.vendors.apple.provider_tokens(), 2);
        // Where Apple takes none, the keys are to blame and not the address.
        cast.vendors.apple.faults().at(token_of(&push), Reason::ExpiredProviderToken);
        cast.refused([0, 1, 0], "ExpiredProviderToken", Ends::Kept).await;
        cast.vendors.apple.faults().clear();
        cast.well_again_at(push, [1, 1, 0]).await;
    }
}

story! {
    async fn what_google_blames_on_our_keys_leaves_the_address_alone(house: House, vendors: Vendors) {
        let _other = phone_at(&house, &house.nik, vendors.apns()).await;
        let cast = Cast::with(house, vendors).await;
        let push = cast.vendors.fcm();
        cast.dark_at(push.clone()).await;
        cast.vendors.google.faults().at(token_of(&push), ErrorCode::ThirdPartyAuthError);
        cast.refused([1, 0, 0], "THIRD_PARTY_AUTH_ERROR", Ends::Kept).await;
    }
}
