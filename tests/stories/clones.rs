//! Copies of a workstation's disk, and new keys for known hardware.

use countersign::domain::{Entity, Fact};
use countersign_client::{
    DeviceKey, EncryptionKey, Nowhere, OpenedLogin, Result, Workstation, WorkstationKeys,
};
use countersign_protocol::{
    ProblemCode, ReplacementId,
    wire::{Status, admin::CreateEnrolmentToken, desktop::EnrolmentState},
};
use countersign_testkit::SoftWorkstation;

use crate::{house::House, refusal::refused, story};

async fn open(workstation: &SoftWorkstation) -> Result<OpenedLogin> {
    workstation.open_push("nik@example.com").await
}

async fn status(house: &House, workstation: &SoftWorkstation) -> Status {
    house.admin.workstation(workstation.workstation.id()).await.unwrap().status
}

story! {
    async fn a_copy_of_a_disk_quarantines_the_workstation_until_an_admin_releases_it(house: House) {
        let machine = house.workstation("W11-RECEPTION").await;
        let copy = machine.cloned().await.unwrap();
        open(&machine).await.unwrap();
        refused(open(&copy).await, ProblemCode::Quarantined);
        assert_eq!(status(&house, &machine).await, Status::Quarantined);

        // The service can't tell which of the two is the copy: neither opens anything.
        refused(open(&machine).await, ProblemCode::Quarantined);
        let events = house.events().await;
        let entity = Entity::Workstation(machine.workstation.id());
        let event = events.iter().find(|event| {
            event.entity == entity && matches!(event.fact, Fact::WorkstationQuarantined { .. })
        });
        let sentence = &event.expect("an event of the quarantine").sentence;
        assert!(sentence.starts_with("W11-RECEPTION was quarantined"), "{sentence}");

        house.admin.release_workstation(machine.workstation.id()).await.unwrap();
        open(&machine).await.unwrap();
        assert_eq!(status(&house, &machine).await, Status::Active);
        // The copy is still one.
        refused(open(&copy).await, ProblemCode::Quarantined);
    }
}

story! {
    async fn a_restored_image_quarantines_the_workstation(house: House) {
        let machine = house.workstation("W11-RECEPTION").await;
        let image = machine.cloned().await.unwrap();
        for _ in 0..3 {
            machine.workstation.own().await.unwrap();
            house.pass(std::time::Duration::from_secs(600)).await;
        }
        drop(machine);
        refused(open(&image).await, ProblemCode::Quarantined);
        assert_eq!(status(&house, &image).await, Status::Quarantined);
    }
}

/// New keys for the hardware of a workstation that is there already.
struct Rebuilt {
    old: SoftWorkstation,
    new: SoftWorkstation,
}

impl Rebuilt {
    async fn at(house: &House) -> Self {
        let old = house.workstation("W11-RECEPTION").await;
        let token = house.token(&house.tenant, 1).await;
        let new =
            SoftWorkstation::enrol_through(house.transport(), &token, old.facts.clone()).await;
        let new = new.unwrap();
        assert_eq!(new.enrolment.state, EnrolmentState::AwaitsReplacement);
        assert_eq!(new.enrolment.workstation_id, old.workstation.id());
        Self { old, new }
    }

    fn replacement(&self) -> ReplacementId {
        self.new.enrolment.replacement_id.expect("a pending replacement")
    }

    /// Checks that the old key still is the workstation's, and the new one opens nothing.
    async fn is_not_made(&self) {
        open(&self.old).await.unwrap();
        refused(open(&self.new).await, ProblemCode::InvalidAssertion);
    }

    /// Checks that the new key is the workstation's, and the old one opens nothing.
    async fn is_made(&self) {
        let enrolment = self.new.enrolment_again().await.unwrap();
        assert_eq!(enrolment.state, EnrolmentState::Active);
        let keys = self.new.workstation.keys();
        let keys = WorkstationKeys {
            signing: DeviceKey::from_pkcs8(&keys.signing.to_pkcs8().unwrap()).unwrap(),
            encryption: EncryptionKey::from_der(&keys.encryption.to_der().unwrap()).unwrap(),
        };
        let transport = self.new.workstation.transport().clone();
        let new = Workstation::enrolled(transport, keys, &enrolment, Nowhere).unwrap();
        new.own().await.unwrap();
        refused(open(&self.old).await, ProblemCode::InvalidAssertion);
    }
}

story! {
    async fn known_hardware_gets_no_new_keys_without_consent(house: House) {
        let rebuilt = Rebuilt::at(&house).await;
        rebuilt.is_not_made().await;
        let again = rebuilt.new.enrolment_again().await.unwrap();
        assert_eq!(again.state, EnrolmentState::AwaitsReplacement);
        rebuilt.is_not_made().await;
    }
}

story! {
    async fn the_new_key_can_not_consent_to_itself_nor_can_another_workstation(house: House) {
        let rebuilt = Rebuilt::at(&house).await;
        let itself = rebuilt.new.workstation.consent(rebuilt.replacement()).await;
        refused(itself, ProblemCode::InvalidAssertion);
        let other = house.workstation("W11-STORAGE").await;
        let others = other.workstation.consent(rebuilt.replacement()).await;
        refused(others, ProblemCode::NotFound);
        rebuilt.is_not_made().await;
    }
}

story! {
    async fn the_old_key_consents_to_the_new_ones(house: House) {
        let rebuilt = Rebuilt::at(&house).await;
        rebuilt.old.workstation.consent(rebuilt.replacement()).await.unwrap();
        rebuilt.is_made().await;
    }
}

story! {
    async fn an_admin_consents_to_new_keys(house: House) {
        let rebuilt = Rebuilt::at(&house).await;
        let id = rebuilt.old.workstation.id();
        let compared = &rebuilt.old.workstation.keys().signing.thumbprint();
        refused(house.admin.confirm_workstation(id, compared).await, ProblemCode::Conflict);
        house.admin.confirm_workstation(id, &rebuilt.new.workstation.keys().signing.thumbprint()).await.unwrap();
        rebuilt.is_made().await;
    }
}

story! {
    async fn a_token_made_for_one_workstation_is_the_consent(house: House) {
        let old = house.workstation("W11-RECEPTION").await;
        let asked = CreateEnrolmentToken {
            uses: 1,
            expires_in: 3600,
            auto_confirm: false,
            workstation_id: Some(old.workstation.id()),
        };
        let made = house.admin.create_enrolment_token(house.tenant.id, &asked).await.unwrap();
        let (token, facts) = (made.token.unwrap(), old.facts.clone());
        let new = SoftWorkstation::enrol_through(house.transport(), &token, facts).await.unwrap();
        assert_eq!(new.enrolment.state, EnrolmentState::Active);
        open(&new).await.unwrap();
        refused(open(&old).await, ProblemCode::InvalidAssertion);
    }
}
