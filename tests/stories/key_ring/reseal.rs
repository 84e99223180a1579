//! Sealing anew, cut off, overtaken, and before what can't be opened.

use std::{sync::Arc, time::Duration};

use countersign::{
    ambient::SystemRandom,
    auth::KeyRing,
    domain::SealedTable,
    flows::keys,
    push::{SealedTokens, TokenStore},
    store::{Scope, sealed},
};
use countersign_protocol::wire::admin::CreateTenant;
use tokio::sync::Notify;

use super::{all_open, resealed, ring_file, under};
use crate::{accounts::shared, house::House, story};

/// Makes a new key the current one, here and in the file.
fn rotated(house: &House) -> u8 {
    let path = ring_file(house);
    let new = KeyRing::add(&path, &SystemRandom::new()).unwrap();
    KeyRing::promote(&path, new).unwrap();
    house.node.context.keys.reload(&path).unwrap();
    new
}

fn tokens(house: &House) -> SealedTokens {
    let ctx = &house.node.context;
    let (store, keys) = (Arc::clone(&ctx.store), Arc::clone(&ctx.keys));
    SealedTokens { store, keys, random: Arc::new(SystemRandom::new()) }
}

story! {
    async fn cut_off_half_way_it_goes_on_where_it_stopped(house: House) {
        let mill = CreateTenant { name: "Mill".into(), settings: shared() };
        let mill = house.admin.create_tenant(&mill).await.unwrap();
        for _ in 0..300 {
            house.admin.rotate_offline_secrets(mill.id).await.unwrap();
        }
        let new = rotated(&house);
        let (before, ring) = (under(&house, 1).await, KeyRing::load(&ring_file(&house)).unwrap());
        let reached = Arc::new(Notify::new());
        let told = Arc::clone(&reached);
        let random = SystemRandom::new();
        let mut tell = move |done: u64, _: u64| if done > 100 { told.notify_one() };
        let running = keys::reseal(&house.node.context.store, &ring, &random, &mut tell);
        tokio::select! {
            biased;
            () = reached.notified() => {}
            done = running => panic!("it was to be cut off: {done:?}"),
        }
        let left = under(&house, 1).await;
        assert!(left > 0 && before - left > 100, "{left} of {before} left");
        // The statement that was cut off may be carried out all the same, meanwhile.
        assert!([left, left - 1].contains(&resealed(&house).await.done), "{left} left");
        assert_eq!((under(&house, 1).await, under(&house, new).await), (0, before));
        KeyRing::remove(&ring_file(&house), 1).unwrap();
        assert_eq!(u64::try_from(all_open(&house).await).unwrap(), before);
    }
}

story! {
    async fn a_row_that_changed_in_the_meantime_is_not_overwritten(house: House) {
        let (tokens, noon) = (tokens(&house), house.node.context.now());
        tokens.keep("apns", "old", noon).await;
        let new = rotated(&house);
        let (store, place) = (&house.node.context.store, (SealedTable::VendorTokens, Scope::installation().msp));
        let read = sealed::page(store, place, new, None, 10).await.unwrap();
        assert_eq!(read.len(), 1);
        let later = noon + Duration::from_secs(60);
        tokens.keep("apns", "newer", later).await;
        assert!(!sealed::exchange(store, place, &read[0], b"the old one, sealed anew").await.unwrap());
        assert_eq!(tokens.load("apns").await, Some(("newer".into(), later)));
    }
}

story! {
    async fn what_does_not_open_is_told_and_left_and_the_rest_is_done(house: House) {
        let (tokens, noon) = (tokens(&house), house.node.context.now());
        tokens.keep("apns", "moved", noon).await;
        let (store, place) = (&house.node.context.store, (SealedTable::VendorTokens, Scope::installation().msp));
        let read = sealed::page(store, place, 0, None, 10).await.unwrap();
        let mut changed = read[0].sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(sealed::exchange(store, place, &read[0], &changed).await.unwrap());
        let before = under(&house, 1).await;
        let new = rotated(&house);
        let done = resealed(&house).await;
        assert_eq!((done.done, done.refused.len()), (before - 1, 1), "{done:?}");
        assert!(done.refused[0].starts_with("vendor_tokens, apns: "), "{done:?}");
        assert_eq!((under(&house, 1).await, under(&house, new).await), (1, before - 1));
    }
}

story! {
    async fn two_at_once_seal_each_row_once(house: House) {
        let before = under(&house, 1).await;
        rotated(&house);
        let (one, two) = tokio::join!(resealed(&house), resealed(&house));
        assert_eq!(one.done + two.done, before);
        assert!(one.refused.is_empty() && two.refused.is_empty());
        all_open(&house).await;
    }
}
