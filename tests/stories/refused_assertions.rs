//! Assertions with which a workstation gets no token.

use std::time::Duration;

use countersign_client::{Answer, DeviceKey, Request, StatusCode};
use countersign_protocol::{
    Bytes, ProblemCode,
    wire::{
        Status,
        desktop::{ASSERTION_TYP, AssertionClaims, Authenticate, WorkstationToken},
    },
};
use countersign_testkit::SoftWorkstation;

use crate::{house::House, refusal::refusal, story};

/// The claims of an honest assertion of this workstation.
async fn claims(of: &SoftWorkstation) -> AssertionClaims {
    of.workstation.assertion_claims(&of.workstation.ledger().await)
}

/// Signs the claims and sends them.
async fn assert(of: &SoftWorkstation, claims: &AssertionClaims) -> Answer {
    let assertion = of.workstation.sign_assertion(claims).unwrap();
    of.workstation.authenticate(assertion).await.unwrap()
}

/// Checks that the assertion was refused, that nothing was held against the workstation, and that an honest
/// assertion is taken.
async fn gets_nothing(house: &House, of: &SoftWorkstation, answer: Answer) {
    let detail = refusal(&answer, ProblemCode::InvalidAssertion);
    assert_eq!(detail, "", "a refused assertion tells no reason");
    let seen = house.admin.workstation(of.workstation.id()).await.unwrap();
    assert_eq!(seen.status, Status::Active);
    of.workstation.own().await.unwrap();
}

story! {
    async fn an_assertion_for_another_audience_is_refused(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        let honest = claims(&workstation).await;
        for aud in ["https://sign.example.net/desktop/v1/token", house.node.public_url.as_str()] {
            let answer = assert(&workstation, &AssertionClaims { aud: aud.into(), ..honest.clone() });
            refusal(&answer.await, ProblemCode::InvalidAssertion);
        }
        let aud = format!("{}/", honest.aud);
        let answer = assert(&workstation, &AssertionClaims { aud, ..honest }).await;
        gets_nothing(&house, &workstation, answer).await;
    }
}

story! {
    async fn an_assertion_is_taken_once(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        let honest = claims(&workstation).await;
        let first: WorkstationToken = assert(&workstation, &honest).await.json().unwrap();
        refusal(&assert(&workstation, &honest).await, ProblemCode::InvalidAssertion);
        // Its jti is used, whatever else a later one says.
        let later = AssertionClaims { ctr: first.counter, rid: Bytes([9; 16]), ..honest };
        refusal(&assert(&workstation, &later).await, ProblemCode::InvalidAssertion);
        let seen = house.admin.workstation(workstation.workstation.id()).await.unwrap();
        assert_eq!(seen.status, Status::Active);
        let fresh = AssertionClaims { jti: "of-a-fresh-assertion".into(), ..later };
        assert_eq!(assert(&workstation, &fresh).await.status, StatusCode::OK);
    }
}

story! {
    async fn a_lost_answer_is_given_again_to_the_same_rid(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        let honest = AssertionClaims { rid: Bytes([9; 16]), ..claims(&workstation).await };
        let first: WorkstationToken = assert(&workstation, &honest).await.json().unwrap();
        let again = AssertionClaims { jti: "of-the-second-assertion".into(), ..honest };
        let second: WorkstationToken = assert(&workstation, &again).await.json().unwrap();
        assert_eq!(second.counter, first.counter);
        let seen = house.admin.workstation(workstation.workstation.id()).await.unwrap();
        assert_eq!(seen.status, Status::Active);
    }
}

story! {
    async fn an_assertion_signed_by_another_key_is_refused(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        let forger = DeviceKey::generate().unwrap();
        let forged = forger.jws(ASSERTION_TYP, false, &claims(&workstation).await).unwrap();
        let answer = workstation.workstation.authenticate(forged).await.unwrap();
        gets_nothing(&house, &workstation, answer).await;
    }
}

story! {
    async fn a_stolen_assertion_is_refused_without_the_workstation_s_own_proof(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        let honest = claims(&workstation).await;
        let assertion = workstation.workstation.sign_assertion(&honest).unwrap();
        let thief = DeviceKey::generate().unwrap();
        let asked = Request::post("/desktop/v1/token").json(&Authenticate { assertion });
        let answer = house.transport().send_proved(asked, &thief, None).await.unwrap();
        gets_nothing(&house, &workstation, answer).await;
    }
}

story! {
    async fn a_workstation_can_not_assert_to_be_another(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        let other = house.workstation("W11-STORAGE").await;
        let honest = claims(&workstation).await;
        let id = other.workstation.id();
        let answers = [
            AssertionClaims { iss: id, sub: id, ..honest.clone() },
            AssertionClaims { sub: id, jti: "of-the-second-assertion".into(), ..honest.clone() },
            AssertionClaims { iss: id, jti: "of-the-third-assertion".into(), ..honest },
        ];
        for claims in answers {
            let answer = assert(&workstation, &claims).await;
            gets_nothing(&house, &workstation, answer).await;
        }
        other.workstation.own().await.unwrap();
    }
}

story! {
    async fn an_assertion_of_another_msp_s_id_is_refused(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        let (rival, _) = house.another_msp().await;
        let honest = claims(&workstation).await;
        let answer = assert(&workstation, &AssertionClaims { msp: rival, ..honest }).await;
        gets_nothing(&house, &workstation, answer).await;
    }
}

story! {
    async fn an_assertion_of_another_time_is_refused(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        let honest = claims(&workstation).await;
        let at = |from: i64, to: i64| AssertionClaims {
            iat: honest.iat + from,
            exp: honest.iat + to,
            jti: format!("from {from:+} to {to:+} seconds"),
            ..honest.clone()
        };
        // Ended, from the future, living too long, ending before it began.
        for claims in [at(-70, -10), at(30, 60), at(0, 121), at(0, -1)] {
            let answer = assert(&workstation, &claims).await;
            gets_nothing(&house, &workstation, answer).await;
        }
    }
}

story! {
    async fn an_assertion_kept_for_later_is_refused(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        let kept = claims(&workstation).await;
        house.pass(Duration::from_secs(66)).await;
        let answer = assert(&workstation, &kept).await;
        gets_nothing(&house, &workstation, answer).await;
    }
}
