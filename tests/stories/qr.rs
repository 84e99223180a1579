//! The phone scans what the workstation shows.

use std::time::Duration;

use countersign::config::Settings;
use countersign_client::{Phone, Request, Result};
use countersign_protocol::{
    Bytes, ProblemCode, qr,
    wire::{
        LoginState,
        admin::TenantSettings,
        desktop::Outcome,
        mobile::{Approve, Claim, LoginDetail},
    },
};

use countersign_testkit::SoftWorkstation;

use crate::{
    house::{code_of, soon},
    story,
};

story! {
    async fn a_claim_shows_at_the_workstation_who_claimed(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut login = workstation.open_qr().await.unwrap();
        let id = login.id();
        let link = workstation.qr_link(&login);
        assert!(phone.pending().await.unwrap().is_empty(), "it is nobody's yet");
        let (woken, shown) = tokio::join!(soon(workstation.wait_changed(&mut login)), async {
            house.node.parks(id).await;
            phone.phone.claim(&link).await.unwrap()
        });
        woken.unwrap();
        assert_eq!(login.view.state, LoginState::Pending);
        assert_eq!(login.view.claimed_by.as_deref(), Some("nik@example.com"));
        assert_eq!(shown.login.code_digits, None);
        assert_eq!(shown.login.statement.technician.name, "nik@example.com");
        assert_eq!(phone.pending().await.unwrap(), std::slice::from_ref(&shown.login));

        phone.phone.approve(&shown.login.statement, None, &phone.passkey).await.unwrap();
        assert_eq!(workstation.wait_decided(&mut login).await.unwrap(), LoginState::Approved);
        let grant = workstation.take_grant(&mut login).await.unwrap();
        assert_eq!(grant.technician.user_name, "nik");
    }
}

story! {
    async fn a_claim_takes_the_place_of_what_its_technician_has_open_there_and_of_nobody_else_s(house: House) {
        let kim = house.technician("kim").await;
        house.admin.delegate(house.tenant.id, kim.id).await.unwrap();
        let phone = house.phone_of(&house.nik).await;
        house.phone_of(&kim).await;
        let (here, elsewhere) = (house.workstation("W11-A").await, house.workstation("W11-B").await);
        let same = here.open_push("nik").await.unwrap();
        let other_machine = elsewhere.open_push("nik").await.unwrap();
        phone.phone.claim(&here.qr_link(&here.open_qr().await.unwrap())).await.unwrap();
        let state = async |at: &SoftWorkstation, id| at.workstation.login(id).await.unwrap().state;
        assert_eq!(state(&here, same.id()).await, LoginState::Superseded);
        assert_eq!(state(&elsewhere, other_machine.id()).await, LoginState::Pending);

        let kims = here.open_push("kim").await.unwrap();
        phone.phone.claim(&here.qr_link(&here.open_qr().await.unwrap())).await.unwrap();
        assert_eq!(state(&here, kims.id()).await, LoginState::Pending);
    }
}

story! {
    async fn what_one_phone_claimed_another_cannot(house: House) {
        let kim = house.technician("kim").await;
        house.admin.delegate(house.tenant.id, kim.id).await.unwrap();
        let [niks, second, kims] = [
            house.phone_of(&house.nik).await,
            house.phone_of(&house.nik).await,
            house.phone_of(&kim).await,
        ];
        let workstation = house.workstation("W11-RECEPTION").await;
        let login = workstation.open_qr().await.unwrap();
        let link = workstation.qr_link(&login);
        let claimed = niks.phone.claim(&link).await.unwrap();
        for other in [&kims, &second] {
            assert_eq!(code_of(other.phone.claim(&link).await), Some(ProblemCode::AlreadyClaimed));
            assert_eq!(code_of(other.look_at(login.id()).await), Some(ProblemCode::NotFound));
            assert!(other.pending().await.unwrap().is_empty());
        }
        let again = niks.phone.claim(&link).await.unwrap();
        assert_eq!(again.login, claimed.login, "a lost answer can be asked for again");
        let claims = house.sentences().await;
        let claims = claims.iter().filter(|line| line.contains("scanned the QR code")).count();
        assert_eq!(claims, 1);
    }
}

story! {
    async fn one_who_does_not_work_for_the_tenant_claims_nothing(house: House) {
        let kim = house.technician("kim").await;
        let phone = house.phone_of(&kim).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let login = workstation.open_qr().await.unwrap();
        let claimed = phone.phone.claim(&workstation.qr_link(&login)).await;
        assert_eq!(code_of(claimed), Some(ProblemCode::NotFound));
        let view = workstation.workstation.login(login.id()).await.unwrap();
        assert_eq!((view.version, view.claimed_by), (1, None));
    }
}

