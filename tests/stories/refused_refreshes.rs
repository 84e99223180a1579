//! Refresh tokens and sign-ins that give no tokens.

use std::time::Duration;

use countersign::domain::Fact;
use countersign_client::{Answer, DeviceKey, Request, StatusCode};
use countersign_protocol::{
    ProblemCode,
    ceremony::sign_in_challenge,
    wire::mobile::{FinishSignIn, Refresh, SignInOptions, StartSignIn, Tokens},
};
use countersign_testkit::{SoftPasskey, SoftPhone};

use crate::{
    house::House,
    knock::{Knock, ROUTE},
    refusal::{refusal, refused},
    story,
};

async fn refresh(house: &House, key: &DeviceKey, refresh_token: &str) -> Answer {
    let body = Refresh { refresh_token: refresh_token.to_owned() };
    let asked = Request::post("/mobile/v1/token").json(&body);
    house.transport().send_proved(asked, key, None).await.unwrap()
}

async fn refreshed(house: &House, key: &DeviceKey, refresh_token: &str) -> Tokens {
    refresh(house, key, refresh_token).await.json().unwrap()
}

async fn opens(house: &House, key: &DeviceKey, token: &str) -> Answer {
    house.transport().send_proved(Request::get(ROUTE), key, Some(token)).await.unwrap()
}

story! {
    async fn an_old_refresh_token_ends_the_whole_family(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let key = phone.phone.key();
        let stolen = phone.phone.held_tokens().await;
        let second = refreshed(&house, key, &stolen.refresh_token).await;
        let third = refreshed(&house, key, &second.refresh_token).await;
        assert_eq!(opens(&house, key, &third.access_token).await.status, StatusCode::OK);

        refusal(&refresh(&house, key, &stolen.refresh_token).await, ProblemCode::InvalidGrant);
        refusal(&refresh(&house, key, &third.refresh_token).await, ProblemCode::InvalidGrant);
        for token in [&stolen.access_token, &second.access_token, &third.access_token] {
            refusal(&opens(&house, key, token).await, ProblemCode::InvalidToken);
        }
        let events = house.events().await;
        assert!(events.iter().any(|event| matches!(event.fact, Fact::RefreshTokenReused { .. })));

        phone.sign_in().await.unwrap();
        phone.pending().await.unwrap();
    }
}

story! {
    async fn a_lost_answer_is_given_again_for_a_minute(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let key = phone.phone.key();
        let first = phone.phone.held_tokens().await.refresh_token;
        refreshed(&house, key, &first).await;
        house.pass(Duration::from_secs(59)).await;
        let again = refreshed(&house, key, &first).await;
        assert_eq!(opens(&house, key, &again.access_token).await.status, StatusCode::OK);
        refreshed(&house, key, &again.refresh_token).await;
    }
}

story! {
    async fn a_repetition_after_a_minute_is_a_reuse(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let key = phone.phone.key();
        let first = phone.phone.held_tokens().await.refresh_token;
        let second = refreshed(&house, key, &first).await;
        house.pass(Duration::from_secs(61)).await;
        refusal(&refresh(&house, key, &first).await, ProblemCode::InvalidGrant);
        refusal(&refresh(&house, key, &second.refresh_token).await, ProblemCode::InvalidGrant);
    }
}

story! {
    async fn a_stolen_refresh_token_is_worth_nothing_without_its_key(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let stolen = phone.phone.held_tokens().await.refresh_token;
        let thief = DeviceKey::generate().unwrap();
        refusal(&refresh(&house, &thief, &stolen).await, ProblemCode::InvalidGrant);
        let other = house.phone_of(&house.nik).await;
        refusal(&refresh(&house, other.phone.key(), &stolen).await, ProblemCode::InvalidGrant);
        // The thief's try does not end the owner's tokens.
        phone.phone.refresh().await.unwrap();
        phone.pending().await.unwrap();
    }
}

story! {
    async fn a_forged_refresh_token_is_refused(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let real = phone.phone.held_tokens().await.refresh_token;
        let middle = real.len() / 2;
        let other = if real[middle..].starts_with('A') { "B" } else { "A" };
        let altered = format!("{}{other}{}", &real[..middle], &real[middle + 1..]);
        for token in ["", "nonsense", &altered] {
            let answer = refresh(&house, phone.phone.key(), token).await;
            refusal(&answer, ProblemCode::InvalidGrant);
        }
        phone.phone.refresh().await.unwrap();
    }
}

