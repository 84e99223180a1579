//! A login ends while its alert is on its way.

use std::time::Duration;

use super::{
    bench::{Bench, pass},
    world::Does,
};
use crate::push::{Fault, Kind};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn an_alert_that_waited_for_its_token_is_not_posted_once_the_login_has_ended() {
    let bench = Bench::new(Does::TakePrepared(5 * SECOND));
    let login = bench.open();
    pass(SECOND).await;
    bench.cancel(login);
    pass(20 * SECOND).await;
    assert_eq!(bench.world.tried().len(), 2, "it had begun");
    assert_eq!(bench.world.taken_of(login), [Kind::Withdraw]);
    assert_eq!(bench.counted("overtaken"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_withdrawal_never_overtakes_the_alert_that_it_takes_back() {
    let bench = Bench::new(Does::TakeSlowly(5 * SECOND));
    let login = bench.open();
    pass(SECOND).await;
    bench.world.does(Does::Take);
    bench.cancel(login);
    let other = bench.open();
    pass(2 * SECOND).await;
    assert_eq!(bench.world.taken_of(login), [], "the vendor owes its answer");
    assert_eq!(bench.world.taken_of(other), [Kind::Alert], "nobody else waits for it");
    pass(20 * SECOND).await;
    assert_eq!(bench.world.taken_of(login), [Kind::Alert, Kind::Withdraw]);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_nobody_wants_any_more_leaves_its_turn_to_the_next() {
    let bench = Bench::new(Does::Refuse(Fault::later("http_503", None)));
    let others = bench.open_many(20);
    pass(SECOND / 2).await;
    // Whoever tries next gives up, since its login ends while it waits for a token.
    bench.world.does(Does::TakePrepared(SECOND / 10));
    pass(SECOND * 3 / 4).await;
    let probe = bench.world.tried().last().unwrap().login;
    bench.cancel(probe);
    pass(2 * SECOND).await;
    let told = others.iter().filter(|login| bench.world.taken_of(**login) == [Kind::Alert]);
    assert_eq!(told.count(), 19);
}
