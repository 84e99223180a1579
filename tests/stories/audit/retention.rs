//! Texts go after their time and not before, each msp's by its own; and an auditor can tell it from everything else.

use std::time::Duration;

use countersign::{
    audit::{
        Retention,
        verify::{Expected, Kind},
    },
    store::audit::retention::take_away,
};
use countersign_client::Admin;
use countersign_protocol::{MspId, ProblemCode, wire::audit_settings::ChangeAuditSettings};

use super::{
    Log,
    attack::{behind, keep, put_back, refused, without_triggers},
    auditor::{first, kept, kept_with_keys, relying_parties, verified},
    verify::two_mornings,
};
use crate::{
    house::{Behind, House, code_of},
    story,
};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn days(days: u32) -> ChangeAuditSettings {
    ChangeAuditSettings { retention_days: Some(days), legal_hold: false }
}

pub(super) fn retention(house: &House) -> &Retention {
    &house.node.audit.retention
}

async fn report_of(house: &House, msp: MspId) -> countersign::audit::verify::Report {
    let (store, expected) = (&house.node.context.store, Expected::default());
    let verifying = countersign::audit::verify::verify_database(
        store,
        msp,
        &expected,
        relying_parties(),
        |_, _| {},
    );
    verifying.await.unwrap()
}

/// Two msps that keep texts for different times, some entries of each, and 200 days.
pub(super) async fn half_a_year_later(house: &House) -> (MspId, Admin, Log) {
    let (rival, theirs) = house.another_msp().await;
    two_mornings(house).await;
    house.admin.set_audit_settings(&days(180)).await.unwrap();
    theirs.set_audit_settings(&days(400)).await.unwrap();
    let before = Log::flushed(house).await;
    house.pass(DAY * 200).await;
    house.expire().await;
    (rival, theirs, before)
}

story! {
    async fn texts_go_once_the_log_says_so_and_hashes_stay(house: House) {
        let (rival, _, before) = half_a_year_later(&house).await;
        let kept = kept_with_keys(&before);
        let settled = Log::flushed(&house).await;
        assert_eq!(retention(&house).request().await.unwrap(), 1);
        assert_eq!(retention(&house).request().await.unwrap(), 0, "once");
        // Asked for, and not yet in the log: nothing goes. (The worker may have brought it there by now.)
        let asked = Log::flushed(&house).await;
        let event = &asked.entries.last().unwrap().event;
        assert_eq!(event.fact.word(), "audit_pruned");
        assert_eq!(retention(&house).execute().await.unwrap() as u64, before.size - 1, "all but the enrolment");
        assert_eq!(retention(&house).execute().await.unwrap(), 0);
        let report = verified(&house, &kept).await;
        assert_eq!(first(&report), None, "{report}");
        assert_eq!((report.pruned, report.entries), (before.size - 1, settled.size + 1));
        assert_eq!(report.checkpoints, settled.notes.len() as u64 + 2, "the tree is what it was");
        // Others keep theirs longer.
        let theirs = report_of(&house, rival).await;
        assert_eq!((first(&theirs), theirs.pruned), (None, 0), "{theirs}");
        // The phone's key is still known.
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-KITCHEN").await;
        let login = workstation.open_push("nik").await.unwrap();
        phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        house.flush().await;
        let report = verified(&house, &kept).await;
        assert_eq!((first(&report), report.approvals), (None, 1), "{report}");
        house.pass(DAY * 250).await;
        assert_eq!(retention(&house).request().await.unwrap(), 2);
        house.flush().await;
        retention(&house).execute().await.unwrap();
        let report = verified(&house, &kept).await;
        assert_eq!(first(&report), None, "{report}");
        let theirs = report_of(&house, rival).await;
        assert_eq!(first(&theirs), None, "{theirs}");
        assert!(theirs.pruned > 0);
    }
}

story! {
    async fn a_legal_hold_lets_nothing_go(house: House) {
        half_a_year_later(&house).await;
        let held = ChangeAuditSettings { retention_days: Some(180), legal_hold: true };
        house.admin.set_audit_settings(&held).await.unwrap();
        assert_eq!(retention(&house).request().await.unwrap(), 0);
        house.admin.set_audit_settings(&days(180)).await.unwrap();
        assert_eq!(retention(&house).request().await.unwrap(), 1);
        house.flush().await;
        // Also what was asked for before.
        house.admin.set_audit_settings(&held).await.unwrap();
        assert_eq!(retention(&house).execute().await.unwrap(), 0);
        let store = &house.node.context.store;
        assert!(take_away(store, house.msp, (0, 1)).await.is_err(), "the database itself says no");
        house.admin.set_audit_settings(&days(180)).await.unwrap();
        assert!(retention(&house).execute().await.unwrap() > 10);
        house.flush().await;
        assert_eq!(first(&verified(&house, &Expected::default()).await), None);
    }
}

