//! Every change of all this is on the record, once.

use std::collections::BTreeMap;

use countersign_client::Paging;
use countersign_protocol::wire::admin::TenantSettings;

use super::{STEP, code, colleague, derived, shared, short_visit, visit};
use crate::{
    house::{House, entity_key, versions},
    story,
};

/// Every version of every row has its event, once.
pub async fn versions_are_on_the_record(house: &House) {
    let mut told: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for event in house.events().await.iter().filter(|event| !event.fact.is_observation()) {
        told.entry(entity_key(event.entity)).or_default().push(event.version);
    }
    for (entity, version) in versions(&house.place).await {
        let mut events = told.remove(&entity).unwrap_or_default();
        events.sort_unstable();
        assert_eq!(events, (1..=version).collect::<Vec<_>>(), "{entity}");
    }
    assert_eq!(told, BTreeMap::new(), "events of rows that are not there");
}

story! {
    async fn every_row_s_versions_are_on_the_record_without_gaps(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (_, anns) = colleague(&house, "ann").await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        short_visit(&anns, "ann", &at).await;
        phone.fetch_codes().await.unwrap();
        anns.fetch_codes().await.unwrap();
        let (prompt, shown) = code(&phone, &at, "nik");
        at.enters_offline("nik", &shown.code).unwrap();
        phone.tell_shown(&prompt, &shown).await.unwrap();
        at.uploads().await.unwrap();
        house.admin.rotate_offline_secrets(house.tenant.id).await.unwrap();
        house.admin.rotate_offline_secrets(house.tenant.id).await.unwrap();
        anns.fetch_codes().await.unwrap();
        house.admin.lost_phone(phone.id()).await.unwrap();
        house.admin.resume_device(phone.id()).await.unwrap();
        house.admin.replace_offline_secrets(at.workstation.id()).await.unwrap();
        house.settings(shared()).await;
        phone.fetch_codes().await.unwrap();
        house.admin.rotate_offline_secrets(house.tenant.id).await.unwrap();
        house.admin.undelegate(house.tenant.id, house.nik.id).await.unwrap();
        house.admin.delegate(house.tenant.id, house.nik.id).await.unwrap();
        house.settings(derived()).await;
        phone.fetch_codes().await.unwrap();
        at.sync().await.unwrap();
        house.pass(STEP).await;
        let (prompt, shown) = code(&phone, &at, "nik");
        at.enters_offline("nik", &shown.code).unwrap();
        at.uploads().await.unwrap();
        phone.tell_shown(&prompt, &shown).await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        house.admin.resume_technician(house.nik.id).await.unwrap();
        house.settings(TenantSettings::default()).await;
        let session = visit(&anns, "ann", &at).await;
        house.admin.end_session(session.id).await.unwrap();
        at.sync().await.unwrap();
        let asked = house.admin.ask_for_recovery(at.workstation.id(), "storm").await.unwrap();
        house.admin.recovery(asked.id).await.unwrap();
        house.admin.remove_technician(house.nik.id).await.unwrap();
        at.sync().await.unwrap();

        versions_are_on_the_record(&house).await;
        let sessions = house.admin.sessions(&Paging::default()).await.unwrap().items;
        assert_eq!(sessions.len(), 5);
    }
}
