//! Leaving: accounts go, exactly the exposed secrets are replaced, and the blast radius shrinks as workstations
//! acknowledge.

use std::collections::BTreeSet;

use countersign_protocol::{
    ProblemCode, TechnicianId, WorkstationId,
    offline::{Refusal, SecretVersion},
    wire::{
        Status,
        accounts::{AccountState, Profiles},
        admin::TenantSettings,
        sessions::Flag,
        state::{AccountOrder, BlastRadius},
    },
};
use countersign_testkit::{NotIn, SoftWorkstation};

use super::{DAY, STEP, code, colleague, shared, short_visit, tenant, visit, workstation};
use crate::{house::code_of, story};

fn hosts(radius: &BlastRadius) -> Vec<&str> {
    let mut hosts: Vec<_> = radius.stragglers.iter().map(|one| one.host_name.as_str()).collect();
    hosts.sort_unstable();
    hosts
}

/// The workstations that the secrets open, each secret its own.
fn opened(radius: &BlastRadius) -> BTreeSet<WorkstationId> {
    let opened: BTreeSet<_> = radius.secrets.iter().filter_map(|one| one.workstation_id).collect();
    assert_eq!(u64::try_from(opened.len()).unwrap(), radius.secrets_total);
    opened
}

story! {
    async fn exactly_the_secrets_that_a_leaver_s_phones_received_are_replaced(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (_ann, anns) = colleague(&house, "ann").await;
        let both = house.workstation("BOTH").await;
        let (niks_only, anns_only) = (house.workstation("NIKS").await, house.workstation("ANNS").await);
        let unfetched = house.workstation("UNFETCHED").await;
        short_visit(&phone, "nik", &both).await;
        short_visit(&anns, "ann", &both).await;
        short_visit(&phone, "nik", &niks_only).await;
        short_visit(&anns, "ann", &anns_only).await;
        phone.fetch_codes().await.unwrap();
        anns.fetch_codes().await.unwrap();
        short_visit(&phone, "nik", &unfetched).await;
        let mill = tenant(&house, "Mill Lane", shared()).await;
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        for (at, version) in [(&both, 2), (&niks_only, 2), (&anns_only, 1), (&unfetched, 1)] {
            at.sync().await.unwrap();
            let prompt = at.prompt("ann").unwrap();
            assert_eq!(prompt.version, SecretVersion::Named(version), "{}", at.facts.host_name);
            assert_eq!(prompt.also, None);
        }
        let mills = workstation(&house, &mill, "MILL-1").await;
        mills.sync().await.unwrap();
        assert_eq!(mills.prompt("ann").unwrap().version, SecretVersion::Shared(1), "no phone had it");
        assert_eq!(code_of(phone.fetch_codes().await), Some(ProblemCode::InvalidGrant));
        anns.fetch_codes().await.unwrap();
        code(&anns, &both, "ann");
    }
}

story! {
    async fn the_blast_radius_shrinks_as_workstations_acknowledge(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (one, other) = (house.workstation("ONE").await, house.workstation("OTHER").await);
        short_visit(&phone, "nik", &one).await;
        short_visit(&phone, "nik", &other).await;
        phone.fetch_codes().await.unwrap();
        let before = house.admin.blast_radius(house.nik.id).await.unwrap();
        assert_eq!((before.secrets_total, before.accepting, hosts(&before)), (2, 2, vec!["ONE", "OTHER"]));
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        let told = house.admin.blast_radius(house.nik.id).await.unwrap();
        assert_eq!((told.accepting, told.secrets[0].applied), (2, 0));
        assert!(told.secrets.iter().all(|one| one.replaced_at.is_some() && one.workstations == 1));
        one.sync().await.unwrap();
        let half = house.admin.blast_radius(house.nik.id).await.unwrap();
        assert_eq!(hosts(&half), ["OTHER"]);
        assert!(half.stragglers[0].last_seen_at.is_some());
        assert_eq!(half.secrets.iter().map(|one| one.applied).sum::<u64>(), 1);
        other.sync().await.unwrap();
        let after = house.admin.blast_radius(house.nik.id).await.unwrap();
        assert_eq!((after.accepting, after.stragglers.len(), after.secrets_total), (0, 0, 2));
    }
}

