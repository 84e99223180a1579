//! Derived mode: a code names its technician.

use countersign_client::Paging;
use countersign_protocol::{
    ProblemCode,
    offline::{Refusal, SecretVersion, SyncFirst},
    wire::sessions::{Flag, Trust},
};
use countersign_testkit::NotIn;

use super::{STEP, code, colleague, derived};
use crate::{house::code_of, story};

fn version(version: Option<SecretVersion>) -> String {
    version.map(|version| version.to_string()).unwrap_or_default()
}

story! {
    async fn a_code_works_at_once_without_a_visit_and_for_the_typed_name_only(house: House) {
        house.settings(derived()).await;
        let phone = house.phone_of(&house.nik).await;
        let (_, anns) = colleague(&house, "ann").await;
        phone.fetch_codes().await.unwrap();
        anns.fetch_codes().await.unwrap();
        let at = house.workstation("W11-RECEPTION").await;
        at.sync().await.unwrap();
        assert_eq!(at.rows(), 2);
        let (_, shown) = code(&phone, &at, "nik");
        let refused = at.enters_offline("ann", &shown.code);
        assert!(matches!(refused, Err(NotIn::Refused(Refusal::Wrong))), "{refused:?}");
        let session = at.enters_offline("Nik", &shown.code).unwrap();
        assert_eq!((session.account.as_str(), session.account_created), ("msp-nik", true));
        at.uploads().await.unwrap();
        let kept = &house.admin.sessions(&Paging::default()).await.unwrap().items[0];
        assert_eq!((kept.trust, kept.technician_id, kept.flags.as_slice()), (Trust::ShownByCode, Some(house.nik.id), &[][..]));
        let line = "nik@example.com (shown by code) logged into the desktop W11-RECEPTION offline with account msp-nik";
        assert!(house.sentences().await.iter().any(|told| told == line));
    }
}

story! {
    async fn of_a_leaver_only_the_rows_go_also_of_one_who_never_fetched(house: House) {
        house.settings(derived()).await;
        let phone = house.phone_of(&house.nik).await;
        let (ann, anns) = colleague(&house, "ann").await;
        let (bob, _bobs) = colleague(&house, "bob").await;
        phone.fetch_codes().await.unwrap();
        anns.fetch_codes().await.unwrap();
        let at = house.workstation("W11-RECEPTION").await;
        at.sync().await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        house.admin.undelegate(house.tenant.id, bob.id).await.unwrap();
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 1);
        assert_eq!(house.admin.blast_radius(ann.id).await.unwrap().accepting, 1);
        at.sync().await.unwrap();
        assert_eq!(at.rows(), 1);
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 0);
        let (_, shown) = code(&anns, &at, "ann");
        at.enters_offline("ann", &shown.code).unwrap();

        // Back again: the row returns, and so does what the phone can open.
        house.admin.resume_technician(house.nik.id).await.unwrap();
        at.sync().await.unwrap();
        assert_eq!(at.rows(), 2);
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 1);
        let (_, shown) = code(&phone, &at, "nik");
        at.enters_offline("nik", &shown.code).unwrap();
    }
}

story! {
    async fn a_lost_phone_raises_the_technician_s_epoch_and_nobody_else_s(house: House) {
        house.settings(derived()).await;
        let phone = house.phone_of(&house.nik).await;
        let (_, anns) = colleague(&house, "ann").await;
        phone.fetch_codes().await.unwrap();
        anns.fetch_codes().await.unwrap();
        let at = house.workstation("W11-RECEPTION").await;
        at.sync().await.unwrap();
        house.admin.lost_phone(phone.id()).await.unwrap();
        assert_eq!(code_of(phone.fetch_codes().await), Some(ProblemCode::InvalidGrant), "nor does it get others");
        at.sync().await.unwrap();
        let prompt = at.prompt("nik").unwrap();
        assert_eq!(version(Some(prompt.version)), "d1.2.1");
        assert_eq!(phone.show(&prompt), Err(SyncFirst::NotHeld { asked: prompt.version }));
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 0);
        code(&anns, &at, "ann");
        let next = house.phone_of(&house.nik).await;
        next.fetch_codes().await.unwrap();
        let (_, shown) = code(&next, &at, "nik");
        at.enters_offline("nik", &shown.code).unwrap();
    }
}

