//! Rotation in routine, a lost phone, a machine whose secrets are known.

use countersign_protocol::{
    ProblemCode,
    offline::{Refusal, SecretVersion, SyncFirst},
    wire::Status,
};
use countersign_testkit::NotIn;

use super::{DAY, STEP, code, colleague, shared, short_visit, tenant, workstation};
use crate::{house::code_of, story};

story! {
    async fn in_a_routine_rotation_the_old_code_works_until_its_days_passed(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        house.admin.rotate_offline_secrets(house.tenant.id).await.unwrap();
        at.sync().await.unwrap();
        let (prompt, shown) = code(&phone, &at, "nik");
        assert_eq!((prompt.version, prompt.also), (SecretVersion::Named(2), Some(SecretVersion::Named(1))));
        assert_eq!(shown.version, SecretVersion::Named(1), "what the phone holds");
        at.enters_offline("nik", &shown.code).unwrap();
        house.pass(DAY * 14).await;
        let prompt = at.prompt("nik").unwrap();
        assert_eq!(prompt.also, None);
        assert_eq!(phone.show(&prompt), Err(SyncFirst::NotHeld { asked: SecretVersion::Named(2) }));
        phone.fetch_codes().await.unwrap();
        let (_, shown) = code(&phone, &at, "nik");
        at.enters_offline("nik", &shown.code).unwrap();
    }
}

story! {
    async fn a_leaver_s_old_secret_is_cut_short_in_the_midst_of_a_rotation(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (_, anns) = colleague(&house, "ann").await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        short_visit(&anns, "ann", &at).await;
        phone.fetch_codes().await.unwrap();
        anns.fetch_codes().await.unwrap();
        house.admin.rotate_offline_secrets(house.tenant.id).await.unwrap();
        anns.fetch_codes().await.unwrap();
        at.sync().await.unwrap();
        let radius = house.admin.blast_radius(house.nik.id).await.unwrap();
        assert_eq!(radius.accepting, 1, "the old one works beside the new one");
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 1);
        let (_, old) = code(&phone, &at, "nik");
        at.sync().await.unwrap();
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 0);
        let prompt = at.prompt("nik").unwrap();
        assert_eq!((prompt.version, prompt.also), (SecretVersion::Named(2), None), "only what nik had");
        let refused = at.enters_offline("nik", &old.code);
        assert!(matches!(refused, Err(NotIn::Refused(Refusal::Wrong))), "{refused:?}");
        let (_, shown) = code(&anns, &at, "ann");
        house.pass(STEP * 4).await;
        drop(shown);
        let (_, shown) = code(&anns, &at, "ann");
        at.enters_offline("ann", &shown.code).unwrap();
    }
}

story! {
    async fn of_two_rotations_only_the_last_secret_works_beside_the_new_one(house: House) {
        let mill = tenant(&house, "Mill Lane", shared()).await;
        let phone = house.phone_of(&house.nik).await;
        phone.fetch_codes().await.unwrap();
        let at = workstation(&house, &mill, "MILL").await;
        house.admin.rotate_offline_secrets(mill.id).await.unwrap();
        house.admin.rotate_offline_secrets(mill.id).await.unwrap();
        at.sync().await.unwrap();
        let prompt = at.prompt("nik").unwrap();
        assert_eq!((prompt.version, prompt.also), (SecretVersion::Shared(3), Some(SecretVersion::Shared(2))));
        assert!(phone.show(&prompt).is_err());
    }
}

story! {
    async fn a_lost_phone_s_secrets_are_replaced_and_the_accounts_stay(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        let lost = house.admin.lost_phone(phone.id()).await.unwrap();
        assert_eq!(lost.status, Status::Suspended);
        assert_eq!(code_of(phone.fetch_codes().await), Some(ProblemCode::InvalidGrant), "nor does it get others");
        let again = house.admin.lost_phone(phone.id()).await.unwrap();
        assert_eq!(again.status, Status::Suspended);
        let (_, rival) = house.another_msp().await;
        assert_eq!(code_of(rival.lost_phone(phone.id()).await), Some(ProblemCode::NotFound));
        at.sync().await.unwrap();
        assert!(phone.show(&at.prompt("nik").unwrap()).is_err());
        assert!(at.agent.disk().accounts.contains_key("msp-nik"), "nik still works here");
        let next = house.phone_of(&house.nik).await;
        next.fetch_codes().await.unwrap();
        let (_, shown) = code(&next, &at, "nik");
        at.enters_offline("nik", &shown.code).unwrap();
    }
}