story! {
    async fn whoever_sends_a_technician_away_is_told_what_their_phones_can_still_open(house: House) {
        let mill = tenant(&house, "Mill Lane", house.tenant.settings.clone()).await;
        let phone = house.phone_of(&house.nik).await;
        let (ann, anns) = colleague(&house, "ann").await;
        let (bakery, mills) = (house.workstation("BAKERY").await, workstation(&house, &mill, "MILL").await);
        let anns_only = house.workstation("ANNS").await;
        let ids = |of: &[&SoftWorkstation]| of.iter().map(|at| at.workstation.id()).collect::<BTreeSet<_>>();
        short_visit(&phone, "nik", &bakery).await;
        short_visit(&phone, "nik", &mills).await;
        short_visit(&anns, "ann", &bakery).await;
        short_visit(&anns, "ann", &anns_only).await;
        phone.fetch_codes().await.unwrap();
        anns.fetch_codes().await.unwrap();
        let report = async |of: TechnicianId| house.admin.blast_radius(of).await.unwrap();

        let told = house.admin.undelegate(mill.id, house.nik.id).await.unwrap();
        assert_eq!(told, report(house.nik.id).await);
        assert_eq!((opened(&told), hosts(&told)), (ids(&[&bakery, &mills]), vec!["BAKERY", "MILL"]));
        let replaced = told.secrets.iter().filter(|one| one.replaced_at.is_some());
        assert_eq!(replaced.map(|one| one.tenant_id).collect::<Vec<_>>(), [mill.id]);
        mills.sync().await.unwrap();
        let told = house.admin.undelegate(mill.id, house.nik.id).await.unwrap();
        assert_eq!((&told, hosts(&told)), (&report(house.nik.id).await, vec!["BAKERY"]), "it ended before");

        let gone = house.admin.suspend_technician(house.nik.id).await.unwrap();
        assert_eq!((gone.technician.id, gone.technician.status), (house.nik.id, Status::Suspended));
        let told = &gone.blast_radius;
        assert_eq!(*told, report(house.nik.id).await);
        assert_eq!((opened(told), hosts(told)), (ids(&[&bakery, &mills]), vec!["BAKERY"]));
        assert!(told.secrets.iter().all(|one| one.replaced_at.is_some()));
        assert_eq!(house.admin.suspend_technician(house.nik.id).await.unwrap(), gone, "they left before");

        let told = house.admin.remove_technician(ann.id).await.unwrap();
        assert_eq!(told, report(ann.id).await);
        assert_eq!((opened(&told), hosts(&told)), (ids(&[&bakery, &anns_only]), vec!["ANNS", "BAKERY"]));
        bakery.sync().await.unwrap();
        let told = house.admin.remove_technician(ann.id).await.unwrap();
        assert_eq!((&told, hosts(&told)), (&report(ann.id).await, vec!["ANNS"]), "she left before");
    }
}

story! {
    async fn an_old_code_opens_a_workstation_that_stayed_offline_and_is_flagged_when_it_is_back(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        let (_, early) = code(&phone, &at, "nik");
        at.enters_offline("nik", &early.code).unwrap();
        house.pass(STEP).await;
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        house.pass(DAY).await;
        let (_, late) = code(&phone, &at, "nik");
        at.enters_offline("nik", &late.code).unwrap();
        at.uploads().await.unwrap().unwrap();
        let sessions = house.admin.sessions(&countersign_client::Paging::default()).await.unwrap().items;
        let flags: Vec<_> = sessions[1..].iter().map(|one| one.flags.clone()).collect();
        assert_eq!(flags, [vec![], vec![Flag::AfterLeaving]], "before and after");
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 1);
        at.sync().await.unwrap();
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 0);
        assert!(!at.agent.disk().accounts.contains_key("msp-nik"), "the upload didn't bring it back");
        house.pass(STEP).await;
        let prompt = at.prompt("nik").unwrap();
        assert!(phone.show(&prompt).is_err(), "the phone says that it must sync");
        let old = countersign_protocol::offline::Prompt { version: SecretVersion::Named(1), ..prompt };
        let old = phone.show(&old).unwrap();
        let refused = at.enters_offline("nik", &old.code);
        assert!(matches!(refused, Err(NotIn::Refused(Refusal::Wrong))), "{refused:?}");
    }
}

