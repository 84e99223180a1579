//! Headers by which a caller says that it is elsewhere.

use std::net::IpAddr;

use countersign_client::{OpenedLogin, Request};
use countersign_protocol::{
    Bytes, LoginId, Purpose, qr,
    wire::{
        desktop::{OpenBy, OpenLogin, Opened},
        mobile::{Claim, LoginDetail, PendingLogins},
    },
};
use countersign_testkit::{SoftPhone, SoftWorkstation};

use crate::{house::Node, story};

const FORGED: &str = "203.0.113.5";

/// Every header by which proxies tell who stands before them.
fn forged(request: Request) -> Request {
    request
        .header("x-forwarded-for", FORGED)
        .header("forwarded", format!("for={FORGED};host=sign.example.net;proto=https"))
        .header("x-real-ip", FORGED)
        .header("x-client-ip", FORGED)
        .header("true-client-ip", FORGED)
        .header("cf-connecting-ip", FORGED)
        .header("x-forwarded-host", "sign.example.net")
        .header("x-forwarded-proto", "https")
}

async fn open(workstation: &SoftWorkstation, by: OpenBy) -> Opened {
    let purpose = Purpose::SignIn;
    let nonce = Bytes([7; 32]);
    let login = OpenLogin { by, purpose, os_session: "console".into(), nonce };
    let asked = Request::post("/desktop/v1/logins").json(&login);
    let asked = forged(asked).header("idempotency-key", "b1d6a4de-5f0f-4a55");
    workstation.workstation.send(asked).await.unwrap().json().unwrap()
}

async fn claim(phone: &SoftPhone, login: LoginId, secret: [u8; 16]) -> LoginDetail {
    let asked = Request::post(format!("/mobile/v1/logins/{login}/claim"));
    let asked = asked.json(&Claim { secret: Bytes(secret) });
    phone.phone.send(forged(asked)).await.unwrap().json().unwrap()
}

/// The secret that the workstation shows now.
fn secret(workstation: &SoftWorkstation, opened: &Opened) -> [u8; 16] {
    let key = &opened.qr.as_ref().expect("a QR login").claim_key;
    let now = workstation.workstation.transport().clock().now();
    qr::secret(key, opened.login.id, qr::step(now))
}

story! {
    async fn a_forged_forwarding_header_changes_no_shown_address(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let by = OpenBy::Push { name: "nik@example.com".into() };
        let pushed = open(&workstation, by).await;
        let shown = phone.look_at(pushed.login.id).await.unwrap();
        assert_eq!(shown.network_address, "127.0.0.1");

        let scanned = open(&house.workstation("W11-STORAGE").await, OpenBy::Qr {}).await;
        let claimed = claim(&phone, scanned.login.id, secret(&workstation, &scanned)).await;
        let shown = claimed.login.statement;
        assert_eq!(shown.network_address, "127.0.0.1");
        assert_eq!(shown.claimed_from.as_deref(), Some("127.0.0.1"));
        assert!(!claimed.login.network_differs);
    }
}

story! {
    async fn a_trusted_proxy_is_believed_about_its_neighbour(house: House) {
        let trusting = Node::start_with(
            &house.place,
            &house.clock,
            Some(&house.node.public_url),
            |settings| settings.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()],
        );
        let trusting = trusting.await;
        let phone = house.phone_of(&house.nik).await;
        let token = house.token(&house.tenant, 1).await;
        let facts = SoftWorkstation::facts("W11-RECEPTION");
        let behind = trusting.transport(&house.clock);
        let workstation = SoftWorkstation::enrol_through(behind, &token, facts).await.unwrap();
        let by = OpenBy::Push { name: "nik@example.com".into() };
        let pushed = open(&workstation, by).await;
        let shown = phone.phone.login(pushed.login.id).await.unwrap().login;
        assert_eq!(shown.statement.network_address, FORGED);
        assert!(shown.network_differs, "the phone speaks to the node itself");
    }
}

/// Another address of this machine, where it has one: on Linux all of 127.0.0.0/8 are.
fn far() -> Option<IpAddr> {
    let address = IpAddr::from([127, 9, 9, 9]);
    std::net::TcpListener::bind((address, 0)).ok().map(|_| address)
}

story! {
    |settings| { settings.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()]; }
    async fn a_phone_from_afar_can_not_forge_that_it_is_near(house: House) {
        let Some(far) = far() else { return };
        let there = house.node.transport_from(far, &house.clock);
        let phone = house.phone_through(there, &house.nik).await;
        // The workstation stands behind the trusted proxy; the phone names the workstation's address too, and
        // stands behind none.
        let workstation = house.workstation("W11-RECEPTION").await;
        let scanned = open(&workstation, OpenBy::Qr {}).await;
        let claimed = claim(&phone, scanned.login.id, secret(&workstation, &scanned)).await.login;
        assert_eq!(claimed.statement.network_address, FORGED);
        assert_eq!(claimed.statement.claimed_from, Some(far.to_string()));
        assert!(claimed.network_differs);
        let asked = Request::get(format!("/mobile/v1/logins/{}", scanned.login.id));
        let shown: LoginDetail = phone.phone.send(forged(asked)).await.unwrap().json().unwrap();
        assert!(shown.login.network_differs, "nor when it looks again");
        let list = phone.phone.send(forged(Request::get("/mobile/v1/logins"))).await.unwrap();
        assert!(list.json::<PendingLogins>().unwrap().logins[0].network_differs, "nor in its list");
    }
}

story! {
    async fn a_tenant_that_refuses_other_networks_is_not_fooled_by_a_header(house: House) {
        // The phone is where the workstation is, and says that it is elsewhere: it is taken at the
        // address it has. (That it could not fake being near is the same rule.)
        house.settings(countersign_protocol::wire::admin::TenantSettings {
            refuse_other_network: true,
            ..Default::default()
        }).await;
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let opened: OpenedLogin = workstation.open_qr().await.unwrap();
        let (_, secret) = qr::read(&house.node.public_url, &workstation.qr_link(&opened)).unwrap();
        let claimed = claim(&phone, opened.id(), secret).await;
        assert!(!claimed.login.network_differs);
    }
}
