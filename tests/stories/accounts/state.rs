//! Desired state: versioned, waited for, sealed, acknowledged.

use std::time::Duration;

use countersign_client::{Paging, Request};
use countersign_protocol::{
    ProblemCode,
    sealed::Binding,
    wire::state::{Applied, StateVersion},
};

use super::{shared, short_visit, visit};
use crate::{
    house::{code_of, soon},
    story,
};

const LONG: Duration = Duration::from_secs(60);

fn applied(version: StateVersion) -> Applied {
    Applied { version, removed: vec![], taken: vec![], offset: None }
}

story! {
    async fn a_change_reaches_a_parked_workstation(house: House) {
        let at = house.workstation("W11-RECEPTION").await;
        let before = at.sync().await.unwrap();
        let (followed, ()) = tokio::join!(soon(at.follow(LONG)), async {
            house.node.parks(at.workstation.id()).await;
            house.settings(shared()).await;
        });
        assert!(followed.unwrap());
        let after = at.agent.disk().state.as_ref().unwrap().document.version;
        assert!(after.covers(before) && after.sum() > before.sum());
    }
}

story! {
    async fn what_did_not_change_is_answered_304(house: House) {
        let at = house.workstation("W11-RECEPTION").await;
        let version = at.sync().await.unwrap();
        let etag = format!("\"{}\"", version.sum());
        let asked = Request::get("/desktop/v1/state").header("if-none-match", etag.as_str());
        let answer = at.workstation.send(asked).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.etag()), (304, etag.as_str()));
        let answer = at.workstation.send(Request::get("/desktop/v1/state")).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.etag()), (200, etag.as_str()));
        let waited = Request::get("/desktop/v1/state").waiting(&etag, Duration::from_secs(1));
        assert_eq!(at.workstation.send(waited).await.unwrap().status.as_u16(), 304);
    }
}

story! {
    async fn an_acknowledgement_never_goes_back_and_is_of_a_version_that_was(house: House) {
        let at = house.workstation("W11-RECEPTION").await;
        let old = at.sync().await.unwrap();
        house.settings(shared()).await;
        let new = at.sync().await.unwrap();
        at.workstation.applied(&applied(new)).await.unwrap();
        let refused = code_of(at.workstation.applied(&applied(old)).await);
        assert_eq!(refused, Some(ProblemCode::Conflict));
        for never in [
            StateVersion { tenant: new.tenant + 1, own: new.own },
            StateVersion { tenant: new.tenant, own: new.own + 1 },
        ] {
            let refused = code_of(at.workstation.applied(&applied(never)).await);
            assert_eq!(refused, Some(ProblemCode::InvalidRequest));
        }
        let shown = house.admin.workstation(at.workstation.id()).await.unwrap();
        assert_eq!((shown.state, shown.applied), (new, new));
        let line = "W11-RECEPTION has applied its state document";
        let told = house.sentences().await.iter().filter(|told| *told == line).count();
        at.workstation.applied(&applied(new)).await.unwrap();
        assert_eq!(house.sentences().await.iter().filter(|told| *told == line).count(), told, "said again");
    }
}

story! {
    async fn what_is_sealed_for_one_workstation_opens_as_no_other_and_no_other_version(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (one, other) = (house.workstation("ONE").await, house.workstation("OTHER").await);
        short_visit(&phone, "nik", &one).await;
        let document = one.workstation.state().await.unwrap().document;
        let key = |at: &countersign_testkit::SoftWorkstation| at.workstation.keys().encryption.opening().unwrap();
        let right = Binding {
            tenant: house.tenant.id,
            workstation: one.workstation.id(),
            version: document.version.sum(),
        };
        right.open(&key(&one), &document.offline).unwrap();
        right.open(&key(&other), &document.offline).unwrap_err();
        for wrong in [
            Binding { workstation: other.workstation.id(), ..right },
            Binding { version: right.version + 1, ..right },
        ] {
            wrong.open(&key(&one), &document.offline).unwrap_err();
        }
    }
}

story! {
    async fn admins_see_for_each_change_who_has_applied_it_and_who_has_not(house: House) {
        let (one, other) = (house.workstation("ONE").await, house.workstation("OTHER").await);
        one.sync().await.unwrap();
        other.sync().await.unwrap();
        house.settings(shared()).await;
        one.sync().await.unwrap();
        let changes = house.admin.state_changes(house.tenant.id, &Paging::default()).await.unwrap().items;
        let change = changes.last().unwrap();
        assert_eq!((change.workstations, change.applied), (2, 1));
        let progress = house.admin.state_change(change.id).await.unwrap();
        let names: Vec<_> = progress.stragglers.iter().map(|one| one.host_name.as_str()).collect();
        assert_eq!(names, ["OTHER"]);
        other.sync().await.unwrap();
        let later = house.workstation("LATER").await;
        let progress = house.admin.state_change(change.id).await.unwrap();
        assert_eq!((progress.change.workstations, progress.change.applied), (2, 2), "LATER began with it");
        drop(later);
    }
}

story! {
    async fn a_suspended_workstation_hears_nothing_and_parks_no_longer(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        visit(&phone, "nik", &at).await;
        let version = at.sync().await.unwrap();
        let (heard, _) = tokio::join!(soon(at.workstation.wait_for_state(version, LONG)), async {
            house.node.parks(at.workstation.id()).await;
            house.admin.suspend_workstation(at.workstation.id()).await.unwrap()
        });
        let refused = code_of(heard).unwrap();
        assert!([ProblemCode::InvalidToken, ProblemCode::InvalidAssertion].contains(&refused), "{refused:?}");
    }
}