story! {
    async fn five_wrong_secrets_end_the_login(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut login = workstation.open_qr().await.unwrap();
        let wrong = qr::link(&house.node.public_url, login.id(), &[7; 16]);
        for left in (0..5).rev() {
            assert_eq!(code_of(phone.phone.claim(&wrong).await), Some(ProblemCode::WrongSecret));
            let view = workstation.workstation.login(login.id()).await.unwrap();
            let expected = if left == 0 { LoginState::Denied } else { LoginState::Pending };
            assert_eq!(view.state, expected, "{left} left");
        }
        assert_eq!(soon(workstation.wait_decided(&mut login)).await.unwrap(), LoginState::Denied);
        assert_eq!(login.view.outcome, Some(Outcome::WrongClaims));
        let right = workstation.qr_link(&login);
        assert_eq!(code_of(phone.phone.claim(&right).await), Some(ProblemCode::LoginNotPending));
    }
}

story! {
    async fn a_secret_stands_for_its_step_and_the_next(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        house.clock.stop();
        let login = workstation.open_qr().await.unwrap();
        let old = workstation.qr_link(&login);
        house.pass(Duration::from_secs(20)).await;
        assert_eq!(code_of(phone.phone.claim(&old).await), Some(ProblemCode::WrongSecret));
        let last = workstation.qr_link(&login);
        house.pass(Duration::from_secs(10)).await;
        phone.phone.claim(&last).await.unwrap();
    }
}

fn behind_a_proxy(settings: &mut Settings) {
    settings.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
}

/// Where the phone is, as the proxy tells.
const MOBILE_NETWORK: &str = "203.0.113.9";

async fn claim_from(address: &str, phone: &Phone, link: &str) -> Result<LoginDetail> {
    let (login, secret) = qr::read(phone.transport().public_url(), link).unwrap();
    let request = Request::post(format!("/mobile/v1/logins/{login}/claim"));
    let request = request.json(&Claim { secret: Bytes(secret) });
    phone.send(request.header("x-forwarded-for", address)).await?.json()
}

story! {
    |settings| { behind_a_proxy(settings); }
    async fn a_phone_in_another_network_is_warned(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let here = workstation.open_qr().await.unwrap();
        let shown = phone.phone.claim(&workstation.qr_link(&here)).await.unwrap().login;
        assert!(!shown.network_differs);
        assert_eq!(shown.statement.claimed_from.as_deref(), Some("127.0.0.1"));

        let mut away = workstation.open_qr().await.unwrap();
        let link = workstation.qr_link(&away);
        let shown = claim_from(MOBILE_NETWORK, &phone.phone, &link).await.unwrap().login;
        assert!(shown.network_differs);
        assert_eq!(shown.statement.network_address, "127.0.0.1");
        assert_eq!(shown.statement.claimed_from.as_deref(), Some(MOBILE_NETWORK));
        phone.phone.approve(&shown.statement, None, &phone.passkey).await.unwrap();
        assert_eq!(workstation.wait_decided(&mut away).await.unwrap(), LoginState::Approved);
    }
}

story! {
    |settings| { behind_a_proxy(settings); }
    async fn a_tenant_may_refuse_another_network(house: House) {
        house
            .settings(TenantSettings { refuse_other_network: true, ..TenantSettings::default() })
            .await;
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut login = workstation.open_qr().await.unwrap();
        let link = workstation.qr_link(&login);
        let refused = claim_from(MOBILE_NETWORK, &phone.phone, &link).await;
        assert_eq!(code_of(refused), Some(ProblemCode::NetworkMismatch));
        let shown = phone.phone.claim(&link).await.unwrap().login.statement;

        // Claimed at the workstation, approved from elsewhere.
        let id = login.id();
        let options = phone.phone.signing_options(id).await.unwrap();
        let signed = phone.passkey.assert(&options.public_key, phone.phone.origin());
        let body = Approve { assertion: signed, code: None };
        let request = Request::post(format!("/mobile/v1/logins/{id}/approve")).json(&body);
        let refused = phone.phone.send(request.header("x-forwarded-for", MOBILE_NETWORK)).await;
        assert_eq!(refused.unwrap().code(), Some(ProblemCode::NetworkMismatch));
        phone.phone.approve(&shown, None, &phone.passkey).await.unwrap();
        assert_eq!(workstation.wait_decided(&mut login).await.unwrap(), LoginState::Approved);

        // A push is held to the same.
        let login = workstation.open_push("nik").await.unwrap();
        let options = phone.phone.signing_options(login.id()).await.unwrap();
        let signed = phone.passkey.assert(&options.public_key, phone.phone.origin());
        let body = Approve { assertion: signed, code: login.code.clone() };
        let request = Request::post(format!("/mobile/v1/logins/{}/approve", login.id())).json(&body);
        let refused = phone.phone.send(request.header("x-forwarded-for", MOBILE_NETWORK)).await;
        assert_eq!(refused.unwrap().code(), Some(ProblemCode::NetworkMismatch));
    }
}
