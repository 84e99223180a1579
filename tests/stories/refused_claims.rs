//! QR codes that claim nothing.

use std::time::Duration;

use countersign_protocol::{ProblemCode, qr, wire::LoginState};

use crate::{refusal::refused, story};

story! {
    async fn a_wrong_secret_claims_nothing(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let login = workstation.open_qr().await.unwrap();
        let forged = qr::link(&house.node.public_url, login.id(), &[7; 16]);
        refused(phone.approve_qr(&forged).await, ProblemCode::WrongSecret);
        let seen = workstation.workstation.login(login.id()).await.unwrap();
        assert_eq!((seen.state, seen.claimed_by), (LoginState::Pending, None));
    }
}

story! {
    async fn the_secret_of_another_login_claims_nothing(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let elsewhere = house.workstation("W11-STORAGE").await;
        let login = workstation.open_qr().await.unwrap();
        let other = elsewhere.open_qr().await.unwrap();
        let (_, secret) = qr::read(&house.node.public_url, &elsewhere.qr_link(&other)).unwrap();
        let mixed = qr::link(&house.node.public_url, login.id(), &secret);
        refused(phone.approve_qr(&mixed).await, ProblemCode::WrongSecret);
    }
}

story! {
    async fn a_photograph_of_a_qr_code_is_worth_nothing_two_steps_later(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let login = workstation.open_qr().await.unwrap();
        let photograph = workstation.qr_link(&login);
        house.pass(Duration::from_secs(20)).await;
        refused(phone.approve_qr(&photograph).await, ProblemCode::WrongSecret);
        let fresh = workstation.qr_link(&login);
        assert_eq!(phone.approve_qr(&fresh).await.unwrap().state, LoginState::Approved);
    }
}

story! {
    async fn a_qr_login_that_nobody_claimed_is_nobody_s_to_approve(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let login = workstation.open_qr().await.unwrap();
        refused(phone.phone.signing_options(login.id()).await, ProblemCode::NotFound);
        refused(phone.look_at(login.id()).await, ProblemCode::NotFound);
    }
}

story! {
    async fn a_claim_by_another_phone_is_no_claim_of_this_one(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let other = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let login = workstation.open_qr().await.unwrap();
        let link = workstation.qr_link(&login);
        phone.phone.claim(&link).await.unwrap();
        refused(other.phone.claim(&link).await, ProblemCode::AlreadyClaimed);
        refused(other.phone.signing_options(login.id()).await, ProblemCode::NotFound);
    }
}
