//! Named mode: a workstation's own secret, on the phones of those who were there.

use countersign_protocol::offline::{Held, SyncFirst};

use super::{STEP, code, colleague, shared, short_visit, tenant, visit, workstation};
use crate::story;

story! {
    async fn a_code_is_absent_before_and_present_after_the_first_session_on_each_workstation(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (reception, office) = (house.workstation("W11-RECEPTION").await, house.workstation("W11-OFFICE").await);
        reception.sync().await.unwrap();
        assert!(reception.prompt("nik").is_none(), "nobody was there: no code opens it");
        assert!(phone.fetch_codes().await.unwrap().holdings.is_empty());

        short_visit(&phone, "nik", &reception).await;
        let holdings = phone.fetch_codes().await.unwrap();
        let [holding] = holdings.holdings.as_slice() else { panic!("{holdings:?}") };
        let [Held::Named { workstation: at, version: 1, .. }] = holding.held.as_slice() else {
            panic!("{holding:?}")
        };
        assert_eq!(*at, reception.workstation.id());
        assert_eq!(holdings.workstations[0].host_name, "W11-RECEPTION");
        let (_, shown) = code(&phone, &reception, "nik");
        let session = reception.enters_offline("nik", &shown.code).unwrap();
        assert_eq!((session.account.as_str(), session.account_created), ("msp-nik", false));

        office.sync().await.unwrap();
        assert!(office.prompt("nik").is_none());
        short_visit(&phone, "nik", &office).await;
        let prompt = office.prompt("nik").unwrap();
        assert_eq!(phone.show(&prompt), Err(SyncFirst::NotHeld { asked: prompt.version }));
        phone.fetch_codes().await.unwrap();
        house.pass(STEP).await;
        let (_, shown) = code(&phone, &office, "nik");
        reception.enters_offline("nik", &shown.code).unwrap_err();
        office.enters_offline("nik", &shown.code).unwrap();
    }
}

story! {
    async fn a_colleague_who_was_never_there_gets_no_code(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (_ann, anns) = colleague(&house, "ann").await;
        let reception = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &reception).await;
        assert!(anns.fetch_codes().await.unwrap().holdings.is_empty());
        short_visit(&anns, "ann", &reception).await;
        anns.fetch_codes().await.unwrap();
        let (_, shown) = code(&anns, &reception, "ann");
        assert_eq!(reception.enters_offline("ann", &shown.code).unwrap().account, "msp-ann");
    }
}

story! {
    async fn an_account_is_made_at_its_technician_s_first_login_only(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (_, anns) = colleague(&house, "ann").await;
        let reception = house.workstation("W11-RECEPTION").await;
        reception.sync().await.unwrap();
        assert!(reception.agent.disk().state.as_ref().unwrap().document.accounts.is_empty());
        let first = visit(&phone, "nik", &reception).await;
        assert!(first.account_created);
        let again = visit(&phone, "nik", &reception).await;
        assert!(!again.account_created);
        reception.sync().await.unwrap();
        let names = |at: &countersign_testkit::SoftWorkstation| -> Vec<String> {
            let disk = at.agent.disk();
            disk.state.as_ref().unwrap().document.accounts.iter().map(|one| one.name.clone()).collect()
        };
        assert_eq!(names(&reception), ["msp-nik"]);
        visit(&anns, "ann", &reception).await;
        reception.sync().await.unwrap();
        assert_eq!(names(&reception), ["msp-ann", "msp-nik"]);
    }
}

story! {
    async fn each_hand_over_is_an_event_and_once(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let reception = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &reception).await;
        let (one, other) = tokio::join!(phone.fetch_codes(), phone.fetch_codes());
        assert_eq!(one.unwrap().holdings[0].held, other.unwrap().holdings[0].held);
        phone.fetch_codes().await.unwrap();
        let handed = |sentences: Vec<String>| {
            sentences.iter().filter(|line| *line == "a phone received offline secret n1").count()
        };
        assert_eq!(handed(house.sentences().await), 1);
        let second = house.phone_of(&house.nik).await;
        second.fetch_codes().await.unwrap();
        assert_eq!(handed(house.sentences().await), 2, "each phone of theirs");
    }
}

story! {
    async fn another_tenant_s_code_is_never_held(house: House) {
        let mill = tenant(&house, "Mill Lane", shared()).await;
        let (_ann, anns) = colleague(&house, "ann").await;
        let mills = workstation(&house, &mill, "MILL-1").await;
        mills.sync().await.unwrap();
        assert!(anns.fetch_codes().await.unwrap().holdings.is_empty(), "ann works for the bakery");
        let prompt = mills.prompt("ann").unwrap();
        assert!(anns.show(&prompt).is_err());
        let (_, rival) = house.another_msp().await;
        assert!(rival.blast_radius(house.nik.id).await.is_err());
    }
}

story! {
    async fn whose_name_was_only_typed_offline_was_never_there(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (_ann, anns) = colleague(&house, "ann").await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        let (_, shown) = code(&phone, &at, "nik");
        at.agent.disk().owners.insert("ann".into(), "msp-ann".into());
        at.enters_offline("ann", &shown.code).unwrap();
        assert_eq!(at.uploads().await.unwrap().unwrap().flagged, 0);
        assert!(anns.fetch_codes().await.unwrap().holdings.is_empty(), "a claim is no visit");
    }
}
