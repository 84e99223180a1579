//! The main job.

use countersign_protocol::wire::LoginState;

use crate::story;

story! {
    async fn a_phone_opens_a_workstation(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut login = workstation.open_push("nik@example.com").await.unwrap();
        let pending = phone.pending().await.unwrap();
        assert_eq!(pending.len(), 1);
        assert_eq!(pending[0].statement.workstation.name, "W11-RECEPTION");
        let code = login.code.clone().expect("a push login has a code");
        let decided = phone.approve(login.view.id, &code).await.unwrap();
        assert_eq!(decided.state, LoginState::Approved);
        assert_eq!(workstation.wait_decided(&mut login).await.unwrap(), LoginState::Approved);
        let grant = workstation.take_grant(&mut login).await.unwrap();
        assert_eq!(grant.account.name, "msp-nik");
        let sentences = house.sentences().await;
        assert!(sentences.contains(&"nik@example.com opened a login on W11-RECEPTION".to_owned()), "{sentences:?}");
    }
}
