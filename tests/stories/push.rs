//! A name is typed at the workstation, and its phone is told to look.

use std::{collections::BTreeSet, time::Duration};

use countersign::flows::login::expire_due;
use countersign_client::{Request, random_bytes};
use countersign_protocol::{
    Bytes, ProblemCode, Purpose,
    wire::{
        LoginState,
        admin::TenantSettings,
        desktop::{OpenBy, OpenLogin, Outcome},
    },
};

use crate::{
    house::{code_of, soon},
    story,
};

fn opening(name: &str, os_session: &str) -> OpenLogin {
    OpenLogin {
        by: OpenBy::Push { name: name.into() },
        purpose: Purpose::SignIn,
        os_session: os_session.into(),
        nonce: Bytes(random_bytes()),
    }
}

story! {
    async fn an_elevation_shows_its_program_and_reason(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let asked = workstation.open_elevation("nik", r"C:\Windows\regedit.exe", "printer driver");
        let mut login = asked.await.unwrap();
        let shown = phone.look_at(login.id()).await.unwrap();
        let expected = Purpose::Elevate {
            program: r"C:\Windows\regedit.exe".into(),
            reason: "printer driver".into(),
        };
        assert_eq!(shown.purpose, expected);
        let code = login.code.clone().unwrap();
        phone.approve(login.id(), &code).await.unwrap();
        workstation.wait_decided(&mut login).await.unwrap();
        assert_eq!(workstation.take_grant(&mut login).await.unwrap().purpose, expected);
    }
}

story! {
    async fn a_name_of_either_form_is_found_without_regard_to_case(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        for name in ["nik", "NIK", " Nik@Example.com "] {
            let login = workstation.open_push(name).await.unwrap();
            assert_eq!(phone.pending().await.unwrap()[0].statement.login, login.id(), "{name}");
        }
    }
}

story! {
    async fn the_tenant_sets_digits_and_lifetime(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        assert_eq!(workstation.open_push("nik").await.unwrap().code.unwrap().len(), 6);
        let (code_digits, login_lifetime_s) = (Some(8), Some(300));
        house
            .settings(TenantSettings { code_digits, login_lifetime_s, ..TenantSettings::default() })
            .await;
        let login = workstation.open_push("nik").await.unwrap();
        assert_eq!(login.code.clone().unwrap().len(), 8);
        let seen = phone.pending().await.unwrap().remove(0);
        assert_eq!(seen.code_digits, Some(8));
        let lifetime = seen.statement.expires_at.since(seen.statement.opened_at);
        assert_eq!(lifetime, Duration::from_secs(300));
        phone.approve(login.id(), &login.code.unwrap()).await.unwrap();
    }
}

story! {
    async fn the_same_key_is_the_same_login_with_the_same_code(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let body = opening("nik", "console");
        let send = async |body: &OpenLogin| {
            let request = Request::post("/desktop/v1/logins").json(body);
            let sent = workstation.workstation.send(request.header("idempotency-key", "story-0001"));
            sent.await.unwrap()
        };
        let first = send(&body).await;
        let again = send(&body).await;
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
        let [first, again]: [serde_json::Value; 2] =
            [first, again].map(|answer| serde_json::from_slice(&answer.body).unwrap());
        assert_eq!((&first["id"], &first["code"]), (&again["id"], &again["code"]));
        let other = send(&opening("nik", "console")).await;
        assert_eq!(other.code(), Some(ProblemCode::IdempotencyConflict));
        assert_eq!(phone.pending().await.unwrap().len(), 1);
        let opened = house.sentences().await;
        let opened = opened.iter().filter(|line| line.contains("opened a login")).count();
        assert_eq!(opened, 1, "one login, one event");
    }
}

