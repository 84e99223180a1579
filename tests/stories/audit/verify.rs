//! What a sound log looks like to an auditor, in the database and in an export alone.

use std::time::Duration;

use countersign::audit::verify::{
    Expected, ExportError, Kind, RelyingParties, notes_in, verify_export,
};
use serde_json::Value;

use super::{
    Log,
    auditor::{export, first, kept_with_keys, verified, verified_export},
};
use crate::{house::House, story};

/// Two logins that are approved and one that is not, a while apart.
pub async fn two_mornings(house: &House) -> (Log, Log) {
    let phone = house.phone_of(&house.nik).await;
    let workstation = house.workstation("W11-RECEPTION").await;
    let mut logs = Vec::new();
    for _ in 0..2 {
        let mut login = workstation.open_push("nik").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        workstation.take_grant(&mut login).await.unwrap();
        workstation.open_push("nobody").await.unwrap();
        logs.push(Log::flushed(house).await);
        house.clock.advance(Duration::from_secs(61));
    }
    let second = logs.pop().unwrap();
    (logs.pop().unwrap(), second)
}

story! {
    async fn a_sound_log_is_sound_in_the_database_and_in_an_export(house: House) {
        let (first_log, log) = two_mornings(&house).await;
        let expected = kept_with_keys(&first_log);
        let report = verified(&house, &expected).await;
        assert_eq!(first(&report), None, "{report}");
        assert_eq!((report.entries, report.approvals, report.exit_code()), (log.size, 2, 0));
        // The two that are stored, and the older of them once more.
        assert_eq!(report.checkpoints, log.notes.len() as u64 + 1);
        assert_eq!(report.root, Some(log.root(log.size)));
        assert_eq!(report.origins, [house.node.public_url.as_str().trim_end_matches('/')]);
        let offline = verified_export(&export(&house, &log), &expected);
        assert_eq!(first(&offline), None, "{offline}");
        assert_eq!((offline.entries, offline.approvals), (log.size, 2));
        assert_eq!(offline.relying_party.as_deref(), Some("localhost"), "from the approvals themselves");
    }
}

/// The export with one line changed.
fn with_line(text: &str, at: usize, change: impl FnOnce(&mut Value)) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut line: Value = serde_json::from_str(&lines[at]).unwrap();
    change(&mut line);
    lines[at] = line.to_string();
    lines.join("\n") + "\n"
}

story! {
    async fn a_tampered_export_is_found_out_at_its_first_wrong_position(house: House) {
        let (first_log, log) = two_mornings(&house).await;
        let (text, kept) = (export(&house, &log), kept_with_keys(&first_log));
        let size = log.size;
        let lines: Vec<&str> = text.lines().collect();
        // Line 0 is the header: position p stands in line p + 1.
        let one_byte = with_line(&text, 4, |line| {
            let body = line["body"].as_str().unwrap().replacen("was made", "was fade", 1);
            assert_ne!(line["body"], body);
            line["body"] = body.into();
        });
        let swapped = [&lines[..6], &[lines[7], lines[6]], &lines[8..]].concat().join("\n");
        let relabelled = with_line(&with_line(&text, 6, |line| line["position"] = 6.into()), 7, |line| {
            line["position"] = 5.into();
        });
        let relabelled: Vec<&str> = relabelled.lines().collect();
        let relabelled = [&relabelled[..6], &[relabelled[7], relabelled[6]], &relabelled[8..]].concat().join("\n");
        let deleted = [&lines[..6], &lines[7..]].concat().join("\n");
        let no_end = lines[..lines.len() - 1].join("\n");
        let half = text[..text.len() * 2 / 3].to_owned();
        let cut_with_an_end = {
            let first_size = usize::try_from(first_log.size).unwrap() - 1;
            let end = format!("{{\"end\":{{\"through\":{},\"entries\":{first_size}}}}}", first_size - 1);
            [&lines[..=first_size], &[end.as_str()]].concat().join("\n")
        };
        let pruned = with_line(&text, 9, |line| line["body"] = Value::Null);
        let note = with_line(&text, 0, |line| {
            let note = line["checkpoints"][0].as_str().unwrap();
            let other = note.replacen(&first_log.root(first_log.size).to_string(), &log.root(size).to_string(), 1);
            line["checkpoints"][0] = other.into();
        });
        let at = |position, kind| Some((Some(position), kind));
        for (name, text, found) in [
            ("one byte", one_byte, at(3, Kind::EntryChanged)),
            ("two swapped", swapped, at(5, Kind::EntryMoved)),
            ("two swapped, and renumbered", relabelled, at(0, Kind::HistoryRewritten)),
            ("one deleted", deleted, at(5, Kind::EntryDeleted)),
            ("no end", no_end, at(size, Kind::Truncated)),
            ("a text that is gone", pruned, at(8, Kind::BodyMissing)),
            ("another checkpoint", note, at(first_log.size, Kind::CheckpointChanged)),
            ("cut, with an end", cut_with_an_end, at(first_log.size - 1, Kind::TailCut)),
        ] {
            let report = verified_export(&text, &kept);
            assert_eq!(first(&report), found, "{name}: {report}");
            assert!(!report.sound && report.exit_code() >= 10, "{name}");
        }
        let report = verified_export(&half, &kept);
        assert_eq!(report.findings[0].kind, Kind::Truncated, "{report}");
        // What is not a whole export is refused at once.
        let filtered = with_line(&text, 0, |line| line["filtered"] = true.into());
        let refused = verify_export(filtered.as_bytes(), &kept, RelyingParties::default(), |_| {});
        assert!(matches!(refused, Err(ExportError::Filtered)));
        let newer = with_line(&text, 0, |line| line["countersign_audit"] = 2.into());
        let refused = verify_export(newer.as_bytes(), &kept, RelyingParties::default(), |_| {});
        assert!(matches!(refused, Err(ExportError::Malformed(_))));
    }
}

story! {
    async fn a_checkpoint_of_a_log_that_is_not_there_is_told(house: House) {
        let (rival, _) = house.another_msp().await;
        let log = Log::flushed(&house).await;
        let theirs = Log::read(&house.place, rival).await;
        let kept = Expected { notes: theirs.notes.clone(), keys: Vec::new() };
        let report = verified_export(&export(&house, &log), &kept);
        assert_eq!(first(&report), Some((None, Kind::LogMissing)), "{report}");
        // A file of many checkpoints is taken apart by whose they are.
        let shipped = [&log.notes[..], &theirs.notes[..]].concat().join("\n");
        let all = Expected { notes: notes_in(&shipped).unwrap(), keys: Vec::new() };
        let (ours, others) = all.split(house.msp);
        assert_eq!((ours.notes, others.notes), (log.notes, theirs.notes));
    }
}
