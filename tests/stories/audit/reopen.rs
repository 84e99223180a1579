//! A backup was restored: the log goes on under a new name, and says what it lost.

use countersign::audit::{
    Because, NotReopened, reopen,
    verify::{Expected, Kind, Loss},
};
use countersign_protocol::{ProblemCode, offline::SecretVersion, wire::Status};

use super::{
    Log,
    attack::{behind, keep, put_back, without_triggers},
    auditor::{export, first, kept, verified, verified_export},
    tampered::bytes,
};
use crate::{accounts::shared, refusal::refused, story};

fn because(note: &str) -> Because {
    Because { checkpoint: Some(note.to_owned()), reason: None }
}

fn newest(log: &Log) -> String {
    log.notes.last().unwrap().clone()
}

fn notes(notes: &[&String]) -> Expected {
    Expected { notes: notes.iter().map(|note| (*note).clone()).collect(), keys: Vec::new() }
}

story! {
    async fn a_restored_backup_is_acknowledged_and_no_machine_looks_like_a_copy(house: House) {
        let machine = house.workstation("W11-RECEPTION").await;
        let idle = house.workstation("W11-KITCHEN").await;
        machine.open_push("nobody").await.unwrap();
        machine.sync().await.unwrap();
        let old = Log::flushed(&house).await;
        without_triggers(&house).await;
        keep(&house, "old").await;
        house.pass(std::time::Duration::from_secs(900)).await;
        machine.open_push("nobody").await.unwrap();
        house.settings(shared()).await;
        let told = machine.sync().await.unwrap();
        let lost = Log::flushed(&house).await;
        put_back(&house, "old").await;
        // The login that had expired in the lost time does so again.
        house.expire().await;
        let restored = Log::read(&house.place, house.msp).await.size;
        assert!((old.size..=old.size + 1).contains(&restored));
        let both = notes(&[&newest(&old), &newest(&lost)]);
        let report = verified(&house, &both).await;
        assert_eq!(first(&report), Some((Some(restored), Kind::RolledBack)), "{report}");

        let notary = &house.node.audit.notary;
        let reopened = reopen(notary, house.msp, because(&newest(&lost))).await.unwrap();
        let at = reopened.at;
        assert_eq!((reopened.generation, at), (2, restored));
        assert_eq!((reopened.old_size, reopened.workstations), (Some(lost.size), 2));
        let log = Log::flushed(&house).await;
        log.is_sound();
        let entry = &log.entries[usize::try_from(at).unwrap()].event;
        assert_eq!(entry.fact.word(), "log_reopened", "{}", entry.sentence);
        assert!(log.opened(&newest(&log)).origin.ends_with("/2"));
        let report = verified(&house, &both).await;
        let origin = lost.opened(&newest(&lost)).origin;
        let loss = Loss { origin, checkpoint_size: lost.size, restored_size: at, acknowledged_at: at };
        assert_eq!((first(&report), &report.losses[..], report.exit_code()), (None, &[loss][..], 3), "{report}");
        let offline = verified_export(&export(&house, &log), &both);
        assert_eq!((first(&offline), offline.losses.len()), (None, 1), "{offline}");

        // The machine's counter is ahead of the restored one, and it is no copy; a copy still is one.
        let copy = machine.cloned().await.unwrap();
        house.pass(std::time::Duration::from_secs(900)).await;
        machine.open_push("nobody").await.unwrap();
        idle.open_push("nobody").await.unwrap();
        // What it was told in the lost time is not told again under the same number.
        let now = machine.sync().await.unwrap();
        assert!(now.covers(told) && now.sum() > told.sum(), "{now:?} after {told:?}");
        house.settings(shared()).await;
        machine.sync().await.unwrap();
        assert_eq!(machine.prompt("nik").unwrap().version, SecretVersion::Shared(1001), "the first one was lost");
        refused(copy.open_push("nobody").await, ProblemCode::Quarantined);
        let found = house.admin.workstation(idle.workstation.id()).await.unwrap();
        assert_eq!(found.status, Status::Active);
        let log = Log::flushed(&house).await;
        let report = verified(&house, &both).await;
        assert_eq!(first(&report), None, "{report}");

        // Again for the same is the same; for a checkpoint of the present log there is nothing to do.
        let again = reopen(notary, house.msp, because(&newest(&lost))).await.unwrap();
        assert_eq!((again.generation, again.at), (2, at));
        let whole = reopen(notary, house.msp, because(&newest(&log))).await;
        assert!(matches!(whole, Err(NotReopened::Whole(size)) if size == log.size), "{whole:?}");
    }
}