story! {
    async fn a_leaver_s_account_is_disabled_at_once_and_removed_after_the_last_session(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        let mut settings = house.tenant.settings.clone();
        settings.profiles = Profiles::Delete;
        house.settings(settings).await;
        let session = visit(&phone, "nik", &at).await;
        let here = at.workstation.id();
        let is = async || house.admin.workstation_accounts(here).await.unwrap().accounts[0].state;
        assert_eq!(is().await, AccountState::Present);
        let kept = workstation(&house, &tenant(&house, "Mill Lane", TenantSettings::default()).await, "MILL").await;
        visit(&phone, "nik", &kept).await;
        at.sync().await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        assert_eq!(is().await, AccountState::Removing);
        at.sync().await.unwrap();
        let orders = kept.workstation.state().await.unwrap().document.accounts;
        assert_eq!(orders.iter().map(|one| one.order).collect::<Vec<_>>(), [AccountOrder::Remove], "profiles stay");
        let order = || {
            let disk = at.agent.disk();
            disk.state.as_ref().unwrap().document.accounts.first().map(|one| one.order)
        };
        assert_eq!(order(), Some(AccountOrder::RemoveWithProfile));
        assert!(at.agent.disk().accounts.contains_key("msp-nik"), "someone works under it");
        at.ends(session.id).await.unwrap();
        at.sync().await.unwrap();
        assert!(!at.agent.disk().accounts.contains_key("msp-nik"));
        at.sync().await.unwrap();
        assert_eq!(order(), None, "and no longer stands in the document");
        assert_eq!(is().await, AccountState::Removed);
    }
}

story! {
    async fn one_who_loses_a_tenant_keeps_what_they_have_elsewhere(house: House) {
        let mill = tenant(&house, "Mill Lane", house.tenant.settings.clone()).await;
        let phone = house.phone_of(&house.nik).await;
        let (bakery, mills) = (house.workstation("BAKERY").await, workstation(&house, &mill, "MILL").await);
        short_visit(&phone, "nik", &bakery).await;
        short_visit(&phone, "nik", &mills).await;
        phone.fetch_codes().await.unwrap();
        house.admin.undelegate(mill.id, house.nik.id).await.unwrap();
        bakery.sync().await.unwrap();
        mills.sync().await.unwrap();
        code(&phone, &bakery, "nik");
        assert!(phone.show(&mills.prompt("nik").unwrap()).is_err());
        let holdings = phone.fetch_codes().await.unwrap().holdings;
        assert_eq!(holdings.iter().map(|one| one.tenant).collect::<Vec<_>>(), [house.tenant.id]);
        assert!(bakery.agent.disk().accounts.contains_key("msp-nik"));
        assert!(!mills.agent.disk().accounts.contains_key("msp-nik"));
    }
}

story! {
    async fn who_leaves_a_shared_tenant_leaves_the_account_and_takes_no_code_along(house: House) {
        let mill = tenant(&house, "Mill Lane", shared()).await;
        let phone = house.phone_of(&house.nik).await;
        let at = workstation(&house, &mill, "MILL").await;
        let fresh = workstation(&house, &mill, "FRESH").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        let radius = house.admin.blast_radius(house.nik.id).await.unwrap();
        assert_eq!(hosts(&radius), ["FRESH", "MILL"], "FRESH may have heard of it");
        at.sync().await.unwrap();
        fresh.sync().await.unwrap();
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 0);
        assert!(at.agent.disk().accounts.contains_key(mill.shared_account.as_ref().unwrap()));
        assert!(phone.show(&at.prompt("nik").unwrap()).is_err());
        let later = workstation(&house, &mill, "LATER").await;
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 0, "it never knew the old one");
        later.sync().await.unwrap();
    }
}
