//! What one caller can take from the others, and what an answer that was lost costs.

use std::time::Duration;

use countersign::{
    domain::Failure,
    flows::{
        DeviceCaller, WorkstationCaller,
        login::{self, Asked},
    },
    store::Scope,
};
use countersign_client::Request;
use countersign_protocol::{
    Bytes, LoginId, ProblemCode, Purpose,
    wire::{
        desktop::{OpenBy, OpenLogin, Opened},
        mobile::Refresh,
    },
};
use countersign_testkit::{SoftPhone, SoftWorkstation};
use uuid::Uuid;

use crate::{
    house::{House, soon},
    refusal::refusal,
    story,
};

/// Longer than a story lasts.
const LONG: Duration = Duration::from_secs(60);

fn phone_of(house: &House, phone: &SoftPhone) -> DeviceCaller {
    DeviceCaller {
        scope: Scope::msp(house.msp),
        technician: house.nik.id,
        device: phone.phone.ownership().device_id,
        token_issued_at: house.node.context.now(),
    }
}

fn agent_of(house: &House, machine: &SoftWorkstation) -> WorkstationCaller {
    WorkstationCaller {
        scope: Scope::tenant(house.msp, house.tenant.id),
        tenant: house.tenant.id,
        workstation: machine.enrolment.workstation_id,
        token_issued_at: house.node.context.now(),
    }
}

fn asked(idempotency_key: &str, name: &str) -> Asked {
    let by = OpenBy::Push { name: name.into() };
    let request = OpenLogin {
        by,
        purpose: Purpose::SignIn,
        os_session: "console".into(),
        nonce: Bytes([7; 32]),
    };
    let network_address = "127.0.0.1".into();
    Asked { request, idempotency_key: idempotency_key.into(), network_address }
}

#[track_caller]
fn code<T>(result: Result<T, Failure>) -> ProblemCode {
    result.err().expect("this was to be refused").refusal().code()
}

story! {
    async fn a_phone_that_parks_after_its_suspension_was_read_is_turned_away(house: House) {
        let ctx = &house.node.context;
        let phone = house.phone_of(&house.nik).await;
        // Its token was verified, and only then the suspension came.
        let caller = phone_of(&house, &phone);
        house.pass(Duration::from_secs(2)).await;
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        soon(async {
            while !ctx.revoked.is_revoked(&[house.nik.id.0], caller.token_issued_at) {
                tokio::task::yield_now().await;
            }
        })
        .await;
        let waited = login::wait_for_pending(ctx, caller, "127.0.0.1", |_| true, LONG);
        assert_eq!(code(soon(waited).await), ProblemCode::InvalidToken);
    }
}

story! {
    |settings| { settings.login.per_name_per_minute = 1; }
    async fn a_lost_answer_is_given_again_whatever_the_caps_say(house: House) {
        let ctx = &house.node.context;
        house.phone_of(&house.nik).await;
        let machine = house.workstation("W11-RECEPTION").await;
        let caller = agent_of(&house, &machine);
        let open = async |key: &str, name: &str| login::open(ctx, caller, asked(key, name)).await;
        let (first, new): (Opened, bool) = open("1", "nik").await.unwrap();
        assert!(new);
        let (again, new) = open("1", "nik").await.unwrap();
        assert_eq!((again.login.id, again.code, new), (first.login.id, first.code, false));
        assert_eq!(code(open("1", "nobody").await), ProblemCode::IdempotencyConflict);
        assert_eq!(code(open("2", "nik").await), ProblemCode::TooManyRequests);
    }
}

story! {
    |settings| { settings.tokens.strangers_per_address_per_minute = 10; }
    async fn strangers_are_limited_before_anything_is_kept_of_them(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let body = Refresh { refresh_token: "x".into() };
        let knock = async || {
            house.transport().send(Request::post("/mobile/v1/token").json(&body)).await.unwrap()
        };
        let refused = soon(async {
            loop {
                let answer = knock().await;
                if answer.status != 401 {
                    return answer;
                }
            }
        });
        let refused = refused.await;
        refusal(&refused, ProblemCode::TooManyRequests);
        assert!(refused.retry_after.is_some());
        phone.phone.pending().await.expect("who has a token is no stranger");
    }
}

story! {
    async fn one_workstation_can_not_take_every_place_to_wait(house: House) {
        let ctx = &house.node.context;
        let (greedy, other) = (house.workstation("W11-GREEDY").await, house.workstation("W11").await);
        let agent = agent_of(&house, &greedy);
        let nobody = LoginId(Uuid::nil());
        let held: Vec<_> = (0..200).map(|_| ctx.hub.park(&[agent.workstation.0])).collect();
        let wait = async |caller| login::wait_for_decision(ctx, caller, nobody, |_| true, LONG).await;
        assert_eq!(code(wait(agent).await), ProblemCode::TooManyRequests);
        assert_eq!(code(wait(agent_of(&house, &other)).await), ProblemCode::NotFound);
        drop(held);
        assert_eq!(code(wait(agent).await), ProblemCode::NotFound);
    }
}
