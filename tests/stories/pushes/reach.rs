//! What a workstation learns of its push, and how it asks for another.

use std::time::Duration;

use countersign::domain::{Entity, Fact};
use countersign_protocol::{ProblemCode, wire::desktop::Reach};

use super::cast::{
    approve_from_the_list, events_until, id_of, looks_like_nobody_s, open_beside, phone_at,
    until_told,
};
use crate::{
    house::{code_of, soon},
    story,
};

const TRYING: Duration = Duration::from_secs(Reach::TRYING_SECONDS);

story! {
    async fn a_workstation_learns_that_a_phone_has_seen_a_login_and_nothing_else(
        house: House, vendors: Vendors
    ) {
        let phone = phone_at(&house, &house.nik, vendors.apns()).await;
        let at = house.workstation("W11-RECEPTION").await;
        house.clock.stop();
        let acknowledged = open_beside(&at, "nik", "rdp-1").await;
        let looked_at = open_beside(&at, "nik", "rdp-2").await;
        let signed_for = open_beside(&at, "nik", "rdp-3").await;
        let decoy = open_beside(&at, "nobody", "rdp-4").await;
        let qr = at.open_qr().await.unwrap();
        let reach = async |login: &countersign_client::OpenedLogin| {
            at.workstation.login(login.id()).await.unwrap().reach
        };
        phone.phone.acknowledge(acknowledged.id()).await.unwrap();
        phone.phone.acknowledge(acknowledged.id()).await.unwrap();
        let refused = phone.phone.acknowledge(decoy.id()).await;
        assert_eq!(code_of(refused), Some(ProblemCode::NotFound));
        house.pass(TRYING.saturating_sub(Duration::from_millis(1))).await;
        for login in [&acknowledged, &looked_at, &signed_for, &decoy] {
            assert_eq!(reach(login).await, Some(Reach::Trying));
        }
        assert_eq!(reach(&qr).await, None);
        house.pass(Duration::from_millis(1)).await;
        assert_eq!(reach(&acknowledged).await, Some(Reach::Seen));
        for login in [&looked_at, &signed_for, &decoy] {
            assert_eq!(reach(login).await, Some(Reach::Unconfirmed));
        }
        phone.pending().await.unwrap();
        assert_eq!(reach(&looked_at).await, Some(Reach::Unconfirmed), "the list alone is no sight");
        phone.look_at(looked_at.id()).await.unwrap();
        phone.phone.signing_options(signed_for.id()).await.unwrap();
        assert_eq!(reach(&looked_at).await, Some(Reach::Seen));
        assert_eq!(reach(&signed_for).await, Some(Reach::Seen));
        assert_eq!(reach(&decoy).await, Some(Reach::Unconfirmed));
        assert_eq!(reach(&qr).await, None);

        let entity = Entity::Login(acknowledged.id());
        let is_sight = |fact: &Fact| matches!(fact, Fact::LoginSeen { .. });
        let events = events_until(&house, entity, is_sight).await;
        let sights: Vec<_> = events.iter().filter(|event| is_sight(&event.fact)).collect();
        let [sight] = sights[..] else { panic!("it is recorded once: {sights:?}") };
        let Fact::LoginSeen { device, after_ms } = &sight.fact else { unreachable!() };
        assert_eq!((*device, *after_ms, sight.version), (id_of(&phone), 0, 0));
    }
}

story! {
    async fn a_parked_wait_is_answered_when_the_first_seconds_are_over_and_when_a_phone_looks(
        house: House, vendors: Vendors
    ) {
        let phone = phone_at(&house, &house.nik, vendors.apns()).await;
        let at = house.workstation("W11-RECEPTION").await;
        let decoy = open_beside(&at, "nobody", "rdp-1").await;
        let mut login = at.open_push("nik").await.unwrap();
        assert_eq!(login.view.reach, Some(Reach::Trying));
        let long = Duration::from_secs(60);
        let (first, other) = tokio::join!(
            soon(at.workstation.wait_changed(login.id(), login.view.tag(), long)),
            soon(at.workstation.wait_changed(decoy.id(), decoy.view.tag(), long)),
        );
        let views = [first, other].map(|view| view.unwrap().unwrap());
        assert_eq!(views.each_ref().map(|view| view.reach), [Some(Reach::Unconfirmed); 2]);
        login.view = views[0].clone();
        let (seen, ()) = tokio::join!(
            soon(at.workstation.wait_changed(login.id(), login.view.tag(), long)),
            async {
                house.node.parks(login.id()).await;
                phone.phone.acknowledge(login.id()).await.unwrap();
            }
        );
        assert_eq!(seen.unwrap().unwrap().reach, Some(Reach::Seen));
    }
}

story! {
    async fn phones_are_told_again_twice_a_minute_and_so_is_nobody(house: House, vendors: Vendors) {
        let phone = phone_at(&house, &house.nik, vendors.apns()).await;
        let at = house.workstation("W11-RECEPTION").await;
        let mut login = at.open_push("nik").await.unwrap();
        let decoy = open_beside(&at, "nobody", "rdp-1").await;
        until_told(&vendors, "alert", login.id(), [1, 0, 0]).await;
        for times in 2..=3 {
            let again = at.workstation.resend(login.id()).await.unwrap();
            let nobody = at.workstation.resend(decoy.id()).await.unwrap();
            assert_eq!((again.state, again.version), (nobody.state, nobody.version));
            until_told(&vendors, "alert", login.id(), [times, 0, 0]).await;
        }
        for login in [&login, &decoy] {
            let refused = at.workstation.resend(login.id()).await;
            assert_eq!(code_of(refused), Some(ProblemCode::TooManyRequests));
        }
        looks_like_nobody_s(&house, &at, &login).await;
        approve_from_the_list(&phone, &at, &mut login).await;
        let refused = at.workstation.resend(login.id()).await;
        assert_eq!(code_of(refused), Some(ProblemCode::LoginNotPending));
        let qr = at.open_qr().await.unwrap();
        let refused = at.workstation.resend(qr.id()).await;
        assert_eq!(code_of(refused), Some(ProblemCode::Conflict));
    }
}
