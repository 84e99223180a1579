//! A node that shuts down answers its parked clients first, and they go on elsewhere.

use std::time::Duration;

use countersign_client::{
    DeviceKey, EncryptionKey, Nowhere, Request, Workstation, WorkstationKeys,
};
use countersign_protocol::wire::LoginState;
use countersign_testkit::SoftWorkstation;

use crate::{
    house::{House, Node, soon},
    story,
};

/// The longest that one request may park.
const LONGEST: Duration = Duration::from_secs(30);

story! {
    async fn a_node_that_shuts_down_answers_its_parked_clients_first(house: House) {
        let mut house = house;
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let login = workstation.open_push("nik").await.unwrap();
        let list = phone.phone.pending().await.unwrap();
        let path = format!("/desktop/v1/logins/{}", login.id());
        let etag = format!("\"{}\"", login.view.tag());
        let (hub, nik) = (house.node.context.hub.clone(), house.nik.id);
        let node = &mut house.node;
        let (desktop, phone, ()) = tokio::join!(
            soon(workstation.workstation.send(Request::get(path).waiting(&etag, LONGEST))),
            soon(phone.phone.send(Request::get("/mobile/v1/logins").waiting(&list.etag, LONGEST))),
            async {
                node.parks(login.id()).await;
                node.parks(nik).await;
                node.begin_shutdown();
            }
        );
        for answer in [desktop.unwrap(), phone.unwrap()] {
            assert_eq!(answer.status, 304, "answered as unchanged, not cut off");
            assert!(answer.closes(), "and told to come back on another connection");
        }
        assert_eq!(hub.parked_topics().iter().filter(|topic| **topic == nik.0).count(), 0);
    }
}

story! {
    async fn a_desktop_waits_on_over_a_restart(house: House) {
        let mut house = house;
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut login = workstation.open_push("nik").await.unwrap();
        let (id, code) = (login.id(), login.code.clone().unwrap());
        let (woken, ()) = tokio::join!(soon(workstation.wait_decided(&mut login)), async {
            house.node.parks(id).await;
            house.restart().await;
            phone.approve(id, &code).await.unwrap();
        });
        assert_eq!(woken.unwrap(), LoginState::Approved);
        workstation.take_grant(&mut login).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_go_on_at_the_other_node() {
    let Some(mut house) = House::large().await else { return };
    let other = house.another_node().await;
    let phone = house.phone_through(other.transport(&house.clock), &house.nik).await;
    let workstation = house.workstation("W11-RECEPTION").await;
    let mut login = workstation.open_push("nik").await.unwrap();
    let (id, code) = (login.id(), login.code.clone().unwrap());
    house.node.shut_down().await;
    let moved = elsewhere(&workstation, &other, &house).await;
    let (woken, ()) = tokio::join!(soon(moved.wait_decided(&mut login, LONGEST)), async {
        other.parks(id).await;
        phone.approve(id, &code).await.unwrap();
    });
    assert_eq!(woken.unwrap(), LoginState::Approved);
    assert_eq!(moved.take_grant(&mut login).await.unwrap().login, id);
}

/// The same workstation, led to another node.
async fn elsewhere(at: &SoftWorkstation, node: &Node, house: &House) -> Workstation {
    let keys = at.workstation.keys();
    let keys = WorkstationKeys {
        signing: DeviceKey::from_pkcs8(&keys.signing.to_pkcs8().unwrap()).unwrap(),
        encryption: EncryptionKey::from_der(&keys.encryption.to_der().unwrap()).unwrap(),
    };
    let (identity, ledger) = (at.workstation.identity().clone(), at.workstation.ledger().await);
    Workstation::resume(node.transport(&house.clock), keys, identity, ledger, Nowhere)
}
