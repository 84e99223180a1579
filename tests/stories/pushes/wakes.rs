//! Who is woken, and what they are told.

use countersign_client::{DeviceKey, Enrolling, Nowhere};
use countersign_protocol::wire::mobile::PushAddress;
use countersign_testkit::{SoftPasskey, SoftPhone};

use super::cast::{address_is_wanted, brought, fate, phone_at, told, until_told};
use crate::story;

story! {
    async fn every_phone_of_a_technician_is_woken_in_its_language_and_nobody_is_named(
        house: House, vendors: Vendors
    ) {
        let titles = [
            (vendors.apns(), "de-AT", "Eine Anmeldung wartet auf dich"),
            (vendors.fcm(), "fr", "Une connexion vous attend"),
            (vendors.web_push(), "pt-BR", "A login waits for you"),
        ];
        let mut phones = Vec::new();
        for (push, language, _) in &titles {
            let phone = house.phone_of(&house.nik).await;
            phone.phone.set_push_address(Some(push.clone()), Some(language)).await.unwrap();
            phones.push(phone);
        }
        let workstation = house.workstation("W11-RECEPTION").await;
        let login = workstation.open_push("nik").await.unwrap();
        until_told(&vendors, "alert", login.id(), [1, 1, 1]).await;
        for phone in &phones {
            assert_eq!(fate(&house, login.id(), phone).await, "accepted");
        }
        let statement = phones[0].look_at(login.id()).await.unwrap();
        let mut secrets = vec![login.code.unwrap(), statement.msp.id.to_string()];
        secrets.extend([statement.tenant.id.to_string(), statement.technician.id.to_string()]);
        secrets.extend([statement.workstation.id.to_string(), statement.device.id.to_string()]);
        secrets.extend(["nik", "Acme", "Bakery", "RECEPTION", "example.com", "msp-"].map(Into::into));
        let all = brought(&vendors);
        assert_eq!(all.len(), 3);
        for one in all {
            let content = one.content.to_string();
            assert!(content.contains(titles[one.channel].2), "{content}");
            for secret in &secrets {
                assert!(!content.contains(secret.as_str()), "{secret} stands in {content}");
            }
        }
    }
}

story! {
    async fn a_phone_is_told_in_the_language_that_it_named_when_it_was_enrolled(
        house: House, vendors: Vendors
    ) {
        let ticket = house.admin.create_ticket(house.nik.id).await.unwrap().ticket;
        let key = DeviceKey::generate().unwrap();
        let enrolling = Enrolling::start(house.transport(), key, &ticket).await.unwrap();
        let (passkey, facts) = (SoftPasskey::new(), SoftPhone::facts("El teléfono"));
        let push = Some(vendors.fcm());
        enrolling.in_language("es-419").finish(&passkey, facts, push, Nowhere).await.unwrap();
        let workstation = house.workstation("W11-RECEPTION").await;
        let login = workstation.open_push("nik").await.unwrap();
        until_told(&vendors, "alert", login.id(), [0, 1, 0]).await;
        let content = brought(&vendors).remove(0).content;
        assert_eq!(content["notification"]["title"], "Un inicio de sesión te espera");
    }
}

story! {
    async fn a_decoy_a_qr_login_and_a_suspended_technician_wake_nobody(
        house: House, vendors: Vendors
    ) {
        let _phones = [
            phone_at(&house, &house.nik, vendors.apns()).await,
            phone_at(&house, &house.nik, vendors.web_push()).await,
        ];
        let ada = house.technician("ada").await;
        house.admin.delegate(house.tenant.id, ada.id).await.unwrap();
        let other = phone_at(&house, &ada, vendors.fcm()).await;
        let eve = house.technician("eve").await;
        let _elsewhere = phone_at(&house, &eve, vendors.apns()).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        for decoy in ["nobody", "eve"] {
            workstation.open_push(decoy).await.unwrap();
        }
        workstation.open_qr().await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();
        workstation.open_push("nik").await.unwrap();
        // What was opened before this one would have been told by now.
        let login = workstation.open_push("ada").await.unwrap();
        assert_eq!(fate(&house, login.id(), &other).await, "accepted");
        assert_eq!(told(&vendors, "alert", login.id()), [0, 1, 0]);
        assert_eq!((brought(&vendors).len(), vendors.requests()[0], vendors.requests()[2]), (1, 0, 0));
    }
}

story! {
    async fn a_phone_without_an_address_is_asked_for_one_and_spoils_nothing(
        house: House, vendors: Vendors
    ) {
        let dark = house.phone_of(&house.nik).await;
        let _other = phone_at(&house, &house.nik, vendors.fcm()).await;
        assert!(address_is_wanted(&dark).await);
        let workstation = house.workstation("W11-RECEPTION").await;
        let login = workstation.open_push("nik").await.unwrap();
        until_told(&vendors, "alert", login.id(), [0, 1, 0]).await;
        assert!(address_is_wanted(&dark).await, "with a login on its list too");
        let push: PushAddress = vendors.apns();
        dark.phone.set_push_address(Some(push), None).await.unwrap();
        assert!(!address_is_wanted(&dark).await);
        workstation.workstation.resend(login.id()).await.unwrap();
        until_told(&vendors, "alert", login.id(), [1, 2, 0]).await;
    }
}