story! {
    async fn a_workstation_s_secrets_are_replaced_and_no_other_s(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (stolen, other) = (house.workstation("STOLEN").await, house.workstation("OTHER").await);
        short_visit(&phone, "nik", &stolen).await;
        short_visit(&phone, "nik", &other).await;
        phone.fetch_codes().await.unwrap();
        let (_, early) = code(&phone, &stolen, "nik");
        stolen.enters_offline("nik", &early.code).unwrap();
        house.pass(STEP).await;
        house.admin.replace_offline_secrets(stolen.workstation.id()).await.unwrap();
        let (_, old) = code(&phone, &stolen, "nik");
        stolen.sync().await.unwrap();
        other.sync().await.unwrap();
        assert!(phone.show(&stolen.prompt("nik").unwrap()).is_err());
        let refused = stolen.enters_offline("nik", &old.code);
        assert!(matches!(refused, Err(NotIn::Refused(Refusal::Wrong))), "{refused:?}");
        house.pass(STEP * 4).await;
        let (_, elsewhere) = code(&phone, &other, "nik");
        other.enters_offline("nik", &elsewhere.code).unwrap();
        phone.fetch_codes().await.unwrap();
        let (_, new) = code(&phone, &stolen, "nik");
        stolen.enters_offline("nik", &new.code).unwrap();
    }
}

story! {
    async fn a_stolen_workstation_s_shared_secret_is_replaced_on_all_of_its_tenant_s_and_no_other_s(house: House) {
        let mill = tenant(&house, "Mill Lane", shared()).await;
        let farm = tenant(&house, "Farm Lane", shared()).await;
        let phone = house.phone_of(&house.nik).await;
        let (stolen, other) = (workstation(&house, &mill, "STOLEN").await, workstation(&house, &mill, "OTHER").await);
        let elsewhere = workstation(&house, &farm, "FARM").await;
        phone.fetch_codes().await.unwrap();
        stolen.sync().await.unwrap();
        let (_, old) = code(&phone, &stolen, "nik");
        house.admin.replace_offline_secrets(stolen.workstation.id()).await.unwrap();
        for at in [&other, &elsewhere] {
            at.sync().await.unwrap();
        }
        let prompt = other.prompt("nik").unwrap();
        assert_eq!((prompt.version, prompt.also), (SecretVersion::Shared(2), None));
        let refused = other.enters_offline("nik", &old.code);
        assert!(matches!(refused, Err(NotIn::Refused(Refusal::Wrong))), "{refused:?}");
        code(&phone, &elsewhere, "nik");
        phone.fetch_codes().await.unwrap();
        code(&phone, &other, "nik");
    }
}

story! {
    async fn of_rotations_at_once_each_replaces_what_it_found(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        let rotate = || house.admin.rotate_offline_secrets(house.tenant.id);
        let (one, two) = tokio::join!(rotate(), rotate());
        one.unwrap();
        two.unwrap();
        at.sync().await.unwrap();
        let prompt = at.prompt("nik").unwrap();
        assert_eq!((prompt.version, prompt.also), (SecretVersion::Named(3), Some(SecretVersion::Named(2))));
    }
}

story! {
    async fn the_old_secret_ends_once_every_phone_that_held_it_has_the_new_one(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (_, anns) = colleague(&house, "ann").await;
        let (at, other) = (house.workstation("W11-RECEPTION").await, house.workstation("W11-OFFICE").await);
        for (phone, name) in [(&phone, "nik"), (&anns, "ann")] {
            short_visit(phone, name, &at).await;
            phone.fetch_codes().await.unwrap();
        }
        short_visit(&phone, "nik", &other).await;
        phone.fetch_codes().await.unwrap();
        house.admin.rotate_offline_secrets(house.tenant.id).await.unwrap();
        phone.fetch_codes().await.unwrap();
        at.sync().await.unwrap();
        other.sync().await.unwrap();
        assert_eq!(at.prompt("ann").unwrap().also, Some(SecretVersion::Named(1)), "ann's phone needs it");
        assert_eq!(other.prompt("nik").unwrap().also, None, "nik's phone was the only one");
        let (one, two) = tokio::join!(anns.fetch_codes(), anns.fetch_codes());
        one.unwrap();
        two.unwrap();
        at.sync().await.unwrap();
        assert_eq!(at.prompt("ann").unwrap().also, None);
        let (_, shown) = code(&anns, &at, "ann");
        assert_eq!(shown.version, SecretVersion::Named(2));
        at.enters_offline("ann", &shown.code).unwrap();
        let ended = "offline secret n1 works no longer: every phone that held it has its successor";
        assert_eq!(house.sentences().await.iter().filter(|line| *line == ended).count(), 2, "one each");
    }
}

story! {
    async fn a_phone_whose_owner_is_gone_keeps_no_old_secret_alive(house: House) {
        let mill = tenant(&house, "Mill Lane", shared()).await;
        let phone = house.phone_of(&house.nik).await;
        let second = house.phone_of(&house.nik).await;
        phone.fetch_codes().await.unwrap();
        second.fetch_codes().await.unwrap();
        let at = workstation(&house, &mill, "MILL").await;
        house.admin.rotate_offline_secrets(mill.id).await.unwrap();
        phone.fetch_codes().await.unwrap();
        at.sync().await.unwrap();
        assert_eq!(at.prompt("nik").unwrap().also, Some(SecretVersion::Shared(1)));
        house.admin.suspend_device(second.phone.ownership().device_id).await.unwrap();
        phone.fetch_codes().await.unwrap();
        at.sync().await.unwrap();
        assert_eq!(at.prompt("nik").unwrap().also, None);
    }
}