story! {
    async fn a_newer_login_of_the_os_session_takes_the_place_of_the_older(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut older = workstation.open_push("nik").await.unwrap();
        let elsewhere = opening("nik", "rdp-1");
        let elsewhere = workstation.workstation.open_as("story-rdp-1", &elsewhere).await.unwrap();
        let old_nonce = phone.phone.signing_options(older.id()).await.unwrap().nonce;
        let newer = workstation.open_push("nik").await.unwrap();
        assert_eq!(soon(workstation.wait_decided(&mut older)).await.unwrap(), LoginState::Superseded);
        let new_nonce = phone.phone.signing_options(newer.id()).await.unwrap().nonce;
        assert_ne!(new_nonce, old_nonce);
        let pending: BTreeSet<_> =
            phone.pending().await.unwrap().iter().map(|login| login.statement.login.0).collect();
        assert_eq!(pending, BTreeSet::from([elsewhere.id().0, newer.id().0]));
        let late = phone.approve(older.id(), &older.code.clone().unwrap()).await.unwrap_err();
        assert_eq!(late.code(), Some(ProblemCode::LoginNotPending));
        phone.approve(newer.id(), &newer.code.clone().unwrap()).await.unwrap();
    }
}

story! {
    async fn a_login_ends_with_its_last_millisecond(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        house.clock.stop();
        let in_time = workstation.open_push("nik").await.unwrap();
        let late = workstation.workstation.open_as("story-late", &opening("nik", "rdp-1")).await.unwrap();
        house.pass(Duration::from_millis(119_999)).await;
        expire_due(&house.node.context).await.unwrap();
        phone.approve(in_time.id(), &in_time.code.unwrap()).await.unwrap();
        assert_eq!(phone.pending().await.unwrap().len(), 1);

        house.pass(Duration::from_millis(1)).await;
        assert_eq!(late.view.expires_at, house.node.context.now());
        let view = workstation.workstation.login(late.id()).await.unwrap();
        assert_eq!(view.state, LoginState::Expired, "with or without the sweep");
        assert!(phone.pending().await.unwrap().is_empty());
        let refused = phone.approve(late.id(), &late.code.clone().unwrap()).await;
        assert_eq!(code_of(refused), Some(ProblemCode::LoginNotPending));
        expire_due(&house.node.context).await.unwrap();
        expire_due(&house.node.context).await.unwrap();
        let view = workstation.workstation.login(late.id()).await.unwrap();
        assert_eq!((view.state, view.version), (LoginState::Expired, 2));
        let told = house.sentences().await;
        let told = told.iter().filter(|line| *line == "nobody decided a login on W11-RECEPTION in time");
        assert_eq!(told.count(), 1);
    }
}

story! {
    async fn a_workstation_withdraws_its_login(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let login = workstation.open_push("nik").await.unwrap();
        let list = phone.phone.pending().await.unwrap();
        let (woken, withdrawn) = tokio::join!(
            soon(phone.phone.wait_pending(&list.etag, Duration::from_secs(60))),
            async {
                house.node.parks(house.nik.id).await;
                workstation.workstation.cancel(login.id()).await.unwrap()
            }
        );
        assert!(woken.unwrap().unwrap().pending.logins.is_empty());
        assert_eq!((withdrawn.state, withdrawn.outcome), (LoginState::Cancelled, Some(Outcome::Withdrawn)));
        let again = workstation.workstation.cancel(login.id()).await.unwrap();
        assert_eq!((again.state, again.version), (LoginState::Cancelled, withdrawn.version));
        let late = phone.approve(login.id(), &login.code.clone().unwrap()).await;
        assert_eq!(code_of(late), Some(ProblemCode::LoginNotPending));
    }
}

story! {
    async fn an_approved_login_is_withdrawn_with_its_grant(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut login = workstation.open_push("nik").await.unwrap();
        let code = login.code.clone().unwrap();
        phone.approve(login.id(), &code).await.unwrap();
        workstation.workstation.cancel(login.id()).await.unwrap();
        let taken = workstation.take_grant(&mut login).await;
        assert_eq!(code_of(taken), Some(ProblemCode::GrantNotAvailable));
    }
}
