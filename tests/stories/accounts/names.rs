//! Account names: given once, unique, never given to another.

use countersign_protocol::{
    ProblemCode,
    wire::{accounts::MspSettings, admin::CreateTechnician},
};

use super::{shared, short_visit, tenant, visit, workstation};
use crate::{house::code_of, story};

story! {
    async fn a_technician_s_account_is_the_same_at_every_customer(house: House) {
        let mill = tenant(&house, "Mill Lane", house.tenant.settings.clone()).await;
        let phone = house.phone_of(&house.nik).await;
        for at in [house.workstation("W11-RECEPTION").await, workstation(&house, &mill, "MILL-1").await] {
            assert_eq!(visit(&phone, "nik", &at).await.account, house.nik.account_name);
        }
        assert_eq!(house.nik.account_name, "msp-nik");
    }
}

story! {
    async fn user_names_that_make_one_account_name_or_too_long_a_one_get_another(house: House) {
        let names = ["nik.o", "nik_o", "nik-o", "a-very-long-user-name", "a-very-long-user.name"];
        let mut given = vec![house.nik.account_name.clone()];
        for name in names {
            given.push(house.technician(name).await.account_name);
        }
        assert_eq!(given[1], "msp-nik-o");
        for hashed in &given[2..] {
            assert!(hashed.len() <= 20 && hashed.starts_with("msp-"), "{hashed}");
            assert_eq!(hashed.rsplit('-').next().map(str::len), Some(4), "{hashed}");
        }
        let mut once = given.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), given.len(), "{given:?}");
    }
}

story! {
    async fn a_name_is_never_given_to_another_and_a_returning_technician_keeps_theirs(house: House) {
        let first = house.technician("a.b").await;
        house.admin.suspend_technician(first.id).await.unwrap();
        assert_eq!(house.admin.resume_technician(first.id).await.unwrap().account_name, "msp-a-b");
        house.admin.remove_technician(first.id).await.unwrap();
        let second = house.technician("a-b").await;
        assert_ne!(second.account_name, first.account_name);
        // Nor their user name.
        let again = CreateTechnician { email: "new@example.com".into(), user_name: "a.b".into() };
        let refused = code_of(house.admin.create_technician(&again).await);
        assert_eq!(refused, Some(ProblemCode::AlreadyExists));
    }
}

story! {
    async fn who_was_removed_is_gone_for_good(house: House) {
        let phone = house.phone_of(&house.nik).await;
        short_visit(&phone, "nik", &house.workstation("W11-RECEPTION").await).await;
        assert_eq!(phone.fetch_codes().await.unwrap().holdings.len(), 1);
        house.admin.remove_technician(house.nik.id).await.unwrap();
        house.admin.remove_technician(house.nik.id).await.unwrap();
        let resumed = house.admin.resume_technician(house.nik.id).await;
        assert_eq!(code_of(resumed), Some(ProblemCode::Conflict));
        // The phone's token may outlive the removal by the moment that the node takes to hear of it: worth nothing.
        assert!(phone.fetch_codes().await.map_or(true, |held| held.holdings.is_empty()));
        let lines = house.sentences().await;
        assert_eq!(lines.iter().filter(|line| *line == "nik@example.com was removed").count(), 1);
    }
}

story! {
    async fn another_prefix_is_for_those_who_come_after(house: House) {
        let settings = MspSettings { account_prefix: "hq-".into(), recovery_admins: 2 };
        house.admin.set_msp_settings(&settings).await.unwrap();
        house.admin.set_msp_settings(&settings).await.unwrap();
        assert_eq!(house.admin.msp_settings().await.unwrap(), settings);
        assert_eq!(house.admin.technician(house.nik.id).await.unwrap().account_name, "msp-nik");
        assert_eq!(house.technician("ann").await.account_name, "hq-ann");
        let mill = tenant(&house, "Mill Lane", shared()).await;
        assert!(mill.shared_account.unwrap().starts_with("hq-"));
        let bad = MspSettings { account_prefix: "Bad!".into(), recovery_admins: 2 };
        let refused = code_of(house.admin.set_msp_settings(&bad).await);
        assert_eq!(refused, Some(ProblemCode::InvalidRequest));
        let none = MspSettings { account_prefix: "hq-".into(), recovery_admins: 0 };
        let refused = code_of(house.admin.set_msp_settings(&none).await);
        assert_eq!(refused, Some(ProblemCode::InvalidRequest));
        let lines = house.sentences().await;
        assert_eq!(lines.iter().filter(|line| line.starts_with("new accounts begin with hq-")).count(), 1);
    }
}

story! {
    async fn a_shared_account_s_name_is_no_technician_s_and_outlives_the_mode(house: House) {
        let mill = tenant(&house, "Mill Lane", shared()).await;
        let account = mill.shared_account.clone().unwrap();
        let digits = account.strip_prefix("msp-").unwrap();
        let named = house.technician(digits).await.account_name;
        assert!(named != account && named.starts_with(&account), "{named}");
        for settings in [house.tenant.settings.clone(), shared()] {
            let mill = house.admin.set_tenant_settings(mill.id, &settings).await.unwrap();
            assert_eq!(mill.shared_account.as_ref(), Some(&account));
        }
    }
}
