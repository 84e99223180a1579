//! Bounds on what may happen without contact: phone and workstation both know them.

use countersign_protocol::{
    ProblemCode,
    offline::{Bounds, Refusal, SyncFirst},
};
use countersign_testkit::NotIn;

use super::{DAY, STEP, code, short_visit};
use crate::{house::code_of, story};

story! {
    async fn phone_and_workstation_stop_at_the_tenant_s_bounds(house: House) {
        let mut settings = house.tenant.settings.clone();
        settings.offline.bounds = Bounds { sessions: 2, days: 3 };
        house.settings(settings).await;
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        for _ in 0..2 {
            house.pass(STEP).await;
            let (_, shown) = code(&phone, &at, "nik");
            at.enters_offline("nik", &shown.code).unwrap();
        }
        house.pass(STEP).await;
        let (_, shown) = code(&phone, &at, "nik");
        let refused = at.enters_offline("nik", &shown.code);
        assert!(matches!(refused, Err(NotIn::Refused(Refusal::SessionsSpent { allowed: 2 }))), "{refused:?}");
        at.sync().await.unwrap();
        at.enters_offline("nik", &shown.code).unwrap();

        house.pass(DAY * 3 + STEP * 20).await;
        let prompt = at.prompt("nik").unwrap();
        assert_eq!(phone.show(&prompt), Err(SyncFirst::TooLongAgo { allowed: 3 }));
        let refused = at.enters_offline("nik", "000000");
        assert!(matches!(refused, Err(NotIn::Refused(Refusal::TooLongAway { allowed: 3 }))), "{refused:?}");
    }
}

story! {
    async fn bounds_that_are_no_bounds_are_refused(house: House) {
        for bounds in [
            Bounds { sessions: 0, days: 3 },
            Bounds { sessions: 1001, days: 3 },
            Bounds { sessions: 1, days: 0 },
            Bounds { sessions: 1, days: 366 },
        ] {
            let mut settings = house.tenant.settings.clone();
            settings.offline.bounds = bounds;
            house.admin.set_tenant_settings(house.tenant.id, &settings).await.unwrap_err();
        }
    }
}

story! {
    async fn a_workstation_that_guessing_has_locked_opens_again_once_an_admin_forgives(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        for _ in 0..100 {
            at.enters_offline("nik", "000000").unwrap_err();
            house.pass(DAY / 8).await;
        }
        house.pass(STEP).await;
        let (_, shown) = code(&phone, &at, "nik");
        let locked = |entered| matches!(entered, Err(NotIn::Refused(Refusal::LockedUntilContact)));
        assert!(locked(at.enters_offline("nik", &shown.code)));
        at.sync().await.unwrap();
        assert!(locked(at.enters_offline("nik", &shown.code)), "contact alone forgives nothing");
        let (_, rival) = house.another_msp().await;
        let foreign = rival.clear_offline_failures(at.workstation.id()).await;
        assert_eq!(code_of(foreign), Some(ProblemCode::NotFound));
        house.admin.clear_offline_failures(at.workstation.id()).await.unwrap();
        at.sync().await.unwrap();
        at.enters_offline("nik", &shown.code).unwrap();
        let forgiven = "failed offline codes on W11-RECEPTION were forgiven";
        assert_eq!(house.sentences().await.iter().filter(|line| *line == forgiven).count(), 1);
    }
}
