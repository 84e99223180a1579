//! A vendor that is away costs nothing, and is found again by itself.

use std::{collections::HashSet, sync::atomic::Ordering, time::Duration};

use super::{
    bench::{Bench, LIFE, pass},
    world::Does,
};
use crate::push::{Fault, Kind};

const SECOND: Duration = Duration::from_secs(1);
/// How many notices are sent at once, and how many may wait.
const AT_ONCE: usize = 256;
const PLACES: usize = 10_000;

fn away() -> Does {
    Does::Refuse(Fault::later("http_503", None))
}

/// Every login is told once, and none is missing.
fn all_told_once(bench: &Bench, logins: &[countersign_protocol::LoginId]) {
    let taken = bench.world.taken();
    let told: HashSet<_> = taken.iter().map(|sent| sent.login).collect();
    let missing = logins.iter().filter(|login| !told.contains(*login)).count();
    assert_eq!((missing, taken.len()), (0, logins.len()), "missing, told");
    assert!(taken.iter().all(|sent| sent.kind == Kind::Alert));
}

#[tokio::test(start_paused = true)]
async fn ten_minutes_without_the_vendor_cost_a_probe_a_pause_and_no_more_than_the_places() {
    let bench = Bench::new(Does::Stall(10 * SECOND));
    let mut opened = 0;
    for _ in 0..600 {
        bench.open_many(100);
        opened += 100;
        pass(SECOND).await;
        assert!(bench.waiting() <= PLACES);
    }
    assert!(bench.counted("queue_full") > 0, "more were opened in a life than have places");
    // Those that were on their way when it fell silent, and one after each pause of 1, 2, 4, 8, 16, 30, 30, ...
    // seconds, of which the short ones repeat while a first one still waits for its ten seconds to end.
    let tried = bench.world.tried().len();
    assert!((AT_ONCE..AT_ONCE + 40).contains(&tried), "{tried}");
    let lookups = bench.world.lookups.load(Ordering::Relaxed);
    assert!(lookups <= opened + tried, "{lookups} look-ups for {opened} logins");

    bench.world.does(Does::Take);
    pass(45 * SECOND).await;
    let login = bench.open();
    pass(SECOND).await;
    assert!(bench.world.taken().iter().any(|sent| sent.login == login), "it is found again");
    assert_eq!(bench.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_that_wait_are_all_told_when_the_vendor_is_back_inside_their_life() {
    let bench = Bench::new(away());
    let logins = bench.open_many(PLACES);
    pass(LIFE / 2 + 5 * SECOND).await;
    assert_eq!((bench.world.taken().len(), bench.waiting()), (0, PLACES));
    bench.world.does(Does::Take);
    pass(LIFE / 2 - 6 * SECOND).await;
    all_told_once(&bench, &logins);
    assert_eq!(bench.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_hiccup_under_load_is_over_in_seconds() {
    let bench = Bench::new(Does::Stall(SECOND));
    let logins = bench.open_many(1_000);
    pass(SECOND / 2).await;
    bench.world.does(Does::Take);
    pass(5 * SECOND).await;
    all_told_once(&bench, &logins);
}

#[tokio::test(start_paused = true)]
async fn what_has_no_place_is_given_up_at_once_and_recorded() {
    let bench = Bench::new(away());
    bench.open_many(PLACES);
    pass(SECOND).await;
    bench.open_many(3);
    pass(SECOND).await;
    let failures = bench.world.failures();
    let failures: Vec<_> =
        failures.iter().map(|(why, attempts, _)| (why.as_str(), *attempts)).collect();
    assert_eq!(failures, [("queue_full", 0); 3]);
    assert_eq!(bench.counted("queue_full"), 3);
}

/// Without a turn for the tasks of the delivery: whoever commits does not wait for them.
#[tokio::test(start_paused = true)]
async fn whoever_commits_never_waits_for_the_queue() {
    let bench = Bench::new(Does::Take);
    bench.open_many(PLACES + 500);
    assert_eq!(bench.counted("queue_full"), 500);
    pass(SECOND).await;
    assert_eq!(bench.world.taken().len(), PLACES);
}
