//! From the transaction that decided into the tree.

use std::{collections::HashSet, time::Duration};

use countersign_protocol::wire::mobile::DenyReason;

use super::Log;
use crate::{house::House, story};

async fn a_busy_morning(house: &House) {
    let phone = house.phone_of(&house.nik).await;
    let workstation = house.workstation("W11-RECEPTION").await;
    for _ in 0..3 {
        let mut login = workstation.open_push("nik").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        workstation.take_grant(&mut login).await.unwrap();
    }
    let login = workstation.open_push("nik").await.unwrap();
    phone.deny(login.id(), DenyReason::Mistake).await.unwrap();
}

story! {
    async fn what_was_decided_stands_in_the_log_once_and_leaves_the_outbox(house: House) {
        a_busy_morning(&house).await;
        let decided: HashSet<_> = house.events().await.into_iter().map(|event| event.id).collect();
        let log = Log::flushed(&house).await;
        log.is_sound();
        let recorded: HashSet<_> = log.entries.iter().map(|entry| entry.event.id).collect();
        assert_eq!(recorded, decided);
        assert!(log.entries.len() > 15, "{}", log.entries.len());
        assert_eq!(log.waiting, Vec::<String>::new());
        assert_eq!(log.opened(log.notes.last().unwrap()).size, log.size);
    }
}

story! {
    async fn what_comes_twice_or_again_after_its_recording_is_known(house: House) {
        a_busy_morning(&house).await;
        let before = Log::flushed(&house).await;
        // As from a stream whose acknowledgement was lost.
        let entries: Vec<_> = before
            .entries
            .iter()
            .chain(&before.entries)
            .map(|entry| {
                countersign::store::audit::NewEntry::parse(entry.body.clone(), entry.event.id).unwrap()
            })
            .collect();
        let now = house.node.context.now();
        let again = countersign::store::audit::append(&house.node.context.store, &entries, now);
        let again = again.await.unwrap();
        assert_eq!((again.added, again.known), (0, entries.len()));
        let after = Log::flushed(&house).await;
        after.is_sound();
        assert_eq!(after.size, before.size);
    }
}

story! {
    async fn every_earlier_checkpoint_is_the_root_of_what_stands_before_it(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut heads = Vec::new();
        for _ in 0..4 {
            workstation.open_push("nobody").await.unwrap();
            house.clock.advance(Duration::from_secs(61));
            let log = Log::flushed(&house).await;
            heads.push(log.opened(log.notes.last().unwrap()));
        }
        let log = Log::flushed(&house).await;
        log.is_sound();
        assert!(heads.windows(2).all(|pair| pair[0].size < pair[1].size));
        for head in heads {
            assert_eq!(log.root(head.size), head.root);
        }
    }
}

story! {
    async fn msps_have_logs_of_their_own(house: House) {
        let (rival, _) = house.another_msp().await;
        a_busy_morning(&house).await;
        let ours = Log::flushed(&house).await;
        let theirs = Log::read(&house.place, rival).await;
        ours.is_sound();
        theirs.is_sound();
        assert!(theirs.size > 0 && ours.entries.iter().all(|entry| entry.event.msp == house.msp));
        assert!(theirs.keys.keys().all(|name| !ours.keys.contains_key(name)));
    }
}

story! {
    async fn what_an_operator_must_watch_is_measured(house: House) {
        a_busy_morning(&house).await;
        house.flush().await;
        house.node.audit.measure().await.unwrap();
        let text = reqwest::get(house.node.metrics.clone()).await.unwrap().text().await.unwrap();
        let mut measured = vec![
            "audit_added_total{source=\"",
            "audit_batch_size_bucket",
            "audit_flush_duration_seconds_count",
            "audit_dead_letters_total 0",
            "audit_observations_lost_total 0",
            "audit_outbox_age_milliseconds 0",
        ];
        if house.node.audit.stream.is_some() {
            measured.push("audit_stream_entries{shard=\"3\"}");
            measured.push("audit_stream_age_milliseconds{shard=\"3\"}");
        }
        for name in measured {
            assert!(text.contains(&format!("countersign_{name}")), "{name}: {text}");
        }
    }
}