story! {
    async fn a_log_is_not_reopened_without_a_reason(house: House) {
        let (rival, _) = house.another_msp().await;
        house.workstation("W11-RECEPTION").await;
        let log = Log::flushed(&house).await;
        let theirs = Log::read(&house.place, rival).await;
        let notary = &house.node.audit.notary;
        let nothing = reopen(notary, house.msp, Because::default()).await;
        assert!(matches!(nothing, Err(NotReopened::NoReason)), "{nothing:?}");
        let older = log.opened(&newest(&log));
        let forged = newest(&log).replace(&format!("\n{}\n", older.size), "\n999\n");
        for (name, note) in [("forged", forged), ("another log's", newest(&theirs)), ("none", "x".to_owned())] {
            let refused = reopen(notary, house.msp, because(&note)).await;
            assert!(matches!(refused, Err(NotReopened::NotOurs(_))), "{name}: {refused:?}");
        }
        let whole = reopen(notary, house.msp, because(&newest(&log))).await;
        assert!(matches!(whole, Err(NotReopened::Whole(_))), "{whole:?}");
        let after = Log::flushed(&house).await;
        assert_eq!((after.size, after.origins.len()), (log.size, 1), "nothing was changed");
        // Words alone do, and stay in the log.
        let words = Because { checkpoint: None, reason: Some("the disk of 3 May".into()) };
        let reopened = reopen(notary, house.msp, words).await.unwrap();
        assert_eq!((reopened.at, reopened.old_size), (log.size, None));
        let after = Log::flushed(&house).await;
        assert!(after.entries[usize::try_from(log.size).unwrap()].event.sentence.contains("the disk of 3 May"));
        assert_eq!(first(&verified(&house, &kept(&log)).await), None);
    }
}

story! {
    async fn an_origin_that_no_entry_speaks_of_is_found_out(house: House) {
        house.workstation("W11-RECEPTION").await;
        let log = Log::flushed(&house).await;
        let new = house.node.audit.notary.new_origin(house.msp, 2, i64::try_from(log.size).unwrap()).unwrap();
        let opened = format!(
            "INSERT INTO audit_origins SELECT msp, 2, '{}', {}, {}, {}, opened_at FROM audit_origins WHERE msp = {{msp}}",
            new.name, bytes(&house, &new.public_key), bytes(&house, &new.sealed), log.size
        );
        behind(&house, &opened).await;
        let workstation = house.workstation("W11-KITCHEN").await;
        workstation.open_push("nobody").await.unwrap();
        house.flush().await;
        let report = verified(&house, &kept(&log)).await;
        assert_eq!(first(&report), Some((Some(log.size), Kind::OriginUnrecorded)), "{report}");
    }
}

story! {
    async fn a_backup_from_before_a_reopening_can_be_restored_too(house: House) {
        let machine = house.workstation("W11-RECEPTION").await;
        house.flush().await;
        without_triggers(&house).await;
        keep(&house, "old").await;
        machine.open_push("nobody").await.unwrap();
        let lost = Log::flushed(&house).await;
        let notary = &house.node.audit.notary;
        put_back(&house, "old").await;
        reopen(notary, house.msp, because(&newest(&lost))).await.unwrap();
        let second = Log::flushed(&house).await;
        // The same backup again: the second origin and its key are lost as well.
        put_back(&house, "old").await;
        let both = notes(&[&newest(&lost), &newest(&second)]);
        let report = verified(&house, &both).await;
        assert_eq!(first(&report), Some((None, Kind::LogMissing)), "{report}");
        let reopened = reopen(notary, house.msp, because(&newest(&second))).await.unwrap();
        assert_eq!(reopened.generation, 3, "no name is used twice");
        house.flush().await;
        let report = verified(&house, &both).await;
        assert_eq!((first(&report), report.losses.len()), (None, 2), "{report}");
    }
}
