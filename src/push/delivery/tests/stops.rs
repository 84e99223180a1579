//! A node stops.

use std::time::Duration;

use tokio::time::Instant as Timer;

use super::{
    bench::{Bench, pass},
    world::Does,
};
use crate::push::{Fault, Kind, Pushes};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn what_is_queued_is_told_and_recorded_before_the_node_stops() {
    let bench = Bench::new(Does::TakeSlowly(SECOND / 5));
    let logins = bench.open_many(1_000);
    bench.delivery.stop().await;
    assert_eq!((bench.world.taken().len(), bench.world.accepted()), (1_000, 1_000));
    logins.iter().for_each(|login| bench.cancel(*login));
    bench.delivery.stop().await;
    assert!(logins.iter().all(|login| bench.world.taken_of(*login).ends_with(&[Kind::Withdraw])));
}

#[tokio::test(start_paused = true)]
async fn a_silent_vendor_keeps_no_node_from_stopping() {
    let bench = Bench::new(Does::Stall(60 * SECOND));
    bench.open_many(10_000);
    pass(SECOND).await;
    let began = Timer::now();
    bench.delivery.stop().await;
    assert!(began.elapsed() <= 5 * SECOND, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_can_no_longer_be_tried_before_the_node_stops_is_recorded_as_given_up() {
    let bench = Bench::new(Does::Refuse(Fault::later("http_503", Some(60 * SECOND))));
    bench.open_many(1_000);
    pass(SECOND).await;
    let began = Timer::now();
    bench.delivery.stop().await;
    assert!(began.elapsed() <= SECOND, "{:?}", began.elapsed());
    assert_eq!(bench.world.failures().len(), 1_000);
}

#[tokio::test(start_paused = true)]
async fn what_fails_while_the_node_answers_its_last_requests_is_tried_again() {
    let bench = Bench::new(Does::Refuse(Fault::later("http_503", None)));
    let login = bench.open();
    bench.hub.drain();
    pass(SECOND / 20).await;
    bench.world.does(Does::Take);
    bench.delivery.stop().await;
    assert_eq!(bench.world.taken_of(login), [Kind::Alert]);
}