story! {
    async fn a_stolen_machine_raises_its_epoch_and_no_phone_shows_a_code_of_the_old_one(house: House) {
        house.settings(derived()).await;
        let phone = house.phone_of(&house.nik).await;
        let (at, other) = (house.workstation("STOLEN").await, house.workstation("OTHER").await);
        at.sync().await.unwrap();
        other.sync().await.unwrap();
        let old = at.prompt("nik").unwrap();
        phone.fetch_codes().await.unwrap();
        house.admin.replace_offline_secrets(at.workstation.id()).await.unwrap();
        at.sync().await.unwrap();
        other.sync().await.unwrap();
        phone.fetch_codes().await.unwrap();
        assert!(phone.show(&old).is_err(), "the thief's prompt");
        let (prompt, shown) = code(&phone, &at, "nik");
        assert_eq!(version(Some(prompt.version)), "d1.1.2");
        at.enters_offline("nik", &shown.code).unwrap();
        house.pass(STEP).await;
        assert_eq!(version(Some(code(&phone, &other, "nik").0.version)), "d1.1.1");
    }
}

story! {
    async fn a_leaked_root_is_replaced_at_once(house: House) {
        house.settings(derived()).await;
        let phone = house.phone_of(&house.nik).await;
        phone.fetch_codes().await.unwrap();
        let at = house.workstation("W11-RECEPTION").await;
        house.admin.rotate_offline_secrets(house.tenant.id).await.unwrap();
        at.sync().await.unwrap();
        let prompt = at.prompt("nik").unwrap();
        assert_eq!((version(Some(prompt.version)), prompt.also), ("d2.1.1".to_owned(), None));
        assert!(phone.show(&prompt).is_err());
        phone.fetch_codes().await.unwrap();
        let (_, shown) = code(&phone, &at, "nik");
        at.enters_offline("nik", &shown.code).unwrap();
    }
}

story! {
    async fn two_technicians_codes_of_one_step_are_no_code_used_twice(house: House) {
        house.settings(derived()).await;
        let phone = house.phone_of(&house.nik).await;
        let (_, anns) = colleague(&house, "ann").await;
        phone.fetch_codes().await.unwrap();
        anns.fetch_codes().await.unwrap();
        let at = house.workstation("W11-RECEPTION").await;
        at.sync().await.unwrap();
        house.clock.stop();
        for (phone, name) in [(&phone, "nik"), (&anns, "ann")] {
            let (_, shown) = code(phone, &at, name);
            at.enters_offline(name, &shown.code).unwrap();
        }
        assert_eq!(at.uploads().await.unwrap().unwrap().flagged, 0);
        let kept = house.admin.sessions(&Paging::default()).await.unwrap().items;
        assert!(kept.iter().all(|one| one.trust == Trust::ShownByCode && !one.flags.contains(&Flag::StepUsed)));
    }
}

story! {
    async fn who_is_back_has_rows_only_where_they_work_and_admins_can_follow_it(house: House) {
        house.settings(derived()).await;
        let phone = house.phone_of(&house.nik).await;
        phone.fetch_codes().await.unwrap();
        let at = house.workstation("W11-RECEPTION").await;
        at.sync().await.unwrap();
        house.admin.undelegate(house.tenant.id, house.nik.id).await.unwrap();
        at.sync().await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        house.admin.resume_technician(house.nik.id).await.unwrap();
        at.sync().await.unwrap();
        assert_eq!((at.rows(), house.admin.blast_radius(house.nik.id).await.unwrap().accepting), (0, 0));
        house.admin.delegate(house.tenant.id, house.nik.id).await.unwrap();
        let changes = house.admin.state_changes(house.tenant.id, &Paging::default()).await.unwrap().items;
        let last = changes.last().unwrap();
        assert_eq!((last.what.as_str(), last.applied), ("nik@example.com now works for Bakery Lane", 0));
        at.sync().await.unwrap();
        assert_eq!((at.rows(), house.admin.state_change(last.id).await.unwrap().change.applied), (1, 1));
    }
}
