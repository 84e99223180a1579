//! Whoever guesses is slowed down, and stopped after a hundred: whatever they do to the machine in between.

use std::time::Duration;

use countersign_protocol::{
    Instant,
    offline::{
        Attempt, Bounds, CodeRule, Contact, FREE_FAILURES, Keyed, LONGEST_WAIT, Ledger,
        MOST_FAILURES, OfflineRules, OfflineSecret, Reading, Refusal, Row, Rows, SecretVersion,
        skew::Offset,
    },
};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Trick {
    Guess(&'static str),
    Wait(u64),
    Restart,
    SetClock(i64),
    PlugIn,
    ApplyAgain,
}

fn trick() -> impl Strategy<Value = Trick> {
    prop_oneof![
        8 => prop_oneof![Just("nik"), Just("ada"), Just("nobody")].prop_map(Trick::Guess),
        4 => prop_oneof![1..40_u64, Just(3600)].prop_map(Trick::Wait),
        1 => Just(Trick::Restart),
        1 => (-100_000..100_000_i64).prop_map(Trick::SetClock),
        1 => Just(Trick::PlugIn),
        1 => Just(Trick::ApplyAgain),
    ]
}

fn rules() -> OfflineRules {
    let row = |byte| Row {
        technician: None,
        current: Keyed {
            version: SecretVersion::Named(1),
            secret: OfflineSecret::new(&[byte; 20]).unwrap(),
        },
        old: None,
    };
    let rows = [("nik".to_owned(), row(1)), ("ada".to_owned(), row(2))].into();
    OfflineRules {
        version: 1,
        code: CodeRule::default(),
        bounds: Bounds { sessions: 10, days: 1000 },
        clearances: 0,
        rows: Rows::ByName { rows },
    }
}

fn noon() -> Instant {
    Instant::from_unix_millis(1_795_348_800_000)
}

/// The shortest time between the guess that made it `failures` and the next, in seconds.
fn pause(failures: u32) -> u64 {
    let costly = failures.saturating_sub(FREE_FAILURES);
    if costly == 0 { 0 } else { (30 << (costly - 1).min(10)).min(LONGEST_WAIT.as_secs()) }
}

proptest! {
    #[test]
    fn guesses_get_slower_and_end_after_a_hundred(
        tricks in prop::collection::vec(trick(), 1..400),
    ) {
        let rules = rules();
        let contact = Contact { server_time: noon(), offset: Some(Offset::default()) };
        let mut ledger = Ledger::default().contacted(contact).applied(&rules).unwrap();
        let (mut now, mut ahead, mut booted) = (0_u64, 0_i64, 0_u64);
        // When the last guess was checked that counted, or when the machine was restarted after it.
        let (mut guesses, mut from) = (0, 0);
        for trick in tricks {
            match trick {
                Trick::Wait(seconds) => now += seconds,
                Trick::SetClock(seconds) => ahead = seconds,
                Trick::Restart => {
                    let kept = serde_json::to_string(&ledger).unwrap();
                    ledger = serde_json::from_str(&kept).unwrap();
                    booted = now;
                }
                Trick::PlugIn => {
                    let server_time = noon() + Duration::from_secs(now);
                    ledger = ledger.contacted(Contact { server_time, offset: None });
                }
                Trick::ApplyAgain => ledger = ledger.applied(&rules).unwrap(),
                Trick::Guess(name) => {
                    let wall = noon().unix_millis() + (i64::try_from(now).unwrap() + ahead) * 1000;
                    let at = Reading {
                        wall: Instant::from_unix_millis(wall),
                        uptime: Duration::from_secs(now - booted),
                    };
                    let attempt = Attempt { name, code: "000000", next: None };
                    let (next, verdict) = ledger.check(&rules, attempt, at);
                    ledger = next;
                    match verdict {
                        Err(Refusal::Wrong) => {
                            prop_assert!(now >= from + pause(guesses), "{guesses} at {now}");
                            (guesses, from) = (guesses + 1, now);
                            prop_assert!(guesses <= MOST_FAILURES);
                        }
                        Err(Refusal::Locked { remaining }) => {
                            prop_assert!(!remaining.is_zero() && remaining <= LONGEST_WAIT);
                        }
                        Err(Refusal::LockedUntilContact) => prop_assert_eq!(guesses, 100),
                        Err(Refusal::TooLongAway { .. }) => {}
                        other => prop_assert!(false, "{other:?}"),
                    }
                }
            }
            prop_assert_eq!(ledger.failures(), guesses);
        }
    }
}
