//! Many hands at one login: one of them decides.

use std::collections::BTreeMap;

use countersign::{
    domain::{Entity, Fact},
    flows::login::expire_due,
};
use countersign_protocol::{
    Instant, LoginId, ProblemCode, encoding::from_base64url, wire::LoginState,
};
use futures_util::future::join_all;
use serde_json::Value;

use crate::{
    house::StoredEvent,
    pending::{Pending, open},
    refusal::problem,
    story,
};

fn of(events: &[StoredEvent], login: LoginId, is: impl Fn(&Fact) -> bool) -> usize {
    let about = |event: &&StoredEvent| event.entity == Entity::Login(login) && is(&event.fact);
    events.iter().filter(about).count()
}

fn just_before(at: Instant) -> Instant {
    Instant::from_unix_millis(at.unix_millis() - 1)
}

/// The `jti` of a grant.
fn jti(grant: &str) -> Value {
    let payload = grant.split('.').nth(1).and_then(from_base64url).expect("a JWT");
    serde_json::from_slice::<Value>(&payload).unwrap()["jti"].clone()
}

story! {
    async fn of_fifty_approvals_at_once_one_wins(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let mut assertions = Vec::new();
        for _ in 0..50 {
            assertions.push(pending.assertion().await);
        }
        let approvals = join_all(assertions.into_iter().map(|one| pending.send(one))).await;
        let (won, lost): (Vec<_>, Vec<_>) = approvals.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        for approval in lost {
            let problem = problem(approval);
            assert_eq!(problem.code, ProblemCode::LoginNotPending, "{problem:?}");
            assert_eq!(problem.state.as_deref(), Some("approved"));
        }
        let take = || pending.workstation.workstation.fetch_grant(pending.id());
        let grants = join_all((0..5).map(|_| take())).await;
        let first = jti(&grants[0].as_ref().unwrap().grant);
        assert!(first.is_string());
        assert!(grants.iter().all(|grant| jti(&grant.as_ref().unwrap().grant) == first));
        let events = house.events().await;
        let approved = |fact: &Fact| matches!(fact, Fact::LoginApproved { .. });
        assert_eq!(of(&events, pending.id(), approved), 1);
        let taken = |fact: &Fact| matches!(fact, Fact::GrantTaken { .. });
        assert_eq!(of(&events, pending.id(), taken), 1);
    }
}

story! {
    async fn a_login_can_be_approved_in_its_last_millisecond_and_not_after(house: House) {
        let pending = Pending::at(&house, "W11-RECEPTION").await;
        let elsewhere = house.workstation("W11-STORAGE").await;
        let (other, code) = open(&elsewhere).await;
        let (first, second) = (pending.login.view.expires_at, other.view.expires_at);
        assert!(first < second);
        let in_time = pending.assertion().await;
        let late = crate::pending::assertion(&pending.phone, other.id()).await;

        house.stand_at(just_before(first)).await;
        let decided = pending.send(in_time).await.unwrap();
        assert_eq!(decided.state, LoginState::Approved);

        house.stand_at(second).await;
        let body = countersign_protocol::wire::mobile::Approve { assertion: late, code: Some(code) };
        let refused = problem(pending.phone.phone.send_approval(other.id(), &body).await);
        assert_eq!(refused.code, ProblemCode::LoginNotPending);
        assert_eq!(refused.state.as_deref(), Some("expired"));
    }
}

story! {
    async fn approving_and_expiring_at_once_end_in_one_of_the_two(house: House) {
        let mut pending = Pending::at(&house, "W11-RECEPTION").await;
        let mut ends = BTreeMap::new();
        for round in 0..12_u32 {
            let assertion = pending.assertion().await;
            let expires_at = pending.login.view.expires_at;
            house.stand_at(just_before(expires_at)).await;
            let sweep = async {
                for _ in 0..round {
                    tokio::task::yield_now().await;
                }
                house.clock.stand_at(expires_at);
                expire_due(&house.node.context).await.unwrap();
                // Whoever approved in time is done; whoever came late is not written down as such.
                expire_due(&house.node.context).await.unwrap();
            };
            let (approval, ()) = tokio::join!(pending.send(assertion), sweep);
            let state = pending.state().await;
            match approval {
                Ok(_) => assert_eq!(state, LoginState::Approved),
                refused => {
                    assert_eq!(problem(refused).code, ProblemCode::LoginNotPending);
                    assert_eq!(state, LoginState::Expired);
                }
            }
            *ends.entry(state.as_str()).or_insert(0) += 1;
            let events = house.events().await;
            let decided = |fact: &Fact| {
                matches!(fact, Fact::LoginApproved { .. } | Fact::LoginExpired)
            };
            assert_eq!(of(&events, pending.id(), decided), 1, "{ends:?}");
            let (login, code) = open(&pending.workstation).await;
            pending = Pending { login, code, ..pending };
        }
        assert_eq!(ends.values().sum::<i32>(), 12, "{ends:?}");
    }
}
