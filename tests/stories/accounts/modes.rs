//! Two tenants of one msp in different modes, and what is shared in shared mode.

use countersign_protocol::offline::{Held, SecretVersion};

use super::{STEP, code, shared, short_visit, tenant, visit, workstation};
use crate::story;

story! {
    async fn a_shared_code_opens_every_workstation_before_any_visit(house: House) {
        let mill = tenant(&house, "Mill Lane", shared()).await;
        let phone = house.phone_of(&house.nik).await;
        phone.fetch_codes().await.unwrap();
        let account = mill.shared_account.clone().unwrap();
        for host_name in ["MILL-1", "MILL-2"] {
            let at = workstation(&house, &mill, host_name).await;
            at.sync().await.unwrap();
            let (prompt, shown) = code(&phone, &at, "nik");
            assert_eq!(prompt.version, SecretVersion::Shared(1));
            let session = at.enters_offline("nik", &shown.code).unwrap();
            assert_eq!((session.account, session.account_created), (account.clone(), true));
        }
    }
}

story! {
    async fn two_tenants_of_one_msp_are_in_modes_of_their_own(house: House) {
        let mill = tenant(&house, "Mill Lane", shared()).await;
        let phone = house.phone_of(&house.nik).await;
        let (bakery, mills) =
            (house.workstation("W11-L-PASSWORD").await, workstation(&house, &mill, "W10-local").await);
        assert_eq!(visit(&phone, "nik", &bakery).await.account, "msp-nik");
        let account = visit(&phone, "nik", &mills).await.account;
        assert_eq!(Some(&account), mill.shared_account.as_ref());
        let digits = account.strip_prefix("msp-").unwrap();
        assert!(digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{account}");
        let held: Vec<_> = phone.fetch_codes().await.unwrap().holdings;
        assert_eq!(held.len(), 2);
        for holding in held {
            match (holding.tenant == mill.id, holding.held.as_slice()) {
                (true, [Held::Shared { .. }]) | (false, [Held::Named { .. }]) => {}
                other => panic!("{other:?}"),
            }
        }
        let lines = house.sentences().await;
        for line in [
            "nik@example.com logged into the desktop W11-L-PASSWORD with account msp-nik".to_owned(),
            format!("nik@example.com accessed workstation W10-local with account {account}"),
        ] {
            assert!(lines.contains(&line), "{line}: {lines:?}");
        }
    }
}

story! {
    async fn an_app_of_their_own_gets_a_secret_only_where_the_tenant_allows_it(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let reception = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &reception).await;
        assert!(phone.fetch_codes().await.unwrap().otpauth.is_empty());
        let mut settings = house.tenant.settings.clone();
        settings.offline.own_authenticators = true;
        house.settings(settings).await;
        let holdings = phone.fetch_codes().await.unwrap();
        let [otpauth] = holdings.otpauth.as_slice() else { panic!("{holdings:?}") };
        assert!(otpauth.uri.starts_with("otpauth://totp/Bakery%20Lane:W11-RECEPTION?secret="));
    }
}

story! {
    async fn eight_digits_and_sha_256_are_a_tenant_setting_and_no_phone_shows_a_code_of_the_old_rule(house: House) {
        use countersign_protocol::offline::{Algorithm, CodeRule, Digits};
        let phone = house.phone_of(&house.nik).await;
        let reception = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &reception).await;
        phone.fetch_codes().await.unwrap();
        let mut settings = house.tenant.settings.clone();
        settings.offline.code = CodeRule { algorithm: Algorithm::Sha256, digits: Digits::Eight };
        house.settings(settings).await;
        reception.sync().await.unwrap();
        let prompt = reception.prompt("nik").unwrap();
        assert!(phone.show(&prompt).is_err(), "it holds the secret of the old rule");
        phone.fetch_codes().await.unwrap();
        house.pass(STEP).await;
        let (_, shown) = code(&phone, &reception, "nik");
        assert_eq!(shown.code.len(), 8);
        reception.enters_offline("nik", &shown.code).unwrap();
    }
}

story! {
    async fn two_tenants_secrets_of_one_version_are_two_secrets(house: House) {
        let (mill, dairy) =
            (tenant(&house, "Mill Lane", shared()).await, tenant(&house, "Dairy Lane", shared()).await);
        let phone = house.phone_of(&house.nik).await;
        phone.fetch_codes().await.unwrap();
        let (mills, dairys) = (workstation(&house, &mill, "MILL").await, workstation(&house, &dairy, "DAIRY").await);
        mills.sync().await.unwrap();
        dairys.sync().await.unwrap();
        let (asked, shown) = code(&phone, &mills, "nik");
        assert_eq!(asked.version, dairys.prompt("nik").unwrap().version);
        dairys.enters_offline("nik", &shown.code).unwrap_err();
        mills.enters_offline("nik", &shown.code).unwrap();
    }
}
