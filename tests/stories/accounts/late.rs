//! What is told late is judged by what was known when it happened.

use std::time::Duration;

use countersign_protocol::{
    offline::{Bounds, Epochs, OfflineSession, SecretVersion, code::begins},
    wire::{admin::TenantSettings, sessions::Flag},
};
use countersign_testkit::SoftWorkstation;

use super::{
    DAY, STEP, code, colleague, derived, shared, short_visit,
    uploads::{at_instant, kept},
};
use crate::{house::House, story};

const MINUTE: Duration = Duration::from_secs(60);

/// A session of nik's now, with the secret of this version.
fn now_with(at: &SoftWorkstation, sequence: u64, version: SecretVersion) -> OfflineSession {
    let now = at.workstation.transport().clock().wall();
    OfflineSession { version, ..at_instant(at, sequence, now) }
}

fn derived_at(epochs: (u32, u32, u32)) -> SecretVersion {
    let (tenant, technician, workstation) = epochs;
    SecretVersion::Derived(Epochs { tenant, technician, workstation })
}

/// Something else about the workstation changes, and it applies that.
async fn applies_something_else(house: &House, at: &SoftWorkstation) {
    house.admin.clear_offline_failures(at.workstation.id()).await.unwrap();
    at.sync().await.unwrap();
}

story! {
    async fn an_old_code_is_flagged_also_when_another_document_was_applied_before_the_upload(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        house.admin.lost_phone(phone.id()).await.unwrap();
        house.pass(MINUTE * 10).await;
        let before = now_with(&at, 1, SecretVersion::Named(1));
        at.sync().await.unwrap();
        house.pass(MINUTE * 10).await;
        let after = now_with(&at, 2, SecretVersion::Named(1));
        house.pass(MINUTE * 10).await;
        applies_something_else(&house, &at).await;
        at.workstation.upload(vec![before, after], None).await.unwrap();
        assert_eq!(kept(&house).await, [vec![], vec![Flag::ReplacedSecret]]);
    }
}

story! {
    async fn a_code_of_an_epoch_whose_end_was_applied_is_flagged(house: House) {
        house.settings(derived()).await;
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        house.admin.lost_phone(phone.id()).await.unwrap();
        house.pass(MINUTE * 10).await;
        let before = now_with(&at, 1, derived_at((1, 1, 1)));
        at.sync().await.unwrap();
        house.pass(MINUTE * 10).await;
        let lost = now_with(&at, 2, derived_at((1, 1, 1)));
        house.admin.replace_offline_secrets(at.workstation.id()).await.unwrap();
        house.pass(MINUTE * 10).await;
        let not_yet = now_with(&at, 3, derived_at((1, 2, 1)));
        at.sync().await.unwrap();
        house.pass(MINUTE * 10).await;
        let stolen = now_with(&at, 4, derived_at((1, 2, 1)));
        house.pass(MINUTE).await;
        let right = now_with(&at, 5, derived_at((1, 2, 2)));
        house.pass(MINUTE).await;
        let never = now_with(&at, 6, derived_at((1, 2, 3)));
        applies_something_else(&house, &at).await;
        at.workstation.upload(vec![before, lost, not_yet, stolen, right, never], None).await.unwrap();
        let replaced = || vec![Flag::ReplacedSecret];
        let unknown = vec![Flag::UnknownVersion];
        assert_eq!(kept(&house).await, [vec![], replaced(), vec![], replaced(), vec![], unknown]);
    }
}

story! {
    async fn of_a_technician_s_derived_codes_each_is_used_once_and_two_technicians_have_two(house: House) {
        house.settings(derived()).await;
        let (ann, _) = colleague(&house, "ann").await;
        let at = house.workstation("W11-RECEPTION").await;
        at.sync().await.unwrap();
        house.pass(MINUTE * 10).await;
        let first = now_with(&at, 1, derived_at((1, 1, 1)));
        let anns = OfflineSession { sequence: 2, user_name: "ann".into(), account: ann.account_name, ..first.clone() };
        let later = Some(first.accepted_at + Duration::from_secs(1));
        let again = OfflineSession { sequence: 3, password_made_at: later, ..first.clone() };
        at.workstation.upload(vec![first, anns, again], None).await.unwrap();
        assert_eq!(kept(&house).await, [vec![], vec![], vec![Flag::StepUsed]]);
    }
}

story! {
    async fn an_old_code_that_still_worked_is_right(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        house.admin.rotate_offline_secrets(house.tenant.id).await.unwrap();
        at.sync().await.unwrap();
        house.pass(DAY).await;
        let in_time = now_with(&at, 1, SecretVersion::Named(1));
        house.pass(DAY * 14).await;
        let late = now_with(&at, 2, SecretVersion::Named(1));
        at.workstation.upload(vec![in_time, late], None).await.unwrap();
        assert_eq!(kept(&house).await, [vec![], vec![Flag::ReplacedSecret]]);
    }
}

