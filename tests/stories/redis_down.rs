//! Redis dies in mid-story: slower, never looser, and back to normal when it returns.

use std::time::Duration;

use countersign::ambient::Clock;
use countersign_client::{Error, Phone, Proof, Request};
use countersign_protocol::{ProblemCode, wire::LoginState};
use countersign_testkit::servers::{PrivateRedis, shared_postgres};

use crate::house::{House, Node, Place, soon};

/// How long clients wait: longer than a story does.
const LONG: Duration = Duration::from_secs(60);

/// Two nodes on a Redis of their own.
async fn with_private_redis() -> Option<(PrivateRedis, House, Node)> {
    let postgres = shared_postgres()?;
    let redis = PrivateRedis::start_or_skip()?;
    let house = House::at(Place::large(&postgres, redis.url()).await, |_| {}).await;
    let other = house.another_node().await;
    for node in [&house.node, &other] {
        soon(node_sees_redis(&house, node, true)).await;
    }
    Some((redis, house, other))
}

/// Asks a node how its dependencies are until Redis is (or is not) among the living.
async fn node_sees_redis(house: &House, node: &Node, alive: bool) {
    let transport = node.transport(&house.clock);
    loop {
        let answer = transport.send(Request::get("/readyz")).await.unwrap();
        let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(told["ready"], true, "a node works without Redis: {told}");
        let mut parts = told["dependencies"].as_array().unwrap().iter();
        if parts.any(|part| part["name"] == "redis" && part["ok"] == alive) {
            return;
        }
    }
}

async fn until_refused(phone: &Phone) -> Error {
    let mut etag = String::from("\"0\"");
    loop {
        match phone.wait_pending(&etag, LONG).await {
            Ok(Some(list)) => etag = list.etag,
            Ok(None) => {}
            Err(error) => return error,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_was_opened_before_redis_died_is_approved_and_taken_after() {
    let Some((mut redis, house, other)) = with_private_redis().await else { return };
    let phone = house.phone_through(other.transport(&house.clock), &house.nik).await;
    let workstation = house.workstation("W11-RECEPTION").await;
    let mut login = workstation.open_push("nik").await.unwrap();
    let (id, code) = (login.id(), login.code.clone().unwrap());
    let (woken, ()) = tokio::join!(soon(workstation.wait_decided(&mut login)), async {
        house.node.parks(id).await;
        redis.kill();
        phone.approve(id, &code).await.unwrap();
    });
    assert_eq!(woken.unwrap(), LoginState::Approved);
    workstation.take_grant(&mut login).await.unwrap();

    // The next one from its beginning, all without Redis.
    let list = phone.phone.pending().await.unwrap();
    let (seen, opened) = tokio::join!(soon(phone.phone.wait_pending(&list.etag, LONG)), async {
        other.parks(house.nik.id).await;
        workstation.open_push("nik").await.unwrap()
    });
    let mut login = opened;
    assert_eq!(seen.unwrap().unwrap().pending.logins[0].statement.login, login.id());
    let code = login.code.clone().unwrap();
    phone.approve(login.id(), &code).await.unwrap();
    assert_eq!(soon(workstation.wait_decided(&mut login)).await.unwrap(), LoginState::Approved);
    workstation.take_grant(&mut login).await.unwrap();

    // And one more when it is back, woken by it.
    redis.restart();
    for node in [&house.node, &other] {
        soon(node_sees_redis(&house, node, true)).await;
    }
    let mut login = workstation.open_push("nik").await.unwrap();
    let (id, code) = (login.id(), login.code.clone().unwrap());
    let (woken, ()) = tokio::join!(soon(workstation.wait_decided(&mut login)), async {
        house.node.parks(id).await;
        phone.approve(id, &code).await.unwrap();
    });
    assert_eq!(woken.unwrap(), LoginState::Approved);
    workstation.take_grant(&mut login).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_without_redis_reaches_the_other_node() {
    let Some((mut redis, house, other)) = with_private_redis().await else { return };
    let phone = house.phone_through(other.transport(&house.clock), &house.nik).await;
    let workstation = house.workstation("W11-RECEPTION").await;
    let mut login = workstation.open_push("nik").await.unwrap();
    let (refused, ()) = tokio::join!(soon(until_refused(&phone.phone)), async {
        other.parks(house.nik.id).await;
        redis.kill();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
    });
    let code = refused.code().expect("a refusal");
    assert!(matches!(code, ProblemCode::InvalidToken | ProblemCode::InvalidGrant), "{code:?}");
    assert_eq!(soon(workstation.wait_decided(&mut login)).await.unwrap(), LoginState::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_is_taken_once_over_an_outage_of_redis_and_back() {
    let Some((mut redis, house, other)) = with_private_redis().await else { return };
    let phone = house.phone_of(&house.nik).await;
    let nodes = [house.transport(), other.transport(&house.clock)];
    let token = phone.phone.access_token().await.unwrap();
    let url = house.node.public_url.join("/mobile/v1/logins").unwrap();
    let proof = || {
        house.clock.advance(Duration::from_millis(10)); // clearly after what went before
        let now = house.clock.now();
        Proof::new("GET", &url, now, Some(&token)).sign(phone.phone.key()).unwrap()
    };
    let proven = |proof: &str| {
        let request = Request::get("/mobile/v1/logins").header("dpop", proof);
        request.header("authorization", format!("DPoP {token}"))
    };
    let before = proof();
    assert_eq!(nodes[0].send(proven(&before)).await.unwrap().status, 200);

    redis.kill();
    for node in [&house.node, &other] {
        soon(node_sees_redis(&house, node, false)).await;
    }
    for node in &nodes {
        let refused = node.send(proven(&before)).await.unwrap();
        assert_eq!(refused.code(), Some(ProblemCode::InvalidProof), "its use stood in Redis only");
    }
    let meanwhile = proof();
    assert_eq!(nodes[0].send(proven(&meanwhile)).await.unwrap().status, 200);
    assert_eq!(
        nodes[1].send(proven(&meanwhile)).await.unwrap().code(),
        Some(ProblemCode::InvalidProof),
        "the nodes share the table"
    );

    redis.restart();
    for node in [&house.node, &other] {
        soon(node_sees_redis(&house, node, true)).await;
    }
    for node in &nodes {
        for used in [&before, &meanwhile] {
            let refused = node.send(proven(used)).await.unwrap();
            assert_eq!(refused.code(), Some(ProblemCode::InvalidProof));
        }
    }
    let after = proof();
    assert_eq!(nodes[1].send(proven(&after)).await.unwrap().status, 200);
    let refused = nodes[0].send(proven(&after)).await.unwrap();
    assert_eq!(refused.code(), Some(ProblemCode::InvalidProof));
}
