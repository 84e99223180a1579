//! Two nodes over one PostgreSQL and one Redis: it does not matter who speaks to which.

use std::time::Duration;

use countersign_client::{Error, Proof, Request};
use countersign_protocol::{
    ProblemCode, Purpose,
    wire::{
        LoginState,
        desktop::{OpenBy, Outcome},
    },
};
use countersign_testkit::SoftWorkstation;

use crate::house::{House, Node, code_of, soon};

/// How long clients wait: longer than a story does, so that only a wake-up can end a wait.
const LONG: Duration = Duration::from_secs(60);

async fn two_nodes() -> Option<(House, Node)> {
    let house = House::large().await?;
    let other = house.another_node().await;
    Some((house, other))
}

fn nik() -> OpenBy {
    OpenBy::Push { name: "nik".into() }
}

/// What a client hears whose token has just died, and who asks in vain for another.
fn is_locked_out<T>(result: Result<T, Error>) -> bool {
    use ProblemCode::{InvalidAssertion, InvalidGrant, InvalidToken};
    code_of(result)
        .is_some_and(|code| [InvalidAssertion, InvalidGrant, InvalidToken].contains(&code))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desktop_that_waits_on_one_node_is_woken_by_a_phone_on_another() {
    let Some((house, other)) = two_nodes().await else { return };
    let phone = house.phone_through(other.transport(&house.clock), &house.nik).await;
    let workstation = house.workstation("W11-RECEPTION").await;
    let mut login = workstation.open_push("nik").await.unwrap();
    let (id, code) = (login.id(), login.code.clone().unwrap());
    let (woken, approved) = tokio::join!(soon(workstation.wait_decided(&mut login)), async {
        house.node.parks(id).await;
        phone.approve(id, &code).await
    });
    assert_eq!(approved.unwrap().state, LoginState::Approved);
    assert_eq!(woken.unwrap(), LoginState::Approved);
    assert_eq!(workstation.take_grant(&mut login).await.unwrap().account.name, "msp-nik");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_waits_on_one_node_sees_a_login_that_was_opened_on_another() {
    let Some((house, other)) = two_nodes().await else { return };
    let phone = house.phone_through(other.transport(&house.clock), &house.nik).await;
    let workstation = house.workstation("W11-RECEPTION").await;
    let (seen, opened) = tokio::join!(soon(phone.wait_for_login(LONG)), async {
        other.parks(house.nik.id).await;
        workstation.open_push("nik@example.com").await
    });
    assert_eq!(seen.unwrap().statement.login, opened.unwrap().id());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspending_a_technician_on_one_node_ends_all_of_theirs_on_another() {
    let Some((house, other)) = two_nodes().await else { return };
    let there = || other.transport(&house.clock);
    let phone = house.phone_through(there(), &house.nik).await;
    let workstation = house.workstation_through(there(), "W11-RECEPTION").await;
    let mut untaken = workstation.open_push("nik").await.unwrap();
    let code = untaken.code.clone().unwrap();
    phone.approve(untaken.id(), &code).await.unwrap();
    let second = workstation.workstation.open(nik(), Purpose::SignIn, "rdp-1").await.unwrap();
    let list = phone.phone.pending().await.unwrap();

    let (desktop, parked, suspended) = tokio::join!(
        soon(workstation.workstation.wait_changed(second.id(), second.view.tag(), LONG)),
        soon(phone.phone.wait_pending(&list.etag, LONG)),
        async {
            other.parks(second.id()).await;
            other.parks(house.nik.id).await;
            house.admin.suspend_technician(house.nik.id).await
        }
    );
    suspended.unwrap();
    let ended = desktop.unwrap().expect("the wait is answered with the end");
    assert_eq!((ended.state, ended.outcome), (LoginState::Cancelled, Some(Outcome::Suspended)));
    // The list may change before the revocation is read here; whoever asks again is refused.
    assert!(parked.is_err() || parked.unwrap().unwrap().pending.logins.is_empty());
    assert!(is_locked_out(soon(until_refused(&phone.phone)).await));
    let taken = workstation.take_grant(&mut untaken).await;
    assert_eq!(code_of(taken), Some(ProblemCode::GrantNotAvailable));
}

/// Waits on the list until the phone is refused.
async fn until_refused(phone: &countersign_client::Phone) -> Result<(), Error> {
    let mut etag = String::from("\"0\"");
    loop {
        if let Some(list) = phone.wait_pending(&etag, LONG).await? {
            etag = list.etag;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspending_a_device_on_one_node_ends_its_wait_its_claim_and_its_approval_on_another() {
    let Some((house, other)) = two_nodes().await else { return };
    let there = || other.transport(&house.clock);
    let phone = house.phone_through(there(), &house.nik).await;
    let workstation = house.workstation_through(there(), "W11-RECEPTION").await;
    let mut untaken = workstation.open_qr().await.unwrap();
    phone.approve_qr(&workstation.qr_link(&untaken)).await.unwrap();
    let mut claimed =
        workstation.workstation.open(OpenBy::Qr {}, Purpose::SignIn, "rdp-1").await.unwrap();
    phone.phone.claim(&workstation.qr_link(&claimed)).await.unwrap();
    workstation.wait_changed(&mut claimed).await.unwrap();
    assert_eq!(claimed.view.claimed_by.as_deref(), Some("nik@example.com"));

    let device = phone.phone.ownership().device_id;
    let (desktop, refused, suspended) = tokio::join!(
        soon(workstation.wait_decided(&mut claimed)),
        soon(until_refused(&phone.phone)),
        async {
            other.parks(device).await;
            house.admin.suspend_device(device).await
        }
    );
    suspended.unwrap();
    assert_eq!(desktop.unwrap(), LoginState::Cancelled);
    assert_eq!(claimed.view.outcome, Some(Outcome::Suspended));
    assert!(is_locked_out(refused));
    let taken = workstation.take_grant(&mut untaken).await;
    assert_eq!(code_of(taken), Some(ProblemCode::GrantNotAvailable));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspending_a_workstation_on_one_node_ends_its_wait_and_its_logins_on_another() {
    let Some((house, other)) = two_nodes().await else { return };
    let there = || other.transport(&house.clock);
    let phone = house.phone_through(there(), &house.nik).await;
    let workstation = house.workstation_through(there(), "W11-RECEPTION").await;
    let login = workstation.open_push("nik").await.unwrap();
    assert_eq!(phone.pending().await.unwrap().len(), 1);

    let list = phone.phone.pending().await.unwrap();
    let (desktop, list, suspended) = tokio::join!(
        soon(until_locked_out(&workstation, &login)),
        soon(phone.phone.wait_pending(&list.etag, LONG)),
        async {
            other.parks(login.id()).await;
            other.parks(house.nik.id).await;
            house.admin.suspend_workstation(workstation.workstation.id()).await
        }
    );
    suspended.unwrap();
    assert!(is_locked_out(desktop));
    assert!(list.unwrap().unwrap().pending.logins.is_empty());
    assert!(is_locked_out(workstation.open_push("nik").await));
}

/// Waits on the login until the workstation is refused.
async fn until_locked_out(
    at: &SoftWorkstation,
    login: &countersign_client::OpenedLogin,
) -> Result<(), Error> {
    let mut tag = login.view.tag();
    loop {
        if let Some(view) = at.workstation.wait_changed(login.id(), tag, LONG).await? {
            tag = view.tag();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_that_was_used_on_one_node_is_refused_on_another() {
    let Some((house, other)) = two_nodes().await else { return };
    let phone = house.phone_of(&house.nik).await;
    let url = house.node.public_url.join("/mobile/v1/logins").unwrap();
    let token = phone.phone.access_token().await.unwrap();
    let proof = |now| Proof::new("GET", &url, now, Some(&token)).sign(phone.phone.key()).unwrap();
    let proven = |proof: &str| {
        let request = Request::get("/mobile/v1/logins").header("dpop", proof);
        request.header("authorization", format!("DPoP {token}"))
    };
    let (here, there) = (house.transport(), other.transport(&house.clock));
    let (one, two) = (proof(here.clock().now()), proof(here.clock().now()));
    assert_eq!(here.send(proven(&one)).await.unwrap().status, 200);
    assert_eq!(there.send(proven(&one)).await.unwrap().code(), Some(ProblemCode::InvalidProof));
    assert_eq!(there.send(proven(&two)).await.unwrap().status, 200, "an unused one is taken");
    assert_eq!(here.send(proven(&two)).await.unwrap().code(), Some(ProblemCode::InvalidProof));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_are_counted_across_nodes() {
    let few =
        |settings: &mut countersign::config::Settings| settings.login.pause_after_failures = 3;
    let Some(house) = House::large_with(few).await else { return };
    let other = house.another_node().await;
    let here = house.phone_of(&house.nik).await;
    let there = house.phone_through(other.transport(&house.clock), &house.nik).await;
    let workstation = house.workstation("W11-RECEPTION").await;
    for phone in [&here, &there, &here] {
        let login = workstation.open_push("nik").await.unwrap();
        let right = login.code.as_deref().unwrap();
        let wrong = if right == "000000" { "000001" } else { "000000" };
        let denied = phone.approve(login.id(), wrong).await;
        assert_eq!(code_of(denied), Some(ProblemCode::WrongCode));
    }
    let nik = house.admin.technician(house.nik.id).await.unwrap();
    assert_eq!(nik.consecutive_failures, 3);
    assert!(nik.push_paused_until.is_some());
    workstation.open_push("nik").await.unwrap();
    assert!(there.pending().await.unwrap().is_empty(), "push logins pause on every node");
}
