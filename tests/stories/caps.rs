//! How many logins may be opened, and how many clients may be parked, before somebody is asked to come back.

use std::time::Duration;

use countersign::domain::Fact;
use countersign_client::{Answer, Request, StatusCode};
use countersign_protocol::{
    Bytes, ProblemCode, Purpose,
    wire::{
        LoginState,
        admin::{CreateTenant, TenantSettings},
        desktop::{OpenBy, OpenLogin},
        mobile::PendingLogins,
    },
};
use countersign_testkit::SoftWorkstation;
use uuid::Uuid;

use crate::{
    house::{House, soon},
    refusal::refusal,
    story,
};

/// Opens a QR login in an OS session of its own: names have caps of their own.
async fn open(workstation: &SoftWorkstation, os_session: &str) -> Answer {
    let login = OpenLogin {
        by: OpenBy::Qr {},
        purpose: Purpose::SignIn,
        os_session: os_session.into(),
        nonce: Bytes([7; 32]),
    };
    let asked = Request::post("/desktop/v1/logins").json(&login);
    let asked = asked.header("idempotency-key", format!("story-of-caps-{os_session}"));
    workstation.workstation.send(asked).await.unwrap()
}

async fn opens(workstation: &SoftWorkstation, os_session: &str) {
    let answer = open(workstation, os_session).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{os_session}");
}

async fn is_told_to_come_back(workstation: &SoftWorkstation, os_session: &str) {
    let answer = open(workstation, os_session).await;
    refusal(&answer, ProblemCode::TooManyRequests);
    assert!(answer.retry_after.is_some_and(|wait| !wait.is_zero()), "{:?}", answer.retry_after);
}

async fn opened(house: &House) -> usize {
    let events = house.events().await;
    events.iter().filter(|event| matches!(event.fact, Fact::LoginOpened { .. })).count()
}

// Caps of two and three a minute: the next one is allowed after half a minute or a third, longer than a story.
story! {
    |settings| { settings.login.per_workstation_per_minute = 2; }
    async fn a_workstation_that_opens_too_many_is_told_to_come_back_and_its_neighbour_is_not(house: House) {
        let (busy, calm) = (house.workstation("W11-RECEPTION").await, house.workstation("W11-STORAGE").await);
        opens(&busy, "rdp-1").await;
        opens(&busy, "rdp-2").await;
        is_told_to_come_back(&busy, "rdp-3").await;
        is_told_to_come_back(&busy, "rdp-3").await;
        opens(&calm, "rdp-1").await;
        opens(&calm, "rdp-2").await;
        is_told_to_come_back(&calm, "rdp-3").await;
        assert_eq!(opened(&house).await, 4, "who was refused opened nothing");
    }
}

story! {
    |settings| { settings.login.per_tenant_per_minute = 3; }
    async fn a_tenant_that_opens_too_many_is_told_to_come_back_and_its_neighbour_is_not(house: House) {
        let (one, other) = (house.workstation("W11-RECEPTION").await, house.workstation("W11-STORAGE").await);
        let settings = TenantSettings::default();
        let harbour = CreateTenant { name: "Harbour Office".into(), settings };
        let harbour = house.admin.create_tenant(&harbour).await.unwrap();
        let token = house.token(&harbour, 1).await;
        let facts = SoftWorkstation::facts("W11-HARBOUR");
        let elsewhere = SoftWorkstation::enrol_through(house.transport(), &token, facts).await.unwrap();
        opens(&one, "rdp-1").await;
        opens(&other, "rdp-1").await;
        opens(&one, "rdp-2").await;
        is_told_to_come_back(&one, "rdp-3").await;
        is_told_to_come_back(&other, "rdp-2").await;
        opens(&elsewhere, "rdp-1").await;
        assert_eq!(opened(&house).await, 4, "who was refused opened nothing");
    }
}

story! {
    |settings| { settings.server.max_parked = 3; }
    async fn a_node_with_all_places_taken_parks_nobody_more_and_loses_nothing(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut login = workstation.open_push("nik").await.unwrap();
        let list = phone.phone.pending().await.unwrap();
        let wait = || Request::get("/mobile/v1/logins").waiting(&list.etag, Duration::from_secs(30));
        let (id, code) = (login.id(), login.code.clone().unwrap());
        let hub = &house.node.context.hub;
        let (decided, ()) = tokio::join!(soon(workstation.wait_decided(&mut login)), async {
            house.node.parks(id).await;
            let strangers: Vec<_> = (0..3).map(|n| hub.park(&[Uuid::from_u128(n)])).collect();
            let answer = phone.phone.send(wait()).await.unwrap();
            refusal(&answer, ProblemCode::Unavailable);
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(hub.parked_topics().iter().filter(|topic| **topic == house.nik.id.0).count(), 0);
            // Whoever does not wait is served as ever, and so is the one who was parked before.
            assert_eq!(phone.pending().await.unwrap().len(), 1);
            phone.approve(id, &code).await.unwrap();
            drop(strangers);
        });
        assert_eq!(decided.unwrap(), LoginState::Approved);
        // Whoever was turned away comes back and hears what happened meanwhile.
        let news = phone.phone.send(wait()).await.unwrap().json::<PendingLogins>().unwrap();
        assert!(news.logins.is_empty(), "it was approved");
    }
}