story! {
    async fn the_database_itself_refuses_whatever_no_recorded_pruning_covers(house: House) {
        let (_, _, before) = half_a_year_later(&house).await;
        let says = |said: Option<String>| said.is_some_and(|said| said.contains("only added to"));
        let one = "DELETE FROM audit_events WHERE msp = {msp} AND position = 5";
        assert!(says(refused(&house, one).await), "nothing was asked for");
        let changed = "UPDATE audit_events SET sentence = 'x' WHERE msp = {msp}";
        assert!(says(refused(&house, changed).await));
        let pruning = |from: u64, through: u64, event: &str| format!(
            "INSERT INTO audit_prunings (msp, from_position, through_position, event_id, requested_at)
             SELECT id, {from}, {through}, ({event}), created_at FROM msps WHERE id = {{msp}}"
        );
        let another = "SELECT event_id FROM audit_leaves WHERE msp = {msp} AND position = 7";
        behind(&house, &pruning(0, 6, another)).await;
        assert!(says(refused(&house, one).await), "the entry speaks of no pruning");
        without_triggers_of_prunings(&house).await;
        behind(&house, "DELETE FROM audit_prunings").await;
        retention(&house).request().await.unwrap();
        let tried = format!("BEGIN; {one}; ROLLBACK");
        assert!(says(refused(&house, &tried).await) || is_flushed(&house, before.size).await, "not yet in the log");
        house.flush().await;
        let recorded = "SELECT event_id FROM audit_events WHERE msp = {msp} AND kind = 'audit_pruned'";
        behind(&house, &format!("DELETE FROM audit_prunings; {}", pruning(0, 6, recorded))).await;
        let said = refused(&house, one).await;
        assert!(says(said.clone()), "the entry speaks of another range: {said:?}");
        behind(&house, &format!("DELETE FROM audit_prunings; {}", pruning(0, before.size - 1, recorded))).await;
        for kept in ["device_enrolled", "audit_pruned"] {
            let kept = format!("DELETE FROM audit_events WHERE msp = {{msp}} AND kind = '{kept}'");
            assert!(says(refused(&house, &kept).await));
        }
        assert_eq!(refused(&house, one).await, None, "this one is covered");
    }
}

/// Whether the entry at this position stands in the log: a worker may have been faster than the story.
async fn is_flushed(house: &House, position: u64) -> bool {
    Log::read(&house.place, house.msp).await.size > position
}

async fn without_triggers_of_prunings(house: &House) {
    if let Behind::File(_) = house.place.behind_the_walls() {
        behind(house, "DROP TRIGGER audit_prunings_refuses_delete").await;
    }
}

story! {
    async fn a_pruning_that_was_cut_off_goes_on(house: House) {
        let (_, _, before) = half_a_year_later(&house).await;
        retention(&house).request().await.unwrap();
        house.flush().await;
        let store = &house.node.context.store;
        // Killed after the first few of them.
        assert_eq!(take_away(store, house.msp, (0, 3)).await.unwrap(), 3);
        let report = verified(&house, &kept(&before)).await;
        assert_eq!((first(&report), report.pruned), (None, 3), "{report}");
        assert_eq!(retention(&house).execute().await.unwrap() as u64, before.size - 1 - 3);
        let report = verified(&house, &kept(&before)).await;
        assert_eq!((first(&report), report.pruned), (None, before.size - 1), "{report}");
    }
}

story! {
    async fn retention_tampering_and_a_restored_backup_are_told_apart(house: House) {
        let (_, _, before) = half_a_year_later(&house).await;
        keep(&house, "old").await;
        retention(&house).request().await.unwrap();
        house.flush().await;
        retention(&house).execute().await.unwrap();
        house.workstation("W11-KITCHEN").await;
        let after = Log::flushed(&house).await;
        let report = verified(&house, &kept(&before)).await;
        assert_eq!((first(&report), report.pruned), (None, before.size - 1), "retention: {report}");
        without_triggers(&house).await;
        keep(&house, "now").await;
        // A text that nobody was to take.
        let last = after.size - 1;
        behind(&house, &format!("DELETE FROM audit_events WHERE msp = {{msp}} AND position = {last}")).await;
        let report = verified(&house, &kept(&before)).await;
        assert_eq!(first(&report), Some((Some(last), Kind::BodyMissing)), "tampering: {report}");
        put_back(&house, "now").await;
        // The entry by which the texts went.
        let mut entries = after.entries.iter();
        let pruned = entries.find(|entry| entry.event.fact.word() == "audit_pruned").unwrap().position;
        behind(&house, &format!("DELETE FROM audit_events WHERE msp = {{msp}} AND position = {pruned}")).await;
        let report = verified(&house, &kept(&before)).await;
        assert_eq!(first(&report), Some((Some(0), Kind::BodyMissing)), "tampering: {report}");
        put_back(&house, "now").await;
        // An older backup has the texts again, and lacks the entry.
        put_back(&house, "old").await;
        let report = verified(&house, &kept(&before)).await;
        assert_eq!((first(&report), report.pruned), (None, 0), "by itself it is sound: {report}");
        let restored = Log::read(&house.place, house.msp).await.size;
        assert!((before.size..after.size).contains(&restored));
        let report = verified(&house, &kept(&after)).await;
        assert_eq!(first(&report), Some((Some(restored), Kind::RolledBack)), "a restored backup: {report}");
    }
}

