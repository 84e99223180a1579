//! Whoever owns the database changes the log, and an auditor who kept one old checkpoint names what was done.

use std::collections::HashMap;

use countersign::audit::{
    Notary, sign_checkpoints,
    verify::{Expected, Kind},
};
use countersign_protocol::audit::{Frontier, Hash, leaf_hash};
use tokio::sync::Mutex;

use super::{
    Log,
    attack::{behind, keep, put_back, without_triggers},
    auditor::{first, kept, verified},
    verify::two_mornings,
};
use crate::{house::House, story};

/// A notary of a fresh process.
fn notary(house: &House) -> Notary {
    let notary = &house.node.audit.notary;
    Notary {
        store: notary.store.clone(),
        keys: notary.keys.clone(),
        clock: notary.clock.clone(),
        random: notary.random.clone(),
        prefix: notary.prefix.clone(),
        shipped: Default::default(),
        known: Mutex::new(HashMap::new()),
    }
}

story! {
    async fn each_tampering_is_named_where_it_begins(house: House) {
        let (old, log) = two_mornings(&house).await;
        without_triggers(&house).await;
        keep(&house, "now").await;
        let (kept, size) = (kept(&old), log.size);
        let at = |position, kind| Some((Some(position), kind));
        let whole = |kind| Some((None, kind));
        let tamperings = [
            ("a byte of a text", "UPDATE audit_events SET body = replace(body, 'was made', 'was fade') WHERE position = 3", at(3, Kind::EntryChanged)),
            ("the instant", "UPDATE audit_events SET recorded_at = (SELECT e.recorded_at FROM audit_events e WHERE e.msp = {msp} AND e.position = 0) WHERE position = 19 AND msp = {msp}", at(19, Kind::EntryChanged)),
            ("a text taken away", "DELETE FROM audit_events WHERE position = 5", at(5, Kind::BodyMissing)),
            ("a leaf taken away", "DELETE FROM audit_leaves WHERE position = 5", at(5, Kind::EntryDeleted)),
            ("a whole entry taken away", "DELETE FROM audit_events WHERE position = 5; DELETE FROM audit_leaves WHERE position = 5", at(5, Kind::EntryDeleted)),
            ("two swapped", "UPDATE audit_events SET position = 99 WHERE position = 4; UPDATE audit_events SET position = 4 WHERE position = 7; UPDATE audit_events SET position = 7 WHERE position = 99", at(4, Kind::EntryMoved)),
            ("two swapped with their leaves", "UPDATE audit_events SET position = 99 WHERE position = 4; UPDATE audit_events SET position = 4 WHERE position = 7; UPDATE audit_events SET position = 7 WHERE position = 99;
              UPDATE audit_leaves SET position = 99 WHERE position = 4; UPDATE audit_leaves SET position = 4 WHERE position = 7; UPDATE audit_leaves SET position = 7 WHERE position = 99", at(0, Kind::HistoryRewritten)),
            ("the tail cut", "DELETE FROM audit_events WHERE position >= 12; DELETE FROM audit_leaves WHERE position >= 12", at(12, Kind::TailCut)),
            ("the kind beside the text", "UPDATE audit_events SET kind = 'x' WHERE position = 6", at(6, Kind::ColumnChanged)),
            ("the sentence beside the text", "UPDATE audit_events SET sentence = 'nothing' WHERE position = 6", at(6, Kind::ColumnChanged)),
            ("the outcome beside the text", "UPDATE audit_events SET outcome = 'x' WHERE position = 6", at(6, Kind::ColumnChanged)),
            ("the tenant beside the text", "UPDATE audit_events SET tenant = msp WHERE position = 6", at(6, Kind::ColumnChanged)),
            ("the technician beside the text", "UPDATE audit_events SET technician = msp WHERE position = 6", at(6, Kind::ColumnChanged)),
            ("the workstation beside the text", "UPDATE audit_events SET workstation = msp WHERE position = 6", at(6, Kind::ColumnChanged)),
            ("the account beside the text", "UPDATE audit_events SET account = 'x' WHERE position = 6", at(6, Kind::ColumnChanged)),
            ("the id beside the text", "UPDATE audit_events SET event_id = msp WHERE position = 6", at(6, Kind::ColumnChanged)),
            ("a checkpoint taken from another", "UPDATE audit_checkpoints SET note = (SELECT c.note FROM audit_checkpoints c WHERE c.msp = {msp} ORDER BY c.size DESC LIMIT 1)", at(old.size, Kind::CheckpointChanged)),
            ("a checkpoint that can't be read", "UPDATE audit_checkpoints SET note = 'x'", at(old.size, Kind::CheckpointChanged)),
            ("the head's size", "UPDATE audit_logs SET size = size + 1", at(size, Kind::TailCut)),
            ("the head's edge", "UPDATE audit_logs SET frontier = (SELECT hash FROM audit_leaves WHERE msp = {msp} AND position = 0)", at(size, Kind::HeadChanged)),
            ("a node out of nowhere", "INSERT INTO audit_nodes SELECT msp, 1, 0, hash FROM audit_leaves WHERE msp = {msp} AND position = 0", None),
            ("the public key", "UPDATE audit_origins SET public_key = (SELECT hash FROM audit_leaves WHERE msp = {msp} AND position = 0)", whole(Kind::LogKeyReplaced)),
        ];
        for (name, sql, found) in tamperings {
            behind(&house, sql).await;
            let report = verified(&house, &kept).await;
            assert_eq!(first(&report), found, "{name}: {report}");
            put_back(&house, "now").await;
        }
        let report = verified(&house, &kept).await;
        assert_eq!(first(&report), None, "{report}");
    }
}

story! {
    async fn an_older_copy_of_the_database_is_named(house: House) {
        let workstation = house.workstation("W11-RECEPTION").await;
        workstation.open_push("nobody").await.unwrap();
        let old = Log::flushed(&house).await;
        without_triggers(&house).await;
        keep(&house, "old").await;
        workstation.open_push("nobody").await.unwrap();
        let log = Log::flushed(&house).await;
        put_back(&house, "old").await;
        let report = verified(&house, &kept(&old)).await;
        assert_eq!(first(&report), None, "an older copy is sound by itself: {report}");
        let report = verified(&house, &kept(&log)).await;
        assert_eq!(first(&report), Some((Some(old.size), Kind::RolledBack)), "{report}");
        assert_eq!(report.exit_code(), 17);
    }
}

/// Writes the log anew with another text at `position`, hashes and nodes and head and all.
async fn rewrite(house: &House, log: &Log, position: usize) {
    let mut frontier = Frontier::default();
    let text = log.entries[position].body.replace("Acme", "Acne");
    assert_ne!(text, log.entries[position].body);
    for (at, entry) in log.entries.iter().enumerate() {
        let leaf = if at == position {
            let at = countersign_protocol::Instant::from_unix_millis(entry.recorded_at);
            leaf_hash(&countersign_protocol::audit::entry(at, &text).unwrap())
        } else {
            Hash(entry.hash.clone().try_into().unwrap())
        };
        if at == position {
            let changed = format!(
                "UPDATE audit_events SET body = replace(body, 'Acme', 'Acne'), sentence = replace(sentence, 'Acme', 'Acne')
                 WHERE msp = {{msp}} AND position = {at};
                 UPDATE audit_leaves SET hash = {} WHERE msp = {{msp}} AND position = {at}",
                bytes(house, &leaf.0)
            );
            behind(house, &changed).await;
        }
        frontier.push(leaf, |_, _, _| {});
    }
    let head = format!(
        "UPDATE audit_logs SET signed_size = 0, frontier = {} WHERE msp = {{msp}}; DELETE FROM audit_checkpoints WHERE msp = {{msp}}",
        bytes(house, &frontier.to_bytes())
    );
    behind(house, &head).await;
}

/// Bytes as this database writes them.
pub fn bytes(house: &House, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match house.place.behind_the_walls() {
        crate::house::Behind::File(_) => format!("x'{hex}'"),
        crate::house::Behind::Superuser(_) => format!("'\\x{hex}'::bytea"),
    }
}

story! {
    async fn a_log_that_was_rewritten_and_signed_anew_is_not_the_one_that_was_kept(house: House) {
        let (old, log) = two_mornings(&house).await;
        without_triggers(&house).await;
        rewrite(&house, &log, 0).await;
        // By whoever holds the service's keys.
        sign_checkpoints(&notary(&house)).await.unwrap();
        let report = verified(&house, &Expected::default()).await;
        assert_eq!(first(&report), None, "by itself it looks sound: {report}");
        let report = verified(&house, &kept(&old)).await;
        assert_eq!(first(&report), Some((Some(0), Kind::HistoryRewritten)), "{report}");
    }
}

story! {
    async fn a_log_key_that_was_replaced_is_named_with_a_checkpoint_or_a_key_that_was_kept(house: House) {
        let (old, _) = two_mornings(&house).await;
        without_triggers(&house).await;
        let attacker = notary(&house);
        let new = attacker.new_origin(house.msp, 1, 0).unwrap();
        let replaced = format!(
            "UPDATE audit_origins SET public_key = {}, sealed = {} WHERE msp = {{msp}};
             UPDATE audit_logs SET signed_size = 0 WHERE msp = {{msp}}; DELETE FROM audit_checkpoints WHERE msp = {{msp}}",
            bytes(&house, &new.public_key),
            bytes(&house, &new.sealed)
        );
        behind(&house, &replaced).await;
        sign_checkpoints(&attacker).await.unwrap();
        let report = verified(&house, &Expected::default()).await;
        assert_eq!(first(&report), None, "by itself it looks sound: {report}");
        let by_note = kept(&old);
        let by_key = Expected { notes: Vec::new(), keys: old.keys.values().cloned().collect() };
        for kept in [by_note, by_key] {
            let report = verified(&house, &kept).await;
            assert_eq!(first(&report), Some((None, Kind::LogKeyReplaced)), "{report}");
        }
    }
}
