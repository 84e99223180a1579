//! What a person decides, rightly or wrongly, and what it calls for.

use std::time::Duration;

use countersign_client::{OpenedLogin, Result};
use countersign_protocol::{
    ProblemCode, Purpose,
    wire::{
        LoginState, Status,
        admin::Technician,
        desktop::{OpenBy, Outcome},
        mobile::{Decided, DenyReason},
    },
};
use countersign_testkit::{SoftPhone, SoftWorkstation};

use crate::{
    house::{House, code_of, soon},
    story,
};

/// Opens a push login and approves it with a code that the workstation does not show.
async fn mistype(
    workstation: &SoftWorkstation,
    phone: &SoftPhone,
) -> (OpenedLogin, Result<Decided>) {
    let login = workstation.open_push("nik").await.unwrap();
    let right = login.code.as_deref().unwrap();
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let decided = phone.approve(login.id(), wrong).await;
    (login, decided)
}

async fn nik(house: &House) -> Technician {
    house.admin.technician(house.nik.id).await.unwrap()
}

story! {
    async fn a_wrong_code_denies_and_counts(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let (mut login, decided) = mistype(&workstation, &phone).await;
        assert_eq!(code_of(decided), Some(ProblemCode::WrongCode));
        assert_eq!(soon(workstation.wait_decided(&mut login)).await.unwrap(), LoginState::Denied);
        assert_eq!(login.view.outcome, Some(Outcome::WrongCode));
        assert_eq!(nik(&house).await.consecutive_failures, 1);
        let late = phone.approve(login.id(), &login.code.clone().unwrap()).await;
        assert_eq!(code_of(late), Some(ProblemCode::LoginNotPending), "one wrong code is one too many");
        assert_eq!(nik(&house).await.consecutive_failures, 1);

        let next = workstation.open_push("nik").await.unwrap();
        phone.approve(next.id(), &next.code.clone().unwrap()).await.unwrap();
        assert_eq!(nik(&house).await.consecutive_failures, 0);
    }
}

story! {
    async fn a_mistake_denies_and_counts_nothing(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut login = workstation.open_push("nik").await.unwrap();
        phone.deny(login.id(), DenyReason::Mistake).await.unwrap();
        assert_eq!(soon(workstation.wait_decided(&mut login)).await.unwrap(), LoginState::Denied);
        assert_eq!(login.view.outcome, Some(Outcome::Mistake));
        assert_eq!(nik(&house).await.consecutive_failures, 0);
        workstation.open_push("nik").await.unwrap();
        assert_eq!(phone.pending().await.unwrap().len(), 1, "nothing is frozen");
    }
}

story! {
    async fn ten_failures_pause_push_logins_and_a_qr_login_ends_the_pause(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        for _ in 0..10 {
            assert_eq!(nik(&house).await.push_paused_until, None);
            let (_, decided) = mistype(&workstation, &phone).await;
            assert_eq!(code_of(decided), Some(ProblemCode::WrongCode));
        }
        assert!(nik(&house).await.push_paused_until.is_some());
        let unheard = workstation.open_push("nik").await.unwrap();
        assert_eq!(unheard.code.map(|code| code.len()), Some(6), "as if nothing were");
        assert!(phone.pending().await.unwrap().is_empty());

        let mut login = workstation.open_qr().await.unwrap();
        phone.approve_qr(&workstation.qr_link(&login)).await.unwrap();
        workstation.wait_decided(&mut login).await.unwrap();
        workstation.take_grant(&mut login).await.unwrap();
        let nik = nik(&house).await;
        assert_eq!((nik.consecutive_failures, nik.push_paused_until), (0, None));
        workstation.open_push("nik").await.unwrap();
        assert_eq!(phone.pending().await.unwrap().len(), 1);
    }
}

story! {
    |settings| {
        settings.login.pause_after_failures = 3;
        settings.login.pause_s = 60;
        settings.login.suspend_after_failures = 5;
    }
    async fn failures_over_pauses_suspend_all_devices(house: House) {
        let [phone, other] = [house.phone_of(&house.nik).await, house.phone_of(&house.nik).await];
        let workstation = house.workstation("W11-RECEPTION").await;
        for _ in 0..3 {
            mistype(&workstation, &phone).await.1.unwrap_err();
        }
        assert!(nik(&house).await.push_paused_until.is_some());
        house.pass(Duration::from_secs(61)).await;
        let mut scanned = workstation.open_qr().await.unwrap();
        other.phone.claim(&workstation.qr_link(&scanned)).await.unwrap();
        for _ in 3..5 {
            let (_, decided) = mistype(&workstation, &phone).await;
            assert_eq!(code_of(decided), Some(ProblemCode::WrongCode));
        }
        assert_eq!(soon(workstation.wait_decided(&mut scanned)).await.unwrap(), LoginState::Cancelled);
        assert_eq!(scanned.view.outcome, Some(Outcome::Suspended));
        for phone in [&phone, &other] {
            soon(async { while phone.pending().await.is_ok() {} }).await; // within the second that is promised
            let device = house.admin.device(phone.phone.ownership().device_id).await.unwrap();
            assert_eq!(device.status, Status::Suspended);
        }
        assert_eq!(nik(&house).await.status, Status::Active, "a new phone can be enrolled");
        house.admin.resume_device(phone.phone.ownership().device_id).await.unwrap();
        phone.sign_in().await.unwrap();
        let login = workstation.open_push("nik").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        assert_eq!(nik(&house).await.consecutive_failures, 0);
    }
}

story! {
    async fn a_fraud_report_ends_what_is_open_and_freezes_push_until_an_admin_lifts_it(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let bystander = house.workstation("W11-OFFICE").await;
        let untouched = bystander.open_push("nik").await.unwrap();
        let open = async |by: OpenBy, os_session: &str| {
            workstation.workstation.open(by, Purpose::SignIn, os_session).await.unwrap()
        };
        let push = || OpenBy::Push { name: "nik".into() };
        let mut untaken = open(push(), "rdp-1").await;
        phone.approve(untaken.id(), &untaken.code.clone().unwrap()).await.unwrap();
        let mut scanned = open(OpenBy::Qr {}, "rdp-2").await;
        let reported = open(push(), "rdp-3").await;

        let (woken, denied) = tokio::join!(soon(workstation.wait_decided(&mut scanned)), async {
            phone.deny(reported.id(), DenyReason::Fraud).await
        });
        assert_eq!(denied.unwrap().state, LoginState::Denied);
        assert_eq!(woken.unwrap(), LoginState::Cancelled);
        assert_eq!(scanned.view.outcome, Some(Outcome::Fraud));
        let taken = workstation.take_grant(&mut untaken).await;
        assert_eq!(code_of(taken), Some(ProblemCode::GrantNotAvailable));
        assert!(workstation.workstation.own().await.unwrap().push_frozen);
        assert_eq!(code_of(workstation.open_push("nik").await), Some(ProblemCode::PushFrozen));
        assert_eq!(code_of(workstation.open_push("nobody").await), Some(ProblemCode::PushFrozen));
        assert_eq!(phone.pending().await.unwrap()[0].statement.login, untouched.id());

        let login = workstation.open_qr().await.unwrap();
        phone.approve_qr(&workstation.qr_link(&login)).await.unwrap();

        house.admin.unfreeze_workstation(workstation.workstation.id()).await.unwrap();
        assert!(!workstation.workstation.own().await.unwrap().push_frozen);
        let login = workstation.open_push("nik").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
    }
}
