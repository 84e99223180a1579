mod clocks;
mod locking;
mod names;

use uuid::Uuid;

use super::*;
use crate::offline::{CodeRule, Ending, Epochs, Keyed, OfflineSecret, Row, SKEW_STEPS};

const NOON: u64 = 1_795_348_800;
const STEP: u64 = NOON / 30;

fn secret(byte: u8) -> OfflineSecret {
    OfflineSecret::new(&[byte; 20]).expect("160 bits")
}

fn keyed(number: u32, byte: u8) -> Keyed {
    Keyed { version: SecretVersion::Named(number), secret: secret(byte) }
}

fn row(number: u32, byte: u8) -> Row {
    Row { technician: None, current: keyed(number, byte), old: None }
}

fn rules(version: u64, rows: Rows) -> OfflineRules {
    OfflineRules {
        version,
        code: CodeRule::default(),
        bounds: Bounds { sessions: 1000, days: 30 },
        clearances: 0,
        rows,
    }
}

fn one(version: u64) -> OfflineRules {
    rules(version, Rows::One { row: row(1, 1) })
}

fn instant(seconds: u64) -> Instant {
    Instant::from_unix_millis(i64::try_from(seconds * 1000).expect("an instant"))
}

/// A workstation in contact at noon, with right clocks.
fn ledger(rules: &OfflineRules) -> Ledger {
    let contact = Contact { server_time: instant(NOON), offset: Some(Offset::default()) };
    Ledger::default().contacted(contact).applied(rules).expect("newer rules")
}

fn reading(seconds: u64) -> Reading {
    Reading { wall: instant(seconds), uptime: Duration::from_secs(seconds - NOON + 1_000_000) }
}

fn code(byte: u8, step: u64) -> String {
    CodeRule::default().code(&secret(byte), step).to_string()
}

fn attempt(code: &str) -> Attempt<'_> {
    Attempt { name: "nik", code, next: None }
}

/// Types the code of a step, at noon.
fn typed(ledger: Ledger, rules: &OfflineRules, step: u64) -> (Ledger, Result<u64, Refusal>) {
    let (ledger, verdict) = ledger.check(rules, attempt(&code(1, step)), reading(NOON));
    (ledger, verdict.map(|accepted| accepted.step))
}

#[test]
fn a_code_is_accepted_one_step_early_or_late_and_no_further() {
    let rules = one(1);
    for step in STEP - SKEW_STEPS..=STEP + SKEW_STEPS {
        assert_eq!(typed(ledger(&rules), &rules, step).1, Ok(step));
    }
    assert_eq!(typed(ledger(&rules), &rules, STEP - 2).1, Err(Refusal::Wrong));
    assert_eq!(typed(ledger(&rules), &rules, STEP + 2).1, Err(Refusal::Wrong));
}

#[test]
fn a_step_and_those_before_it_are_used_up_by_one_code() {
    let rules = one(1);
    let (ledger, first) = typed(ledger(&rules), &rules, STEP);
    assert_eq!(first, Ok(STEP));
    let (ledger, again) = typed(ledger, &rules, STEP);
    assert_eq!(again, Err(Refusal::Used));
    let (ledger, earlier) = typed(ledger, &rules, STEP - 1);
    assert_eq!(earlier, Err(Refusal::Used));
    assert_eq!(typed(ledger, &rules, STEP + 1).1, Ok(STEP + 1));
}

#[test]
fn sessions_are_numbered_and_bounded_until_the_next_contact() {
    let mut rules = one(1);
    rules.bounds.sessions = 2;
    let mut ledger = ledger(&rules);
    for sequence in [1, 2] {
        let step = STEP + sequence - 1;
        let (next, verdict) = ledger.check(&rules, attempt(&code(1, step)), reading(NOON));
        assert_eq!(verdict.map(|accepted| accepted.sequence), Ok(sequence));
        ledger = next;
    }
    let late = reading(NOON + 90);
    let (ledger, third) = ledger.check(&rules, attempt(&code(1, STEP + 3)), late);
    assert_eq!(third, Err(Refusal::SessionsSpent { allowed: 2 }));
    assert_eq!(ledger.failures(), 0);
    let ledger = ledger.contacted(Contact { server_time: instant(NOON + 90), offset: None });
    let (_, again) = ledger.check(&rules, attempt(&code(1, STEP + 3)), late);
    assert_eq!(again.map(|accepted| accepted.sequence), Ok(3));
}

