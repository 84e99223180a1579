//! Every change of state is on the record, once.

use std::collections::BTreeMap;

use countersign::domain::{Actor, Entity, Event};
use countersign_protocol::wire::{
    admin::TenantSettings,
    mobile::{DenyReason, PushAddress},
};

use crate::story;

/// The versions of each entity's events, in order; observations have none.
fn versions(events: &[Event]) -> BTreeMap<String, Vec<i64>> {
    let mut versions: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for event in events.iter().filter(|event| !event.fact.is_observation()) {
        let entity = serde_json::to_string(&event.entity).unwrap();
        versions.entry(entity).or_default().push(event.version);
    }
    versions.values_mut().for_each(|versions| versions.sort_unstable());
    versions
}

fn without_gaps_or_doubles(events: &[Event]) {
    for (entity, versions) in versions(events) {
        let whole: Vec<i64> = (1..).take(versions.len()).collect();
        assert_eq!(versions, whole, "{entity}");
    }
}

story! {
    async fn every_change_of_state_makes_exactly_one_event(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        // Logins of every end.
        let mut login = workstation.open_push("nik").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        workstation.wait_decided(&mut login).await.unwrap();
        workstation.take_grant(&mut login).await.unwrap();
        let mut login = workstation.open_qr().await.unwrap();
        phone.approve_qr(&workstation.qr_link(&login)).await.unwrap();
        workstation.take_grant(&mut login).await.unwrap();
        workstation.open_push("nik").await.unwrap();
        let login = workstation.open_push("nik").await.unwrap();
        workstation.workstation.cancel(login.id()).await.unwrap();
        workstation.open_push("nobody").await.unwrap();
        let login = workstation.open_push("nik").await.unwrap();
        phone.approve(login.id(), "00000000").await.unwrap_err();
        let login = workstation.open_push("nik").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        let login = workstation.open_push("nik").await.unwrap();
        phone.deny(login.id(), DenyReason::Fraud).await.unwrap();
        house.admin.unfreeze_workstation(workstation.workstation.id()).await.unwrap();
        // What admins and phones do besides.
        phone.phone.refresh().await.unwrap();
        phone.sign_in().await.unwrap();
        let address = PushAddress::Fcm { token: "a-token-of-fcm-that-is-long-enough".into() };
        phone.phone.set_push_address(Some(address), None).await.unwrap();
        phone.phone.set_push_address(None, None).await.unwrap();
        house.settings(TenantSettings { code_digits: Some(7), ..TenantSettings::default() }).await;
        let device = phone.phone.ownership().device_id;
        house.admin.suspend_device(device).await.unwrap();
        house.admin.resume_device(device).await.unwrap();
        workstation.open_push("nik").await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        house.admin.resume_technician(house.nik.id).await.unwrap();
        house.admin.undelegate(house.tenant.id, house.nik.id).await.unwrap();
        house.admin.delegate(house.tenant.id, house.nik.id).await.unwrap();
        house.admin.suspend_workstation(workstation.workstation.id()).await.unwrap();
        house.admin.resume_workstation(workstation.workstation.id()).await.unwrap();
        house.admin.retire_workstation(workstation.workstation.id()).await.unwrap();

        let events = house.events().await;
        without_gaps_or_doubles(&events);
        let mut ids: Vec<_> = events.iter().map(|event| event.id.0).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), events.len());
        assert!(events.iter().all(|event| event.msp == house.msp));
        // And no row has changed since its last event.
        let last = |entity: Entity| {
            events.iter().filter(|event| event.entity == entity).map(|event| event.version).max()
        };
        let (admin, at) = (&house.admin, workstation.workstation.id());
        let nik = admin.technician(house.nik.id).await.unwrap().version;
        assert_eq!(last(Entity::Technician(house.nik.id)), Some(nik));
        assert_eq!(last(Entity::Device(device)), Some(admin.device(device).await.unwrap().version));
        let tenant = admin.tenant(house.tenant.id).await.unwrap().version;
        assert_eq!(last(Entity::Tenant(house.tenant.id)), Some(tenant));
        assert_eq!(last(Entity::Workstation(at)), Some(admin.workstation(at).await.unwrap().version));
    }
}

story! {
    async fn the_record_of_a_login_reads_as_it_happened(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut login = workstation.open_qr().await.unwrap();
        phone.approve_qr(&workstation.qr_link(&login)).await.unwrap();
        workstation.wait_decided(&mut login).await.unwrap();
        workstation.take_grant(&mut login).await.unwrap();

        let at = Actor::Workstation { workstation: workstation.workstation.id() };
        let by = phone.phone.ownership();
        let by = Actor::Technician { technician: by.technician_id, device: by.device_id };
        let events = house.events().await;
        let told: Vec<_> = events
            .into_iter()
            .filter(|event| event.entity == Entity::Login(login.id()))
            .map(|event| (event.version, event.actor, event.sentence, event.tenant))
            .collect();
        let tenant = Some(house.tenant.id);
        let line = |version, actor: &Actor, sentence: &str| {
            (version, actor.clone(), sentence.to_owned(), tenant)
        };
        assert_eq!(
            told,
            [
                line(1, &at, "a QR login was opened on W11-RECEPTION"),
                line(2, &by, "nik@example.com scanned the QR code of W11-RECEPTION"),
                line(3, &by, "nik@example.com approved a login on W11-RECEPTION"),
                line(4, &at, "W11-RECEPTION took the grant for nik@example.com"),
            ]
        );
    }
}

story! {
    async fn a_suspension_is_told_of_all_that_it_ended(house: House) {
        let _phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let login = workstation.open_push("nik").await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        let events = house.events().await;
        let ended: Vec<_> =
            events.iter().filter(|event| event.entity == Entity::Login(login.id())).collect();
        let [opened, ended] = &ended[..] else { panic!("{ended:?}") };
        assert_eq!(opened.sentence, "nik@example.com opened a login on W11-RECEPTION");
        assert_eq!(ended.sentence, "a login was cancelled: nik@example.com was suspended");
        assert!(matches!(ended.actor, Actor::Admin { .. }));
        let suspended = events.iter().find(|event| event.sentence == "nik@example.com was suspended");
        assert_eq!(suspended.unwrap().entity, Entity::Technician(house.nik.id));
        assert_eq!(suspended.unwrap().actor, ended.actor);
    }
}

story! {
    async fn what_was_typed_is_kept_only_where_it_named_somebody(house: House) {
        let _phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        workstation.open_push("hunter2-my-password").await.unwrap();
        let events = serde_json::to_string(&house.events().await).unwrap();
        assert!(!events.contains("hunter2"), "people type passwords there");
        assert!(events.contains("nobody has the name that was typed"));
    }
}
