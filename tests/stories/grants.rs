//! An approved login's grant: for a minute, once, and only while all it rests on stands.

use std::time::Duration;

use countersign::{domain::Fact, flows::login::expire_due};
use countersign_client::OpenedLogin;
use countersign_protocol::{
    ProblemCode,
    encoding::from_base64url,
    wire::{LoginState, desktop::Outcome},
};
use countersign_testkit::{SoftPhone, SoftWorkstation};
use serde_json::Value;

use crate::{
    house::{House, code_of},
    story,
};

async fn approved(house: &House) -> (SoftPhone, SoftWorkstation, OpenedLogin) {
    let phone = house.phone_of(&house.nik).await;
    let workstation = house.workstation("W11-RECEPTION").await;
    let login = workstation.open_push("nik").await.unwrap();
    phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
    (phone, workstation, login)
}

async fn jti(workstation: &SoftWorkstation, login: &OpenedLogin) -> Value {
    let grant = workstation.workstation.fetch_grant(login.id()).await.unwrap().grant;
    let claims = from_base64url(grant.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<Value>(&claims).unwrap()["jti"].clone()
}

async fn refusal(workstation: &SoftWorkstation, login: &OpenedLogin) -> Option<ProblemCode> {
    code_of(workstation.workstation.fetch_grant(login.id()).await)
}

story! {
    async fn asked_again_within_its_minute_it_is_the_same_grant_with_one_event(house: House) {
        let (_phone, workstation, login) = approved(&house).await;
        house.clock.stop();
        let first = jti(&workstation, &login).await;
        house.pass(Duration::from_secs(55)).await;
        assert_eq!(jti(&workstation, &login).await, first);
        let events = house.events().await;
        let taken = events.iter().filter(|event| matches!(event.fact, Fact::GrantTaken { .. }));
        assert_eq!(taken.count(), 1);
        house.pass(Duration::from_secs(5)).await;
        assert_eq!(refusal(&workstation, &login).await, Some(ProblemCode::GrantNotAvailable));
        expire_due(&house.node.context).await.unwrap();
        let view = workstation.workstation.login(login.id()).await.unwrap();
        assert_eq!(view.state, LoginState::Approved, "it was taken");
    }
}

story! {
    async fn one_that_nobody_took_is_gone_after_its_minute(house: House) {
        house.clock.stop();
        let (_phone, workstation, login) = approved(&house).await;
        house.pass(Duration::from_secs(60)).await;
        assert_eq!(refusal(&workstation, &login).await, Some(ProblemCode::GrantNotAvailable));
        expire_due(&house.node.context).await.unwrap();
        let view = workstation.workstation.login(login.id()).await.unwrap();
        assert_eq!((view.state, view.outcome), (LoginState::Cancelled, Some(Outcome::NotTaken)));
        let sentence = "W11-RECEPTION did not take an approved login's grant in time";
        assert_eq!(house.sentences().await.iter().filter(|line| *line == sentence).count(), 1);
    }
}

story! {
    async fn it_can_be_taken_to_the_last_millisecond(house: House) {
        house.clock.stop();
        let (_phone, workstation, mut login) = approved(&house).await;
        house.pass(Duration::from_millis(59_999)).await;
        expire_due(&house.node.context).await.unwrap();
        workstation.take_grant(&mut login).await.unwrap();
    }
}

story! {
    async fn a_suspended_technician_gets_none(house: House) {
        let (_phone, workstation, mut login) = approved(&house).await;
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        assert_eq!(refusal(&workstation, &login).await, Some(ProblemCode::GrantNotAvailable));
        workstation.wait_changed(&mut login).await.unwrap();
        assert_eq!(login.view.outcome, Some(Outcome::Suspended));
        house.admin.resume_technician(house.nik.id).await.unwrap();
        assert_eq!(refusal(&workstation, &login).await, Some(ProblemCode::GrantNotAvailable));
    }
}

story! {
    async fn a_suspended_device_gets_none(house: House) {
        let (phone, workstation, login) = approved(&house).await;
        house.admin.suspend_device(phone.phone.ownership().device_id).await.unwrap();
        assert_eq!(refusal(&workstation, &login).await, Some(ProblemCode::GrantNotAvailable));
    }
}

story! {
    async fn one_who_no_longer_works_for_the_tenant_gets_none(house: House) {
        let (_phone, workstation, login) = approved(&house).await;
        house.admin.undelegate(house.tenant.id, house.nik.id).await.unwrap();
        assert_eq!(refusal(&workstation, &login).await, Some(ProblemCode::GrantNotAvailable));
        let view = workstation.workstation.login(login.id()).await.unwrap();
        assert_eq!((view.state, view.outcome), (LoginState::Cancelled, Some(Outcome::Suspended)));
        house.admin.delegate(house.tenant.id, house.nik.id).await.unwrap();
        assert_eq!(refusal(&workstation, &login).await, Some(ProblemCode::GrantNotAvailable));
    }
}

story! {
    async fn a_suspension_stops_a_repeated_answer_too(house: House) {
        let (_phone, workstation, login) = approved(&house).await;
        jti(&workstation, &login).await;
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        assert_eq!(refusal(&workstation, &login).await, Some(ProblemCode::GrantNotAvailable));
    }
}

story! {
    async fn only_an_approved_login_has_one_and_only_for_its_own_workstation(house: House) {
        let (phone, workstation, login) = approved(&house).await;
        let other = house.workstation("W11-OFFICE").await;
        assert_eq!(refusal(&other, &login).await, Some(ProblemCode::NotFound));
        let pending = workstation.open_push("nik").await.unwrap();
        let refused = workstation.workstation.fetch_grant(pending.id()).await.unwrap_err();
        assert_eq!(refused.code(), Some(ProblemCode::GrantNotAvailable));
        assert!(matches!(
            refused,
            countersign_client::Error::Problem { problem, .. } if problem.state.as_deref() == Some("pending")
        ));
        assert_eq!(phone.pending().await.unwrap().len(), 1);
    }
}
