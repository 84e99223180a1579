//! Names that would deceive whoever reads them: with line breaks, control characters, or characters that
//! turn the reading around.

use countersign_client::{Answer, DeviceKey, Method, Request, WorkstationKeys};
use countersign_protocol::{
    Bytes, ProblemCode, Purpose,
    wire::{
        admin::{CreateAdminToken, CreateTechnician, CreateTenant, TenantSettings},
        desktop::{Enrol, OpenBy, OpenLogin, WorkstationFacts},
        mobile::{DeviceFacts, FinishEnrolment},
    },
};
use countersign_testkit::{SoftPasskey, SoftPhone, SoftWorkstation};

use crate::{house::House, refusal::refusal, story};

/// What such names look like.
const DECEIVING: &[&str] = &[
    "W11\nRECEPTION",
    "W11\r\nRECEPTION",
    "W11\tRECEPTION",
    "W11\u{0}RECEPTION",
    "W11\u{1b}[2KRECEPTION",
    "W11\u{7f}RECEPTION",
    "W11\u{85}RECEPTION",
    "W11\u{61c}RECEPTION",
    "W11\u{200e}RECEPTION",
    "W11\u{200f}RECEPTION",
    "W11\u{202e}NOITPECER",
    "W11\u{2066}RECEPTION\u{2069}",
    "W11\u{2028}RECEPTION",
    "",
    "   ",
];

/// Checks that the field is refused by its name.
#[track_caller]
fn refuses(answer: &Answer, field: &str, name: &str) {
    let said = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, 400, "{field} {name:?}: {said}");
    let detail = refusal(answer, ProblemCode::InvalidRequest);
    assert!(detail.contains(field), "{field} {name:?}: {detail}");
}

story! {
    async fn an_admin_can_not_give_a_name_that_deceives(house: House) {
        let post = |path: &str| Request::new(Method::POST, format!("/admin/v1/{path}"));
        for name in DECEIVING {
            let tenant =
                CreateTenant { name: (*name).into(), settings: TenantSettings::default() };
            let answer = house.admin.send(post("tenants").json(&tenant)).await.unwrap();
            refuses(&answer, "name", name);
            let token = CreateAdminToken { name: (*name).into(), ..Default::default() };
            let answer = house.admin.send(post("tokens").json(&token)).await.unwrap();
            refuses(&answer, "name", name);
            let email = format!("{name}@example.com");
            let technician = CreateTechnician { email, user_name: "eva".into() };
            let answer = house.admin.send(post("technicians").json(&technician)).await.unwrap();
            refuses(&answer, "email", name);
            let (email, user_name) = ("eva@example.com".into(), (*name).into());
            let technician = CreateTechnician { email, user_name };
            let answer = house.admin.send(post("technicians").json(&technician)).await.unwrap();
            refuses(&answer, "user_name", name);
        }
    }
}

async fn enrol(house: &House, token: &str, facts: WorkstationFacts) -> Answer {
    let keys = WorkstationKeys::generate().unwrap();
    let body = Enrol {
        token: token.to_owned(),
        signing_key: keys.signing.public().clone(),
        encryption_key: keys.encryption.public().clone(),
        facts,
    };
    let asked = Request::post("/desktop/v1/enrolments").json(&body);
    house.transport().send_proved(asked, &keys.signing, None).await.unwrap()
}

story! {
    async fn a_machine_can_not_call_itself_by_a_name_that_deceives(house: House) {
        let token = house.token(&house.tenant, 1).await;
        let honest = SoftWorkstation::facts("W11-RECEPTION");
        for name in DECEIVING {
            let host_name = (*name).to_owned();
            let facts = WorkstationFacts { host_name, ..honest.clone() };
            refuses(&enrol(&house, &token, facts).await, "host_name", name);
            let facts = WorkstationFacts { os: (*name).into(), ..honest.clone() };
            refuses(&enrol(&house, &token, facts).await, "os", name);
            let agent_version = (*name).to_owned();
            let facts = WorkstationFacts { agent_version, ..honest.clone() };
            refuses(&enrol(&house, &token, facts).await, "agent_version", name);
            let hardware_id = (*name).to_owned();
            let facts = WorkstationFacts { hardware_id, ..honest.clone() };
            refuses(&enrol(&house, &token, facts).await, "hardware_id", name);
        }
        // None of the refusals used the token up.
        assert_eq!(enrol(&house, &token, honest).await.status, 201);
    }
}

story! {
    async fn a_phone_can_not_call_itself_by_a_name_that_deceives(house: House) {
        let ticket = house.admin.create_ticket(house.nik.id).await.unwrap().ticket;
        let (key, transport) = (DeviceKey::generate().unwrap(), house.transport());
        let copy = DeviceKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        let enrolling = countersign_client::Enrolling::start(transport, copy, &ticket).await;
        let enrolling = enrolling.unwrap();
        let origin = house.transport().origin();
        let credential = SoftPasskey::new().register(&enrolling.options().public_key, &origin);
        let finish = |device: DeviceFacts| {
            let (ticket, credential) = (ticket.clone(), credential.clone());
            let body = FinishEnrolment { ticket, credential, device, push: None, language: None };
            let asked = Request::post("/mobile/v1/enrolments/finish").json(&body);
            let (transport, key) = (house.transport(), &key);
            async move { transport.send_proved(asked, key, None).await.unwrap() }
        };
        let honest = SoftPhone::facts("nik's phone");
        for name in DECEIVING {
            let facts = DeviceFacts { name: (*name).into(), ..honest.clone() };
            refuses(&finish(facts).await, "name", name);
            let facts = DeviceFacts { model: (*name).into(), ..honest.clone() };
            refuses(&finish(facts).await, "model", name);
            let facts = DeviceFacts { os: (*name).into(), ..honest.clone() };
            refuses(&finish(facts).await, "os", name);
        }
        assert_eq!(finish(honest).await.status, 201);
    }
}

story! {
    async fn a_login_can_not_ask_with_words_that_deceive(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        let open = |login: OpenLogin| {
            let asked = Request::post("/desktop/v1/logins").json(&login);
            let asked = asked.header("idempotency-key", "b1d6a4de-5f0f-4a55");
            let workstation = &workstation.workstation;
            async move { workstation.send(asked).await.unwrap() }
        };
        let honest = OpenLogin {
            by: OpenBy::Push { name: "nik@example.com".into() },
            purpose: Purpose::SignIn,
            os_session: "console".into(),
            nonce: Bytes([7; 32]),
        };
        for name in DECEIVING {
            let text = || (*name).to_owned();
            let login = OpenLogin { os_session: text(), ..honest.clone() };
            refuses(&open(login).await, "os_session", name);
            let login = OpenLogin { by: OpenBy::Push { name: text() }, ..honest.clone() };
            refuses(&open(login).await, "name", name);
            let purpose = Purpose::Elevate { program: text(), reason: "printer".into() };
            refuses(&open(OpenLogin { purpose, ..honest.clone() }).await, "program", name);
            let purpose = Purpose::Elevate { program: "setup.exe".into(), reason: text() };
            refuses(&open(OpenLogin { purpose, ..honest.clone() }).await, "reason", name);
        }
        assert_eq!(open(honest).await.status, 201);
    }
}
