use super::*;

fn pair(ledger: Ledger, rules: &OfflineRules, steps: [u64; 2]) -> (Ledger, Result<u64, Refusal>) {
    let [first, next] = steps.map(|step| code(1, step));
    let typed = Attempt { name: "nik", code: &first, next: Some(&next) };
    let (ledger, verdict) = ledger.check(rules, typed, reading(NOON));
    (ledger, verdict.map(|accepted| accepted.step))
}

#[test]
fn two_codes_that_follow_each_other_move_the_window_and_are_used_up() {
    let rules = one(1);
    let (ledger, moved) = pair(ledger(&rules), &rules, [STEP - 20, STEP - 19]);
    assert_eq!(moved, Ok(STEP - 19));
    for step in [STEP - 20, STEP - 19] {
        assert_eq!(typed(ledger.clone(), &rules, step).1, Err(Refusal::Used));
    }
    assert_eq!(typed(ledger.clone(), &rules, STEP - 18).1, Ok(STEP - 18));
    assert_eq!(typed(ledger.clone(), &rules, STEP).1, Err(Refusal::Wrong));
    let measured = Contact { server_time: instant(NOON), offset: Some(Offset::default()) };
    assert_eq!(typed(ledger.contacted(measured), &rules, STEP).1, Ok(STEP));
}

#[test]
fn codes_too_far_away_or_apart_do_not_resynchronise() {
    let rules = one(1);
    for steps in [
        [STEP - 21, STEP - 20],
        [STEP + 20, STEP + 21],
        [STEP, STEP + 2],
        [STEP, STEP],
        [STEP + 1, STEP],
    ] {
        assert_eq!(pair(ledger(&rules), &rules, steps).1, Err(Refusal::Wrong), "{steps:?}");
    }
    assert_eq!(pair(ledger(&rules), &rules, [STEP + 19, STEP + 20]).1, Ok(STEP + 20));
}

#[test]
fn resynchronising_again_and_again_moves_the_window_no_further() {
    let rules = one(1);
    let (ledger, _) = pair(ledger(&rules), &rules, [STEP + 19, STEP + 20]);
    assert_eq!(pair(ledger, &rules, [STEP + 21, STEP + 22]).1, Err(Refusal::Wrong));
}

#[test]
fn a_clock_set_back_before_the_last_contact_accepts_no_code_of_that_time() {
    let rules = one(1);
    let earlier = NOON - 3600;
    let uptime = Duration::from_secs(5);
    let at = Reading { wall: instant(earlier), uptime };
    let (_, verdict) = ledger(&rules).check(&rules, attempt(&code(1, earlier / 30)), at);
    assert_eq!(verdict, Err(Refusal::Wrong));
}

#[test]
fn a_measured_offset_puts_a_wrong_clock_right() {
    let rules = one(1);
    let offset = Some(Offset { millis: -7_200_000, within_millis: 20 });
    let ledger = ledger(&rules).contacted(Contact { server_time: instant(NOON), offset });
    let (_, verdict) = ledger.check(&rules, attempt(&code(1, STEP)), reading(NOON + 7200));
    assert_eq!(verdict.map(|accepted| accepted.step), Ok(STEP));
}

#[test]
fn an_answer_that_arrives_after_a_later_one_changes_nothing() {
    let rules = one(1);
    let (ledger, _) = typed(ledger(&rules), &rules, STEP);
    let wrong = Some(Offset { millis: 7_200_000, within_millis: 20 });
    let late = Contact { server_time: instant(NOON - 3600), offset: wrong };
    let after = ledger.clone().contacted(late);
    assert_eq!((after.sessions(), after.offset()), (1, ledger.offset()));
    assert_eq!(after, ledger);
}
