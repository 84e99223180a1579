//! When a notice is tried again, and when no more.

use std::time::Duration;

use super::{
    bench::{Bench, LIFE, pass},
    world::Does,
};
use crate::{
    ambient::Clock,
    push::{Fault, Kind},
};

const SECOND: Duration = Duration::from_secs(1);

/// An address that gets too many is no concern of the others': the circuit has no part in it.
fn busy(after: Option<Duration>) -> Does {
    Does::Refuse(Fault::Busy { reason: "TooManyRequests".to_owned(), after })
}

#[tokio::test(start_paused = true)]
async fn pauses_double_with_a_spread_and_end_with_the_login() {
    let bench = Bench::new(busy(None));
    bench.open();
    pass(LIFE + SECOND).await;
    let tried: Vec<_> = bench.world.tried().iter().map(|sent| sent.at).collect();
    let mut step = SECOND / 4;
    for pair in tried.windows(2) {
        let pause = pair[1] - pair[0];
        // Timers end on the next millisecond.
        assert!(pause >= step / 2 && pause <= step * 3 / 2 + 2 * SECOND / 1000, "{pause:?}");
        step = (step * 2).min(8 * SECOND);
    }
    assert!(tried.len() > 10, "{} times", tried.len());
    let [(reason, attempts, at)] = &bench.world.failures()[..] else { panic!("one failure") };
    assert_eq!((reason.as_str(), *attempts as usize), ("TooManyRequests", tried.len()));
    assert!(bench.world.now().since(*at) <= SECOND, "as its life ends, and not at the next try");
    assert_eq!(bench.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_address_is_left_alone_for_as_long_as_its_vendor_asks() {
    let bench = Bench::new(busy(Some(20 * SECOND)));
    let login = bench.open();
    pass(19 * SECOND).await;
    assert_eq!(bench.world.tried().len(), 1);
    bench.world.does(Does::Take);
    pass(2 * SECOND).await;
    let taken = bench.world.taken();
    assert_eq!(taken.iter().map(|sent| sent.login).collect::<Vec<_>>(), [login]);
    assert!(taken[0].at - bench.world.tried()[0].at >= 20 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_gets_too_many_slows_nobody_else() {
    let bench = Bench::new(busy(Some(20 * SECOND)));
    bench.open_many(20);
    pass(SECOND).await;
    bench.world.does(Does::Take);
    let other = bench.open();
    pass(SECOND).await;
    assert_eq!(bench.world.taken_of(other), [Kind::Alert]);
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_asks_to_be_left_alone_is_left_alone_by_all() {
    let bench = Bench::new(Does::Refuse(Fault::later("QUOTA_EXCEEDED", Some(20 * SECOND))));
    let first = bench.open();
    pass(SECOND).await;
    bench.world.does(Does::Take);
    let others = bench.open_many(100);
    pass(18 * SECOND).await;
    assert_eq!(bench.world.tried().len(), 1);
    pass(3 * SECOND).await;
    let told = [first].into_iter().chain(others);
    assert!(told.into_iter().all(|login| bench.world.taken_of(login) == [Kind::Alert]));
}

#[tokio::test(start_paused = true)]
async fn one_that_asks_for_longer_than_the_login_lives_is_not_asked_again() {
    let bench = Bench::new(busy(Some(2 * LIFE)));
    bench.open();
    pass(3 * LIFE).await;
    assert_eq!(bench.world.tried().len(), 1);
    let [(reason, 1, _)] = &bench.world.failures()[..] else { panic!("one failure") };
    assert_eq!(reason, "TooManyRequests");
}

#[tokio::test(start_paused = true)]
async fn what_ran_out_while_the_vendor_was_away_is_given_up_and_recorded() {
    let bench = Bench::new(Does::Refuse(Fault::later("connection", None)));
    bench.open_many(1_000);
    pass(LIFE + SECOND).await;
    let failures = bench.world.failures();
    assert_eq!(failures.len(), 1_000);
    assert!(
        failures.iter().all(|(why, ..)| ["connection", "circuit_open"].contains(&why.as_str()))
    );
    assert_eq!((bench.counted("overtaken"), bench.waiting()), (0, 0));
    let tried = bench.world.tried().len();
    bench.world.does(Does::Take);
    pass(LIFE).await;
    assert_eq!((bench.world.tried().len(), bench.world.taken().len()), (tried, 0));
}
