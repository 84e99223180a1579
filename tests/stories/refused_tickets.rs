//! Tickets that enrol nobody.

use std::time::Duration;

use countersign_client::{DeviceKey, Enrolling, Nowhere, Paging, Phone, Request, Result};
use countersign_protocol::{ProblemCode, wire::mobile::FinishEnrolment};
use countersign_testkit::{Lies, LyingPasskey, SoftPasskey, SoftPhone};

use crate::{
    house::House,
    refusal::{refusal, refused},
    story,
};

async fn ticket(house: &House) -> String {
    house.admin.create_ticket(house.nik.id).await.unwrap().ticket
}

fn copy(key: &DeviceKey) -> DeviceKey {
    DeviceKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap()
}

async fn start(house: &House, key: &DeviceKey, ticket: &str) -> Result<Enrolling> {
    Enrolling::start(house.transport(), copy(key), ticket).await
}

async fn finish(enrolling: Enrolling, lies: Lies) -> Result<Phone> {
    let passkey = LyingPasskey { passkey: &SoftPasskey::new(), lies };
    enrolling.finish(&passkey, SoftPhone::facts("nik's phone"), None, Nowhere).await
}

async fn phones(house: &House) -> usize {
    house.admin.devices(house.nik.id, &Paging::default()).await.unwrap().items.len()
}

story! {
    async fn an_unknown_ticket_enrols_nobody(house: House) {
        let key = DeviceKey::generate().unwrap();
        let real = ticket(&house).await;
        let last = if real.ends_with('A') { "B" } else { "A" };
        let altered = format!("{}{last}", &real[..real.len() - 1]);
        for text in ["", "nonsense", "cs_ticket_", altered.as_str()] {
            refused(start(&house, &key, text).await, ProblemCode::InvalidTicket);
        }
    }
}

story! {
    async fn a_ticket_that_has_ended_neither_starts_nor_finishes_an_enrolment(house: House) {
        let key = DeviceKey::generate().unwrap();
        let (begun, unused) = (ticket(&house).await, ticket(&house).await);
        let enrolling = start(&house, &key, &begun).await.unwrap();
        house.pass(Duration::from_secs(600)).await;
        refused(start(&house, &key, &unused).await, ProblemCode::InvalidTicket);
        refused(finish(enrolling, Lies::default()).await, ProblemCode::InvalidTicket);
        assert_eq!(phones(&house).await, 0);
    }
}

story! {
    async fn a_ticket_enrols_one_phone(house: House) {
        let (key, ticket) = (DeviceKey::generate().unwrap(), ticket(&house).await);
        finish(start(&house, &key, &ticket).await.unwrap(), Lies::default()).await.unwrap();
        refused(start(&house, &key, &ticket).await, ProblemCode::InvalidTicket);
        let other = DeviceKey::generate().unwrap();
        refused(start(&house, &other, &ticket).await, ProblemCode::InvalidTicket);
        assert_eq!(phones(&house).await, 1);
    }
}

story! {
    async fn a_ticket_belongs_to_the_first_key_that_starts_with_it(house: House) {
        let (key, ticket) = (DeviceKey::generate().unwrap(), ticket(&house).await);
        let thief = DeviceKey::generate().unwrap();
        start(&house, &key, &ticket).await.unwrap();
        refused(start(&house, &thief, &ticket).await, ProblemCode::InvalidTicket);
        let again = start(&house, &key, &ticket).await.unwrap();

        // What the thief saw over a shoulder does not finish it either.
        let credential = SoftPasskey::new().register(&again.options().public_key, house.transport().origin().as_str());
        let device = SoftPhone::facts("thief's phone");
        let body = FinishEnrolment { ticket: ticket.clone(), credential, device, push: None, language: None };
        let asked = Request::post("/mobile/v1/enrolments/finish").json(&body);
        let answer = house.transport().send_proved(asked, &thief, None).await.unwrap();
        refusal(&answer, ProblemCode::InvalidTicket);
        finish(again, Lies::default()).await.unwrap();
        assert_eq!(phones(&house).await, 1);
    }
}

story! {
    async fn of_two_phones_that_finish_at_once_one_wins(house: House) {
        let (key, ticket) = (DeviceKey::generate().unwrap(), ticket(&house).await);
        let enrolling = start(&house, &key, &ticket).await.unwrap();
        let transport = house.transport();
        let finish = |name: &str| {
            let origin = transport.origin();
            let credential = SoftPasskey::new().register(&enrolling.options().public_key, &origin);
            let device = SoftPhone::facts(name);
            let body = FinishEnrolment { ticket: ticket.clone(), credential, device, push: None, language: None };
            let asked = Request::post("/mobile/v1/enrolments/finish").json(&body);
            transport.send_proved(asked, &key, None)
        };
        let (one, two) = tokio::join!(finish("one"), finish("two"));
        let (won, lost): (Vec<_>, Vec<_>) =
            [one.unwrap(), two.unwrap()].into_iter().partition(|answer| answer.status == 201);
        assert_eq!((won.len(), lost.len()), (1, 1));
        refusal(&lost[0], ProblemCode::InvalidTicket);
        assert_eq!(phones(&house).await, 1);
    }
}

story! {
    async fn a_passkey_made_without_verification_is_refused_and_the_ticket_stays(house: House) {
        let (key, ticket) = (DeviceKey::generate().unwrap(), ticket(&house).await);
        let enrolling = start(&house, &key, &ticket).await.unwrap();
        let lies = Lies { user_unverified: true, ..Lies::default() };
        let detail = refused(finish(enrolling, lies).await, ProblemCode::InvalidCredential);
        assert!(detail.contains("not verified"), "{detail}");
        let again = start(&house, &key, &ticket).await.unwrap();
        finish(again, Lies::default()).await.unwrap();
    }
}

story! {
    async fn a_passkey_that_can_not_be_discovered_is_refused(house: House) {
        let (key, ticket) = (DeviceKey::generate().unwrap(), ticket(&house).await);
        let enrolling = start(&house, &key, &ticket).await.unwrap();
        let lies = Lies { not_discoverable: true, ..Lies::default() };
        refused(finish(enrolling, lies).await, ProblemCode::InvalidCredential);
    }
}

story! {
    async fn a_passkey_over_another_challenge_or_from_another_origin_is_refused(house: House) {
        let (key, ticket) = (DeviceKey::generate().unwrap(), ticket(&house).await);
        let origin = Some("https://sign.example.net".to_owned());
        let rp_id = Some("sign.example.net".to_owned());
        for (lies, why) in [
            (Lies { challenge: Some(vec![7; 32]), ..Lies::default() }, "another challenge"),
            (Lies { origin, ..Lies::default() }, "another origin"),
            (Lies { rp_id, ..Lies::default() }, "another relying party"),
        ] {
            let enrolling = start(&house, &key, &ticket).await.unwrap();
            let detail = refused(finish(enrolling, lies).await, ProblemCode::InvalidCredential);
            assert!(detail.contains(why), "{why}: {detail}");
        }
        assert_eq!(phones(&house).await, 0);
    }
}

story! {
    async fn the_ticket_of_a_suspended_technician_enrols_nobody(house: House) {
        let (key, ticket) = (DeviceKey::generate().unwrap(), ticket(&house).await);
        let enrolling = start(&house, &key, &ticket).await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        refused(finish(enrolling, Lies::default()).await, ProblemCode::InvalidTicket);
        assert_eq!(phones(&house).await, 0);
    }
}
