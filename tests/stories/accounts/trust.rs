//! What is believed of who was there: claimed, and confirmed once the phone's own record has come.

use countersign_client::{Paging, Request};
use countersign_protocol::{
    Bytes, ProblemCode,
    offline::ShownCode,
    wire::{
        offline::ReportShown,
        sessions::{Session, Trust},
    },
};

use super::{code, colleague, short_visit};
use crate::{
    house::{House, code_of},
    story,
};

pub async fn last(house: &House) -> Session {
    house.admin.sessions(&Paging::default()).await.unwrap().items.pop().unwrap()
}

story! {
    async fn a_session_is_claimed_until_the_phone_s_record_comes(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        let (prompt, shown) = code(&phone, &at, "nik");
        at.enters_offline("nik", &shown.code).unwrap();
        at.uploads().await.unwrap();
        assert_eq!(last(&house).await.trust, Trust::Claimed);
        let line = "nik@example.com (claimed) logged into the desktop W11-RECEPTION offline with account msp-nik";
        assert!(house.sentences().await.iter().any(|told| told == line));
        phone.tell_shown(&prompt, &shown).await.unwrap();
        phone.tell_shown(&prompt, &shown).await.unwrap();
        let confirmed = last(&house).await;
        assert_eq!((confirmed.trust, confirmed.version), (Trust::Confirmed, 2));
    }
}

story! {
    async fn a_record_that_comes_first_waits_for_the_workstation(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        let (prompt, shown) = code(&phone, &at, "nik");
        at.enters_offline("nik", &shown.code).unwrap();
        phone.tell_shown(&prompt, &shown).await.unwrap();
        at.uploads().await.unwrap();
        assert_eq!(last(&house).await.trust, Trust::Confirmed);
        let line = "nik@example.com (confirmed by their phone) logged into the desktop W11-RECEPTION offline with account msp-nik";
        assert!(house.sentences().await.iter().any(|told| told == line));
    }
}

story! {
    async fn a_colleague_s_record_confirms_nothing_of_nik_s(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (_, anns) = colleague(&house, "ann").await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        short_visit(&anns, "ann", &at).await;
        anns.fetch_codes().await.unwrap();
        let (prompt, shown) = code(&anns, &at, "ann");
        // Ann types nik's name: in named mode everybody's code is the same.
        at.enters_offline("nik", &shown.code).unwrap();
        anns.tell_shown(&prompt, &shown).await.unwrap();
        at.uploads().await.unwrap();
        let kept = last(&house).await;
        assert_eq!((kept.trust, kept.technician_id), (Trust::Claimed, Some(house.nik.id)));
    }
}

story! {
    async fn forged_records_and_those_of_another_phone_are_refused_whole(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (ann, anns) = colleague(&house, "ann").await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        let (prompt, shown) = code(&phone, &at, "nik");
        let now = phone.phone.transport().clock().now();
        let good = phone.phone.record_shown(&prompt, &shown, now).unwrap();
        let mut forged = good.clone();
        forged.signature = Bytes([7; 64]);
        let mut moved = good.clone();
        moved.shown.step += 1;
        let theirs = anns.phone.record_shown(&prompt, &shown, now).unwrap();
        let mut signed_by_ann = theirs.clone();
        signed_by_ann.shown = good.shown.clone();
        let mut as_ann = theirs.clone();
        as_ann.signature = Bytes(phone.phone.key().sign(&as_ann.shown.canonical()).unwrap());
        let signed = |change: &dyn Fn(&mut ShownCode)| {
            let mut record = good.clone();
            change(&mut record.shown);
            record.signature = Bytes(phone.phone.key().sign(&record.shown.canonical()).unwrap());
            record
        };
        // Nik's other phone, and ann with nik's.
        let other = house.phone_of(&house.nik).await.id();
        let other = signed(&|shown| shown.device = other);
        let by_ann = signed(&|shown| shown.technician = ann.id);
        for bad in [forged, moved, theirs, signed_by_ann, as_ann, other, by_ann] {
            let refused = phone.phone.report_shown(vec![good.clone(), bad]).await;
            assert_eq!(code_of(refused), Some(ProblemCode::InvalidRequest));
        }
        let none = Request::post("/mobile/v1/offline-codes/shown").json(&ReportShown { shown: vec![] });
        assert_eq!(phone.phone.send(none).await.unwrap().status.as_u16(), 400);
        let mut elsewhere = prompt.clone();
        elsewhere.workstation = countersign_protocol::WorkstationId(uuid::Uuid::from_u128(7));
        let elsewhere = phone.phone.record_shown(&elsewhere, &shown, now).unwrap();
        assert_eq!(code_of(phone.phone.report_shown(vec![elsewhere]).await), Some(ProblemCode::NotFound));
        at.enters_offline("nik", &shown.code).unwrap();
        at.uploads().await.unwrap();
        assert_eq!(last(&house).await.trust, Trust::Claimed, "none was kept");
    }
}