#[test]
fn a_workstation_without_contact_for_too_long_accepts_nothing() {
    let rules = one(1);
    let month = NOON + 30 * 86_400;
    let at = |ledger: Ledger, seconds| {
        let code = code(1, seconds / 30);
        ledger.check(&rules, attempt(&code), reading(seconds))
    };
    assert!(at(ledger(&rules), month).1.is_ok());
    let (late, verdict) = at(ledger(&rules), month + 1);
    assert_eq!(verdict, Err(Refusal::TooLongAway { allowed: 30 }));
    let (_, set_back) = at(late, NOON + 60);
    assert_eq!(set_back, Err(Refusal::TooLongAway { allowed: 30 }), "the clock was set back");
    let never = Ledger::default().applied(&rules).expect("newer rules");
    assert_eq!(at(never, NOON).1, Err(Refusal::TooLongAway { allowed: 30 }));
}

#[test]
fn an_old_version_is_accepted_until_it_ends_and_a_clock_set_back_does_not_bring_it_back() {
    let old = Ending { keyed: keyed(1, 1), until: instant(NOON + 60) };
    let rotating = Row { old: Some(old), ..row(2, 2) };
    let rules = rules(1, Rows::One { row: rotating });
    let old_code = |ledger: Ledger, seconds| {
        let code = code(1, seconds / 30);
        let (ledger, verdict) = ledger.check(&rules, attempt(&code), reading(seconds));
        (ledger, verdict.map(|accepted| accepted.version))
    };
    let (ledger, before) = old_code(ledger(&rules), NOON);
    assert_eq!(before, Ok(SecretVersion::Named(1)));
    let (ledger, after) = old_code(ledger, NOON + 60);
    assert_eq!(after, Err(Refusal::Wrong));
    let (ledger, set_back) = old_code(ledger, NOON + 30);
    assert_eq!(set_back, Err(Refusal::Wrong));
    let (_, new) = ledger.check(&rules, attempt(&code(2, STEP + 1)), reading(NOON + 30));
    assert_eq!(new.map(|accepted| accepted.version), Ok(SecretVersion::Named(2)));
}

#[test]
fn steps_are_used_up_across_versions() {
    let mut first = one(1);
    let (ledger, _) = typed(ledger(&first), &first, STEP);
    let old = Ending { keyed: keyed(1, 1), until: instant(NOON + 600) };
    first.version = 2;
    first.rows = Rows::One { row: Row { old: Some(old), ..row(2, 2) } };
    let ledger = ledger.applied(&first).expect("newer rules");
    assert_eq!(typed(ledger, &first, STEP).1, Err(Refusal::Used));
}

#[test]
fn an_older_document_that_arrives_late_changes_nothing() {
    let (old, new) = (one(1), rules(2, Rows::One { row: row(2, 2) }));
    let ledger = ledger(&new);
    assert_eq!(ledger.clone().applied(&old), Err(StaleRules));
    assert_eq!(typed(ledger.clone(), &old, STEP).1, Err(Refusal::NotApplied));
    assert!(ledger.applied(&new).is_ok(), "the same again is fine");
}

#[test]
fn a_tenant_without_offline_codes_has_no_prompt_and_accepts_none() {
    let off = rules(1, Rows::Off);
    assert_eq!(typed(ledger(&off), &off, STEP).1, Err(Refusal::Off));
    let ids = (Uuid::from_u128(8).into(), Uuid::from_u128(9).into());
    assert_eq!(off.prompt(ids.0, ids.1, "nik", instant(NOON)), None);
}

#[test]
fn a_ledger_and_its_rules_travel_as_json() {
    let mut rules = names::by_name(1);
    let (ledger, _) = typed(ledger(&rules), &rules, STEP);
    let text = serde_json::to_string(&ledger).expect("JSON");
    let again: Ledger = serde_json::from_str(&text).expect("the same ledger");
    assert_eq!(serde_json::to_string(&again).ok(), Some(text));
    assert_eq!(typed(again, &rules, STEP).1, Err(Refusal::Used));
    for rows in [rules.rows.clone(), Rows::Off, Rows::One { row: row(1, 1) }] {
        rules.rows = rows;
        let text = serde_json::to_string(&rules).expect("JSON");
        assert_eq!(serde_json::from_str::<OfflineRules>(&text).ok().as_ref(), Some(&rules));
    }
    assert!(!format!("{rules:?}").contains("AQEB"));
}
