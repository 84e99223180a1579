use super::*;

#[test]
fn failures_lock_and_while_locked_nothing_is_checked_or_counted() {
    let rules = one(1);
    let mut ledger = ledger(&rules);
    for _ in 0..6 {
        let (next, verdict) = ledger.check(&rules, attempt("000000"), reading(NOON));
        assert_eq!(verdict, Err(Refusal::Wrong));
        ledger = next;
    }
    for right in [code(1, STEP), "000000".to_owned()] {
        let (next, verdict) = ledger.check(&rules, attempt(&right), reading(NOON + 29));
        assert_eq!(verdict, Err(Refusal::Locked { remaining: Duration::from_secs(1) }));
        ledger = next;
    }
    assert_eq!(ledger.failures(), 6);
    let (ledger, verdict) = ledger.check(&rules, attempt(&code(1, STEP)), reading(NOON + 30));
    assert!(verdict.is_ok());
    assert_eq!(ledger.failures(), 0);
}

#[test]
fn a_contact_forgives_nothing_but_a_clearance_of_the_service_does_and_once() {
    let mut rules = one(1);
    let mut ledger = ledger(&rules);
    let wrong = |mut ledger: Ledger, rules: &OfflineRules, times| {
        for _ in 0..times {
            ledger = ledger.check(rules, attempt("000000"), reading(NOON)).0;
        }
        ledger
    };
    ledger = wrong(ledger, &rules, 5);
    ledger = ledger.contacted(Contact { server_time: instant(NOON), offset: None });
    assert_eq!(ledger.failures(), 5);
    (rules.version, rules.clearances) = (2, 1);
    ledger = ledger.applied(&rules).expect("newer rules");
    assert_eq!(ledger.failures(), 0);
    ledger = wrong(ledger, &rules, 3);
    ledger = ledger.applied(&rules).expect("the same rules");
    rules.version = 3;
    ledger = ledger.applied(&rules).expect("newer rules");
    assert_eq!(ledger.failures(), 3, "the same clearance again");
}

#[test]
fn what_is_no_code_does_not_count() {
    let rules = one(1);
    let (ledger, verdict) = ledger(&rules).check(&rules, attempt("12345"), reading(NOON));
    assert_eq!(verdict, Err(Refusal::NotACode { digits: 6 }));
    assert_eq!(ledger.failures(), 0);
}
