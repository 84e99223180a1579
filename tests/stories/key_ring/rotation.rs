//! From the old key to the new one, amid everybody's work.

use std::sync::Arc;

use countersign::{
    ambient::SystemRandom,
    auth::KeyRing,
    domain::SealedTable,
    push::{SealedTokens, TokenStore},
};
use countersign_client::Admin;
use countersign_protocol::{
    Bytes, Purpose,
    wire::{
        accounts::MspSettings,
        admin::{AdminRole, CreateAdminToken, CreateTenant},
        desktop::{OpenBy, OpenLogin},
        webhooks::CreateWebhook,
    },
};

use super::{
    all_open, dumped,
    load::{Load, Workers},
    resealed, ring_file, under,
};
use crate::{
    accounts::{shared, visit},
    house::{House, Node},
    story,
};

fn tokens(node: &Node) -> SealedTokens {
    let ctx = &node.context;
    SealedTokens {
        store: Arc::clone(&ctx.store),
        keys: Arc::clone(&ctx.keys),
        random: Arc::new(SystemRandom::new()),
    }
}

fn read_again(house: &House, node: &Node) {
    node.context.keys.reload(&ring_file(house)).unwrap();
}

async fn admin_through(house: &House, node: &Node) -> Admin {
    let asked = CreateAdminToken { name: "second".into(), role: AdminRole::Admin };
    let token = house.admin.create_token(&asked).await.unwrap().token.unwrap();
    Admin::new(node.transport(&house.clock), token)
}

async fn one_admin_is_enough(house: &House) {
    let settings = MspSettings { account_prefix: "msp-".into(), recovery_admins: 1 };
    house.admin.set_msp_settings(&settings).await.unwrap();
}

story! {
    async fn a_rotation_under_load_loses_nothing_and_all_opens_with_the_new_key_alone(house: House) {
        let mut house = house;
        one_admin_is_enough(&house).await;
        let phone = house.phone_of(&house.nik).await;
        // On PostgreSQL, half of the traffic comes by another node.
        let large = house.node.context.store.is_postgres();
        let other = if large { Some(house.another_node().await) } else { None };
        let by = other.as_ref().unwrap_or(&house.node);
        let visited = Arc::new(house.workstation("W11-RECEPTION").await);
        let recovered = house.workstation("W11-ATTIC").await;
        recovered.sync().await.unwrap();
        let mut load = Load::of(Workers {
            phone: house.phone_through(by.transport(&house.clock), &house.nik).await,
            visited: Arc::clone(&visited),
            admin: admin_through(&house, by).await,
            recovered,
            tenant: house.tenant.id,
            tokens: tokens(by),
        });
        load.goes_on(2).await;

        let path = ring_file(&house);
        let new = KeyRing::add(&path, &SystemRandom::new()).unwrap();
        read_again(&house, &house.node);
        load.goes_on(1).await;
        other.iter().for_each(|node| read_again(&house, node));
        load.goes_on(1).await;
        assert_eq!(under(&house, new).await, 0, "it does not seal yet");
        KeyRing::promote(&path, new).unwrap();
        read_again(&house, &house.node);
        load.goes_on(2).await;
        other.iter().for_each(|node| read_again(&house, node));
        load.goes_on(1).await;
        assert!(under(&house, 1).await > 0, "there is something to do");
        let done = resealed(&house).await;
        assert!(done.done > 0 && done.refused.is_empty(), "{done:?}");
        load.goes_on(2).await;
        assert_eq!(under(&house, 1).await, 0, "every node seals with the new one");
        KeyRing::remove(&path, 1).unwrap();
        read_again(&house, &house.node);
        other.iter().for_each(|node| read_again(&house, node));
        load.goes_on(2).await;
        load.stop().await;
        drop(other);

        house.restart().await;
        assert_eq!(house.node.context.keys.ids(), [new]);
        all_open(&house).await;
        let held = tokens(&house.node).load("story").await;
        assert!(held.is_some(), "what a vendor knows the installation by");
        let at = house.workstation("W11-ATTIC-2").await;
        visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        for at in [&visited, &Arc::new(at)] {
            at.sync().await.unwrap();
            let shown = phone.show(&at.prompt("nik").unwrap()).unwrap();
            at.enters_offline("nik", &shown.code).unwrap();
        }
        let asked = house.admin.ask_for_recovery(visited.workstation.id(), "a storm").await.unwrap();
        assert!(house.admin.recovery(asked.id).await.unwrap().code.is_some());
        house.flush().await;
        assert_eq!(resealed(&house).await.done, 0);
    }
}

story! {
    async fn what_was_begun_under_the_old_key_is_ended_under_the_new_one(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let (pushed, scanned) = (house.workstation("ONE").await, house.workstation("TWO").await);
        let path = ring_file(&house);
        let new = KeyRing::add(&path, &SystemRandom::new()).unwrap();
        read_again(&house, &house.node);
        let by_name = OpenLogin {
            by: OpenBy::Push { name: "nik".into() },
            purpose: Purpose::SignIn,
            os_session: "console".into(),
            nonce: Bytes([7; 32]),
        };
        let login = pushed.workstation.open_as("only-once", &by_name).await.unwrap();
        let qr = scanned.open_qr().await.unwrap();
        KeyRing::promote(&path, new).unwrap();
        read_again(&house, &house.node);
        let again = pushed.workstation.open_as("only-once", &by_name).await.unwrap();
        assert_eq!((again.id(), &again.code), (login.id(), &login.code), "the same request");
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        phone.approve_qr(&scanned.qr_link(&qr)).await.unwrap();
        phone.phone.refresh().await.unwrap();
    }
}

story! {
    async fn every_table_with_sealed_values_is_known_and_none_is_left_under_the_old_key(house: House) {
        one_admin_is_enough(&house).await;
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        visit(&phone, "nik", &at).await;
        at.sync().await.unwrap();
        let (_, rival) = house.another_msp().await;
        let mill = CreateTenant { name: "Mill".into(), settings: shared() };
        rival.create_tenant(&mill).await.unwrap();
        let noon = house.node.context.now();
        tokens(&house.node).keep("apns", "a token", noon).await;
        let url = "https://siem.example.com/".to_owned();
        let siem = CreateWebhook { url, ..CreateWebhook::default() };
        let siem = rival.create_webhook(&siem).await.unwrap().id;
        rival.rotate_webhook_secret(siem, 3600).await.unwrap();
        house.flush().await;
        let values = dumped(&house).await;
        let mut tables: Vec<&str> = values.iter().map(|(table, _)| table.as_str()).collect();
        tables.sort_unstable();
        tables.dedup();
        let mut known = SealedTable::ALL.map(|it| format!("{}.{}", it.as_str(), it.column()));
        known.sort_unstable();
        assert_eq!(tables, known, "a table that seals is in SealedTable, and this story fills it");
        assert!(values.iter().all(|(_, value)| value[..2] == [1, 1]), "version and key");

        let path = ring_file(&house);
        let new = KeyRing::add(&path, &SystemRandom::new()).unwrap();
        KeyRing::promote(&path, new).unwrap();
        read_again(&house, &house.node);
        let done = resealed(&house).await;
        assert_eq!(usize::try_from(done.done).unwrap(), values.len());
        let census: u64 = done.census.iter().map(|under| under.rows).sum();
        assert!(census == done.done && done.census.iter().all(|under| under.key == new), "{done:?}");
        let after = dumped(&house).await;
        assert_eq!(after.len(), values.len());
        assert!(after.iter().all(|(_, value)| value[..2] == [1, new]));
        assert_eq!(all_open(&house).await, values.len());
    }
}
