//! A leaver who received the secrets of many workstations, some of them amid a rotation; and one of a tenant's on many
//! phones.

use std::collections::BTreeSet;

use countersign::domain::Fact;
use countersign_client::Paging;
use countersign_protocol::offline::SecretVersion;

use super::{code, colleague, shared, short_visit, tenant, workstation};
use crate::{accounts::whole::versions_are_on_the_record, story};

story! {
    async fn each_of_a_leaver_s_many_secrets_is_replaced_once_and_told_once(house: House) {
        let (phone, second) = (house.phone_of(&house.nik).await, house.phone_of(&house.nik).await);
        let (_ann, anns) = colleague(&house, "ann").await;
        let mut machines = Vec::new();
        for number in 1..=4 {
            let at = house.workstation(&format!("W11-{number}")).await;
            short_visit(&phone, "nik", &at).await;
            short_visit(&anns, "ann", &at).await;
            machines.push(at);
        }
        // As long as hers holds the first ones alone, they work beside their successors.
        for phone in [&phone, &anns] {
            phone.fetch_codes().await.unwrap();
        }
        house.admin.rotate_offline_secrets(house.tenant.id).await.unwrap();
        phone.fetch_codes().await.unwrap();
        second.fetch_codes().await.unwrap();
        house.admin.replace_offline_secrets(machines[3].workstation.id()).await.unwrap();
        let before = house.events().await.len();
        let changes = house.admin.state_changes(house.tenant.id, &Paging::default()).await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        let events = house.events().await;
        let told = |wanted: &str| {
            let said = events.iter().filter(|event| match &event.fact {
                Fact::OfflineSecretMade { secret_version } => wanted == format!("made {secret_version}"),
                Fact::OfflineSecretReplaced { secret_version, reason } if reason.contains("suspended") => {
                    wanted == format!("ended {secret_version}")
                }
                _ => false,
            });
            said.count()
        };
        // The fourth's third one was never handed over.
        assert_eq!((told("ended n1"), told("ended n2"), told("ended n3")), (3, 3, 0));
        assert_eq!((told("made n3"), told("made n4")), (4, 0));
        assert!(events.len() > before + 8, "more than go one by one");
        let after = house.admin.state_changes(house.tenant.id, &Paging::default()).await.unwrap();
        assert_eq!(after.items.len() - changes.items.len(), 4, "its progress can be seen at each");
        versions_are_on_the_record(&house).await;
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 4);
        anns.fetch_codes().await.unwrap();
        for at in &machines {
            at.sync().await.unwrap();
            let (prompt, shown) = code(&anns, at, "ann");
            assert_eq!((prompt.version, prompt.also), (SecretVersion::Named(3), None));
            at.enters_offline("ann", &shown.code).unwrap();
        }
        let radius = house.admin.blast_radius(house.nik.id).await.unwrap();
        assert_eq!((radius.accepting, radius.secrets_total), (0, 8));
        assert!(radius.secrets.iter().all(|secret| (secret.workstations, secret.applied) == (1, 1)));
    }
}

story! {
    async fn a_tenant_s_secrets_on_many_phones_count_once_and_the_newest_decides(house: House) {
        let mill = tenant(&house, "Mill Lane", shared()).await;
        let fresh = workstation(&house, &mill, "FRESH").await;
        let (half, stale) = (workstation(&house, &mill, "HALF").await, workstation(&house, &mill, "STALE").await);
        let phones = [house.phone_of(&house.nik).await, house.phone_of(&house.nik).await];
        for at in [&fresh, &half, &stale] {
            at.sync().await.unwrap();
        }
        for round in 1..=3 {
            for phone in &phones {
                phone.fetch_codes().await.unwrap();
            }
            house.admin.rotate_offline_secrets(mill.id).await.unwrap();
            if round == 2 {
                half.sync().await.unwrap();
            }
        }
        let radius = house.admin.blast_radius(house.nik.id).await.unwrap();
        assert_eq!((radius.accepting, radius.secrets_total, radius.secrets.len()), (3, 3, 3));
        fresh.sync().await.unwrap();
        // The third still works beside the fourth, which no phone has.
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 3);
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        fresh.sync().await.unwrap();
        // One of them knows that the first ended, and not that the third did.
        let radius = house.admin.blast_radius(house.nik.id).await.unwrap();
        let hosts: BTreeSet<_> = radius.stragglers.iter().map(|one| one.host_name.as_str()).collect();
        assert_eq!((radius.accepting, hosts), (2, BTreeSet::from(["HALF", "STALE"])));
        let late = workstation(&house, &mill, "LATE").await;
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 2, "it never knew them");
        late.sync().await.unwrap();
        let shown = house.admin.blast_radius(house.nik.id).await.unwrap().secrets;
        let applied: Vec<_> = shown.iter().map(|one| (one.version.as_str(), one.workstations, one.applied)).collect();
        assert_eq!(applied, [("s3", 4, 2), ("s2", 4, 2), ("s1", 4, 3)]);
        half.sync().await.unwrap();
        stale.sync().await.unwrap();
        assert_eq!(house.admin.blast_radius(house.nik.id).await.unwrap().accepting, 0);
        versions_are_on_the_record(&house).await;
    }
}