story! {
    async fn a_session_of_one_who_was_away_is_flagged_whatever_became_of_them_since(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        house.pass(MINUTE * 10).await;
        let before = now_with(&at, 1, SecretVersion::Named(1));
        house.pass(MINUTE * 10).await;
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        house.pass(MINUTE * 10).await;
        let suspended = now_with(&at, 2, SecretVersion::Named(1));
        house.pass(MINUTE * 10).await;
        house.admin.resume_technician(house.nik.id).await.unwrap();
        house.pass(MINUTE * 10).await;
        let back = now_with(&at, 3, SecretVersion::Named(1));
        house.pass(MINUTE * 10).await;
        house.admin.undelegate(house.tenant.id, house.nik.id).await.unwrap();
        house.pass(MINUTE * 10).await;
        let undelegated = now_with(&at, 4, SecretVersion::Named(1));
        house.pass(MINUTE * 10).await;
        house.admin.delegate(house.tenant.id, house.nik.id).await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        house.pass(MINUTE * 10).await;
        let again = now_with(&at, 5, SecretVersion::Named(1));
        house.pass(MINUTE * 10).await;
        house.admin.remove_technician(house.nik.id).await.unwrap();
        at.workstation.upload(vec![before, suspended, back, undelegated, again], None).await.unwrap();
        let away: Vec<bool> =
            kept(&house).await.iter().map(|flags| flags.contains(&Flag::AfterLeaving)).collect();
        assert_eq!(away, [false, true, false, true, true]);
    }
}

story! {
    async fn an_account_that_was_made_offline_leaves_though_its_mode_is_over_when_it_is_told(house: House) {
        house.settings(shared()).await;
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        at.sync().await.unwrap();
        phone.fetch_codes().await.unwrap();
        let (_, shown) = code(&phone, &at, "nik");
        let account = at.enters_offline("nik", &shown.code).unwrap().account;
        house.settings(TenantSettings::default()).await;
        at.sync().await.unwrap();
        at.uploads().await.unwrap();
        assert!(at.follow(MINUTE).await.unwrap(), "it is told");
        assert!(!at.agent.disk().accounts.contains_key(&account));
    }
}

story! {
    async fn contact_that_there_was_not_prolongs_nothing_and_contact_that_there_was_does(house: House) {
        let mut settings = house.tenant.settings.clone();
        settings.offline.bounds = Bounds { sessions: 1, days: 3 };
        house.settings(settings).await;
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        // Ten minutes without network each: the service notices none of it.
        let mut sessions = Vec::new();
        for sequence in 1..=3 {
            house.pass(MINUTE * 10).await;
            sessions.push(now_with(&at, sequence, SecretVersion::Named(1)));
            at.workstation.own().await.unwrap();
        }
        house.pass(DAY * 5).await;
        let start = at.workstation.transport().clock().wall();
        let lied = OfflineSession { contact: start - DAY, ..now_with(&at, 4, SecretVersion::Named(1)) };
        house.pass(MINUTE).await;
        let ahead = now_with(&at, 5, SecretVersion::Named(1));
        let ahead = OfflineSession { contact: ahead.accepted_at + MINUTE * 5, ..ahead };
        at.workstation.own().await.unwrap();
        sessions.extend([lied, ahead]);
        at.workstation.upload(sessions, None).await.unwrap();
        let kept = kept(&house).await;
        assert_eq!(kept[..3], [vec![], vec![], vec![]], "each in contact before");
        assert_eq!(kept[3], [Flag::BeyondBounds]);
        assert!(kept[4].contains(&Flag::ImpossibleClock), "{kept:?}");
    }
}

story! {
    async fn a_phone_confirms_nothing_of_a_secret_that_it_never_received(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        let session = now_with(&at, 1, SecretVersion::Named(1));
        let next = OfflineSession { step: session.step + 1, sequence: 2, ..session.clone() };
        let next = OfflineSession { accepted_at: begins(next.step), password_made_at: None, ..next };
        let prompt = at.prompt("nik").unwrap();
        let now = phone.phone.transport().clock().now();
        let record = |step| {
            let code = String::new().into();
            let shown = countersign_protocol::offline::Shown { version: prompt.version, step, code, until: now };
            phone.phone.record_shown(&prompt, &shown, now).unwrap()
        };
        // Once before the session is told, once after.
        phone.phone.report_shown(vec![record(session.step)]).await.unwrap();
        house.pass(STEP).await;
        at.workstation.upload(vec![session, next.clone()], None).await.unwrap();
        phone.phone.report_shown(vec![record(next.step)]).await.unwrap();
        let sessions = house.admin.sessions(&countersign_client::Paging::default()).await.unwrap().items;
        let claimed = countersign_protocol::wire::sessions::Trust::Claimed;
        let offline: Vec<_> = sessions.iter().filter(|one| one.secret_version.is_some()).collect();
        assert_eq!(offline.len(), 2);
        assert!(offline.iter().all(|one| one.trust == claimed), "{offline:?}");
    }
}