story! {
    async fn settings_are_on_the_record_and_have_a_least(house: House) {
        let settings = house.admin.audit_settings().await.unwrap();
        assert_eq!((settings.retention_days, settings.legal_hold, settings.least_retention_days), (None, false, 180));
        let changed = house.admin.set_audit_settings(&days(180)).await.unwrap();
        assert_eq!(changed.version, settings.version + 1);
        let again = house.admin.set_audit_settings(&days(180)).await.unwrap();
        assert_eq!(again, changed, "what stands already changes nothing");
        for wrong in [0, 179, 36_501] {
            let refused = house.admin.set_audit_settings(&days(wrong)).await;
            assert_eq!(code_of(refused), Some(ProblemCode::InvalidRequest), "{wrong}");
        }
        let sentences = house.sentences().await;
        let about = |sentence: &&String| sentence.contains("audit log are kept");
        assert_eq!(sentences.iter().filter(about).count(), 1, "{sentences:?}");
    }
}

story! {
    |settings| { settings.audit.retention_least_days = 30; }
    async fn an_operator_may_insist_on_less(house: House) {
        house.admin.set_audit_settings(&days(30)).await.unwrap();
        let refused = house.admin.set_audit_settings(&days(29)).await;
        assert_eq!(code_of(refused), Some(ProblemCode::InvalidRequest));
    }
}

async fn months(house: &House) -> Option<i64> {
    let Behind::Superuser(url) = house.place.behind_the_walls() else { return None };
    let (client, driver) =
        tokio_postgres::connect(url.as_str(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(driver);
    let count = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'audit_events'::regclass";
    Some(client.query_one(count, &[]).await.unwrap().get(0))
}

story! {
    async fn a_month_that_nobody_keeps_goes_as_a_whole(house: House) {
        let (_, theirs) = house.another_msp().await;
        house.admin.set_audit_settings(&days(180)).await.unwrap();
        house.flush().await;
        house.pass(DAY * 220).await;
        house.workstation("W11-RECEPTION").await;
        house.flush().await;
        let before = months(&house).await;
        retention(&house).request().await.unwrap();
        house.flush().await;
        retention(&house).execute().await.unwrap();
        let left = months(&house).await;
        let empty = before.map(|before| before - 2);
        assert_eq!(left, empty, "two that were made ahead of need; the rival keeps its texts of the first");
        theirs.set_audit_settings(&days(180)).await.unwrap();
        house.flush().await;
        house.pass(DAY).await;
        retention(&house).request().await.unwrap();
        house.flush().await;
        retention(&house).execute().await.unwrap();
        assert_eq!(months(&house).await, left.map(|left| left - 1));
        let report = verified(&house, &Expected::default()).await;
        assert_eq!(first(&report), None, "{report}");
        assert!(report.pruned > 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_that_can_t_be_dropped_keeps_no_text_and_no_other_month() {
    let Some(house) = House::large().await else { return };
    house.admin.set_audit_settings(&days(180)).await.unwrap();
    house.workstation("W11-RECEPTION").await;
    let texts = Log::flushed(&house).await.size;
    house.pass(DAY * 220).await;
    house.expire().await;
    retention(&house).request().await.unwrap();
    house.flush().await;
    let before = months(&house).await.unwrap();
    // Somebody's view hangs on the month in which the texts are.
    let hang = "DO $do$ BEGIN EXECUTE (SELECT format('CREATE VIEW somebodys AS SELECT * FROM %I', min(c.relname))
        FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit_events'::regclass); END $do$";
    behind(&house, hang).await;
    assert_eq!(retention(&house).execute().await.unwrap() as u64, texts);
    assert_eq!(months(&house).await, Some(before - 2), "the two that were made ahead of need");
    behind(&house, "DROP VIEW somebodys").await;
    assert_eq!(retention(&house).execute().await.unwrap(), 0);
    assert_eq!(months(&house).await, Some(before - 3));
    let report = verified(&house, &Expected::default()).await;
    assert_eq!((first(&report), report.pruned), (None, texts), "{report}");
}
