//! A tenant's mode changes: it takes effect when it is saved.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use countersign::domain::{Actor, Fact};
use countersign_protocol::{
    ProblemCode,
    grant::GrantClaims,
    offline::SecretVersion,
    wire::{
        LoginState,
        accounts::AccountMode,
        admin::TenantSettings,
        sessions::{Flag, ReportSession},
    },
};

use super::{STEP, code, shared, short_visit, tenant, workstation};
use crate::{house::code_of, story};

story! {
    async fn pending_logins_end_accounts_leave_secrets_are_replaced_and_an_event_says_who(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        let mut pending = at.open_push("nik").await.unwrap();
        house.settings(shared()).await;
        at.wait_changed(&mut pending).await.unwrap();
        assert_eq!(pending.view.state, LoginState::Cancelled);
        at.sync().await.unwrap();
        assert!(!at.agent.disk().accounts.contains_key("msp-nik"));
        let prompt = at.prompt("nik").unwrap();
        assert_eq!(prompt.version, SecretVersion::Shared(1));
        assert!(phone.show(&prompt).is_err());
        phone.fetch_codes().await.unwrap();
        let (_, shown) = code(&phone, &at, "nik");
        let account = house.admin.tenant(house.tenant.id).await.unwrap().shared_account.unwrap();
        assert_eq!(at.enters_offline("nik", &shown.code).unwrap().account, account);
        at.uploads().await.unwrap();

        let events = house.events().await;
        let line = "Bakery Lane switched to shared accounts";
        let event = events.iter().find(|event| event.sentence == line).unwrap();
        assert!(matches!(event.actor, Actor::Admin { .. }) && matches!(event.fact, Fact::TenantChanged { .. }));

        // And back: the shared account leaves, and old codes are no codes.
        house.settings(TenantSettings::default()).await;
        at.sync().await.unwrap();
        assert!(at.prompt("nik").is_none(), "nobody had a session of the new mode");
        assert!(!at.agent.disk().accounts.contains_key(&account));
        short_visit(&phone, "nik", &at).await;
        assert_eq!(at.prompt("nik").unwrap().version, SecretVersion::Named(2));
        phone.fetch_codes().await.unwrap();
        house.pass(STEP).await;
        code(&phone, &at, "nik");
    }
}

story! {
    async fn an_upload_from_before_the_switch_brings_no_account_back(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        let (_, shown) = code(&phone, &at, "nik");
        at.enters_offline("nik", &shown.code).unwrap();
        house.settings(shared()).await;
        let uploaded = at.uploads().await.unwrap().unwrap();
        assert_eq!(uploaded.flagged, 0, "it was right then");
        at.sync().await.unwrap();
        assert!(!at.agent.disk().accounts.contains_key("msp-nik"));
    }
}

story! {
    async fn a_rotated_secret_of_the_old_mode_opens_nothing_in_the_next(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        house.admin.rotate_offline_secrets(house.tenant.id).await.unwrap();
        house.settings(shared()).await;
        house.settings(TenantSettings::default()).await;
        at.sync().await.unwrap();
        assert!(at.prompt("nik").is_none(), "neither the old one nor the one before");
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 0);
    }
}

story! {
    async fn two_admins_who_switch_at_once_leave_one_mode_behind(house: House) {
        let mut other = shared();
        other.refuse_other_network = true;
        let other_first = shared();
        let (one, two) = tokio::join!(
            house.admin.set_tenant_settings(house.tenant.id, &other_first),
            house.admin.set_tenant_settings(house.tenant.id, &other),
        );
        one.unwrap();
        two.unwrap();
        let tenant = house.admin.tenant(house.tenant.id).await.unwrap();
        assert_eq!(tenant.settings.accounts, AccountMode::Shared);
        let switched = "Bakery Lane switched to shared accounts";
        assert_eq!(house.sentences().await.iter().filter(|line| *line == switched).count(), 1);
        let made = "a tenant's offline secret s1 was made";
        assert_eq!(house.sentences().await.iter().filter(|line| *line == made).count(), 1);
    }
}

story! {
    async fn a_login_that_was_approved_for_the_old_mode_s_account_opens_nothing_and_another_tenant_s_goes_on(house: House) {
        let mill = tenant(&house, "Mill Lane", TenantSettings::default()).await;
        let phone = house.phone_of(&house.nik).await;
        let (at, mills) = (house.workstation("W11-RECEPTION").await, workstation(&house, &mill, "MILL").await);
        let login = at.open_push("nik").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        let mut beside = mills.open_push("nik").await.unwrap();
        house.settings(shared()).await;
        let refused = code_of(at.workstation.fetch_grant(login.id()).await);
        assert_eq!(refused, Some(ProblemCode::GrantNotAvailable));
        phone.approve(beside.id(), &beside.code.clone().unwrap()).await.unwrap();
        mills.wait_decided(&mut beside).await.unwrap();
        assert_eq!(mills.enters(&mut beside).await.unwrap().account, "msp-nik");
    }
}

story! {
    async fn a_grant_that_is_taken_again_after_the_switch_names_the_account_that_it_named(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        let mut login = at.open_push("nik").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        at.wait_decided(&mut login).await.unwrap();
        let account = |grant: &str| {
            let claims = grant.split('.').nth(1).unwrap();
            let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
            serde_json::from_slice::<GrantClaims>(&claims).unwrap().account
        };
        let first = account(&at.workstation.fetch_grant(login.id()).await.unwrap().grant);
        house.settings(shared()).await;
        let again = account(&at.workstation.fetch_grant(login.id()).await.unwrap().grant);
        assert_eq!((first.name.as_str(), &first), ("msp-nik", &again));
        let shared = house.admin.tenant(house.tenant.id).await.unwrap().shared_account.unwrap();
        let started_at = at.workstation.transport().clock().wall();
        let report = ReportSession {
            login: login.id(),
            account: shared,
            account_created: false,
            password_made_at: Some(started_at),
            started_at,
        };
        let session = at.workstation.report_session(&report).await.unwrap();
        assert_eq!(session.flags, [Flag::OtherAccount], "nobody approved that one");
    }
}
