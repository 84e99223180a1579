//! Sessions: reported, listed, ended.

use countersign_client::Paging;
use countersign_protocol::{
    ProblemCode, Purpose,
    wire::{
        accounts::{AccountState, AccountTrouble},
        sessions::{Flag, ReportSession, Trust},
    },
};
use countersign_testkit::NotIn;

use super::visit;
use crate::{
    house::{code_of, soon},
    story,
};

story! {
    async fn a_session_reported_again_or_twice_at_once_is_the_same(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        let mut login = at.open_push("nik").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        let grant = at.take_grant(&mut login).await.unwrap();
        assert!(grant.password.rotate_before_use && grant.password.length >= 16);
        let now = at.workstation.transport().clock().wall();
        let report = ReportSession {
            login: login.id(),
            account: "msp-nik".into(),
            account_created: true,
            password_made_at: Some(now),
            started_at: now,
        };
        let (one, other) =
            tokio::join!(at.workstation.report_session(&report), at.workstation.report_session(&report));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one, other);
        assert_eq!((one.trust, one.flags, one.technician_id), (Trust::Approved, vec![], Some(house.nik.id)));
        assert_eq!(house.admin.sessions(&Paging::default()).await.unwrap().items.len(), 1);
        let started = "nik@example.com logged into the desktop W11-RECEPTION with account msp-nik";
        assert_eq!(house.sentences().await.iter().filter(|line| *line == started).count(), 1);
    }
}

story! {
    async fn a_session_without_a_fresh_password_is_kept_and_flagged(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        at.agent.disk().lazy = true;
        let none = visit(&phone, "nik", &at).await;
        assert_eq!(none.flags, [Flag::StalePassword]);
        at.agent.disk().lazy = false;
        assert_eq!(visit(&phone, "nik", &at).await.flags, []);
        at.agent.disk().lazy = true;
        assert_eq!(visit(&phone, "nik", &at).await.flags, [Flag::StalePassword], "the last one's password");
        let odd = "nik@example.com logged into the desktop W11-RECEPTION with account msp-nik, whose password is not fresh";
        assert_eq!(house.sentences().await.iter().filter(|line| *line == odd).count(), 2);
    }
}

story! {
    async fn an_elevation_is_a_session_too(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        let mut login = at.open_elevation("nik", "regedit.exe", "a printer").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        let session = at.enters(&mut login).await.unwrap();
        assert!(matches!(session.purpose, Purpose::Elevate { .. }));
        let line = "nik@example.com ran regedit.exe on W11-RECEPTION with account msp-nik";
        assert!(house.sentences().await.iter().any(|told| told == line));
    }
}

story! {
    async fn open_sessions_are_listed_and_an_admin_can_ask_for_the_end_of_one(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        let session = visit(&phone, "nik", &at).await;
        at.sync().await.unwrap();
        let open = house.admin.open_sessions(&Paging::default()).await.unwrap().items;
        assert_eq!(open.iter().map(|one| one.id).collect::<Vec<_>>(), [session.id]);
        let (followed, asked) = tokio::join!(soon(at.follow(std::time::Duration::from_secs(60))), async {
            house.node.parks(at.workstation.id()).await;
            house.admin.end_session(session.id).await
        });
        assert!(followed.unwrap());
        let asked = asked.unwrap();
        assert!(asked.end_requested_at.is_some());
        let ended = house.admin.session(session.id).await.unwrap();
        assert!(ended.ended_at.is_some(), "the agent ended it");
        assert_eq!(house.admin.open_sessions(&Paging::default()).await.unwrap().items, []);
        let again = house.admin.end_session(session.id).await.unwrap();
        assert_eq!(again.version, ended.version, "nothing changes");
        let other = visit(&phone, "nik", &at).await;
        at.ends(other.id).await.unwrap();
        assert_eq!(code_of(house.admin.end_session(other.id).await), Some(ProblemCode::Conflict));
        let line = "an admin asked for the end of a session with account msp-nik";
        assert_eq!(house.sentences().await.iter().filter(|told| *told == line).count(), 1);
    }
}

story! {
    async fn an_account_that_the_agent_did_not_make_is_never_adopted(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        at.agent.disk().foreign.insert("msp-nik".into());
        let mut login = at.open_push("nik").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        assert!(matches!(at.enters(&mut login).await, Err(NotIn::AccountTaken(name)) if name == "msp-nik"));
        at.sync().await.unwrap();
        let line = "W11-RECEPTION has applied its state document, and found 1 accounts that it did not make";
        assert!(house.sentences().await.iter().any(|told| told == line));
        let here = at.workstation.id();
        let listed = async || {
            let mut accounts = house.admin.workstation_accounts(here).await.unwrap().accounts;
            assert_eq!(accounts.len(), 1, "of the names that the msp gave: {accounts:?}");
            accounts.remove(0)
        };
        at.agent.disk().taken.insert("Administrator".into());
        at.sync().await.unwrap();
        let account = listed().await;
        assert_eq!((account.name.as_str(), account.technician_id), ("msp-nik", Some(house.nik.id)));
        let taken = Some(AccountTrouble::AccountTaken);
        assert_eq!((account.state, account.trouble), (AccountState::Removed, taken));
        let ordered = at.workstation.state().await.unwrap().document.accounts;
        assert!(ordered.is_empty(), "nothing is ordered about it: {ordered:?}");
        let (_, rival) = house.another_msp().await;
        assert_eq!(code_of(rival.workstation_accounts(here).await), Some(ProblemCode::NotFound));

        at.agent.disk().foreign.clear();
        visit(&phone, "nik", &at).await;
        let account = listed().await;
        assert_eq!((account.state, account.trouble), (AccountState::Present, None), "it was made after all");
        at.agent.disk().taken.insert("msp-nik".into());
        at.sync().await.unwrap();
        let account = listed().await;
        assert_eq!((account.state, account.trouble), (AccountState::Present, taken));
    }
}

story! {
    async fn nobody_else_s_login_or_session_can_be_reported(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (at, beside) = (house.workstation("W11-RECEPTION").await, house.workstation("W11-OFFICE").await);
        let mut login = at.open_push("nik").await.unwrap();
        let now = at.workstation.transport().clock().wall();
        let report = |account: &str| ReportSession {
            login: login.id(),
            account: account.into(),
            account_created: false,
            password_made_at: Some(now),
            started_at: now,
        };
        let (early, other) = (report("msp-nik"), report("Administrator"));
        let refused = at.workstation.report_session(&early).await;
        assert_eq!(code_of(refused), Some(ProblemCode::NotFound), "no grant was taken");
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        at.take_grant(&mut login).await.unwrap();
        let refused = beside.workstation.report_session(&early).await;
        assert_eq!(code_of(refused), Some(ProblemCode::NotFound));
        let session = at.workstation.report_session(&other).await.unwrap();
        assert_eq!(session.flags, [Flag::OtherAccount], "kept, and flagged");
        at.sync().await.unwrap();
        assert!(at.agent.disk().state.as_ref().unwrap().document.accounts.is_empty());
        assert_eq!(code_of(beside.workstation.report_end(session.id, now).await), Some(ProblemCode::NotFound));
        at.workstation.report_end(session.id, now).await.unwrap();
        let again = at.workstation.report_end(session.id, now).await.unwrap();
        assert_eq!(again.version, 2);
    }
}