/// Answers a sign-in's options by this passkey.
fn signed(phone: &SoftPhone, options: &SignInOptions, passkey: &SoftPasskey) -> FinishSignIn {
    let own = phone.phone.ownership();
    FinishSignIn {
        msp_id: own.msp_id,
        device_id: own.device_id,
        nonce: options.nonce,
        assertion: passkey.assert(&options.public_key, phone.phone.origin()),
    }
}

async fn sign_in(house: &House, key: &DeviceKey, body: &FinishSignIn) -> Answer {
    let asked = Request::post("/mobile/v1/sign-in").json(body);
    house.transport().send_proved(asked, key, None).await.unwrap()
}

story! {
    async fn the_passkey_of_another_phone_signs_nobody_in(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let other = house.phone_of(&house.nik).await;
        refused(phone.phone.sign_in(&other.passkey).await, ProblemCode::InvalidCredential);
        phone.sign_in().await.unwrap();
    }
}

story! {
    async fn another_key_signs_nobody_in(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let thief = DeviceKey::generate().unwrap();
        let own = phone.phone.ownership();
        let body = StartSignIn { msp_id: own.msp_id, device_id: own.device_id };
        let asked = Request::post("/mobile/v1/sign-in/options").json(&body);
        let answer = house.transport().send_proved(asked, &thief, None).await.unwrap();
        refusal(&answer, ProblemCode::InvalidGrant);
        let options = phone.phone.sign_in_options().await.unwrap();
        let body = signed(&phone, &options, &phone.passkey);
        refusal(&sign_in(&house, &thief, &body).await, ProblemCode::InvalidGrant);
    }
}

story! {
    async fn a_sign_in_is_taken_once(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let options = phone.phone.sign_in_options().await.unwrap();
        let key = phone.phone.key();
        let body = signed(&phone, &options, &phone.passkey);
        assert_eq!(sign_in(&house, key, &body).await.status, StatusCode::OK);
        refusal(&sign_in(&house, key, &body).await, ProblemCode::InvalidGrant);
        let anew = signed(&phone, &options, &phone.passkey);
        refusal(&sign_in(&house, key, &anew).await, ProblemCode::InvalidGrant);
    }
}

story! {
    async fn a_sign_in_that_took_too_long_is_refused(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let options = phone.phone.sign_in_options().await.unwrap();
        let body = signed(&phone, &options, &phone.passkey);
        house.pass(Duration::from_secs(120)).await;
        refusal(&sign_in(&house, phone.phone.key(), &body).await, ProblemCode::InvalidGrant);
    }
}

story! {
    async fn a_nonce_that_the_service_never_made_signs_nobody_in(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let options = phone.phone.sign_in_options().await.unwrap();
        let nonce = countersign_protocol::Bytes([7; 32]);
        let own = phone.phone.ownership().device_id;
        let challenge = sign_in_challenge(&nonce, own, &phone.phone.key().thumbprint());
        let mut public_key = options.public_key;
        public_key["challenge"] = countersign_protocol::encoding::base64url(&challenge).into();
        let body = signed(&phone, &SignInOptions { nonce, public_key, ..options }, &phone.passkey);
        refusal(&sign_in(&house, phone.phone.key(), &body).await, ProblemCode::InvalidGrant);
    }
}

story! {
    async fn an_assertion_over_a_login_signs_nobody_in_and_a_sign_in_approves_nothing(house: House) {
        let pending = crate::pending::Pending::at(&house, "W11-RECEPTION").await;
        let phone = &pending.phone;
        let options = phone.phone.sign_in_options().await.unwrap();
        let of_login = pending.assertion().await;
        let of_sign_in = signed(phone, &options, &phone.passkey);
        let crossed = FinishSignIn { assertion: of_login, ..of_sign_in.clone() };
        let answer = sign_in(&house, phone.phone.key(), &crossed).await;
        refusal(&answer, ProblemCode::InvalidCredential);
        let approval = pending.send(of_sign_in.assertion).await;
        pending.is_refused(approval, "another challenge").await;
    }
}

story! {
    async fn a_suspended_phone_gets_no_tokens(house: House) {
        let knock = Knock::of(&house).await;
        let phone = &knock.phone;
        let options = phone.phone.sign_in_options().await.unwrap();
        let held = phone.phone.held_tokens().await;
        house.admin.suspend_device(phone.phone.ownership().device_id).await.unwrap();
        let key = phone.phone.key();
        refusal(&refresh(&house, key, &held.refresh_token).await, ProblemCode::InvalidGrant);
        let body = signed(phone, &options, &phone.passkey);
        refusal(&sign_in(&house, key, &body).await, ProblemCode::InvalidGrant);
        refused(phone.phone.sign_in_options().await, ProblemCode::InvalidGrant);
    }
}
