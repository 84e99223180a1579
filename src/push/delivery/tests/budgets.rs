//! What counts as a push to a technician, and what is remembered of a denial.

use std::{sync::atomic::Ordering, time::Duration};

use countersign_protocol::TechnicianId;
use uuid::Uuid;

use super::{
    bench::{Bench, pass},
    world::Does,
};
use crate::{
    domain::push_budget::Caps,
    push::{Fault, Kind},
};

const SECOND: Duration = Duration::from_secs(1);
const NIK: TechnicianId = TechnicianId(Uuid::from_u128(7));
const CAPS: Caps = Caps { most: 1, first_pause: Duration::from_secs(60), longest_pause: LONG };
const LONG: Duration = Duration::from_secs(600);

#[tokio::test(start_paused = true)]
async fn a_push_to_a_vendor_that_is_away_is_charged_to_nobody() {
    let bench = Bench::with_caps(Does::Refuse(Fault::later("http_503", None)), CAPS);
    bench.open_many(20);
    pass(SECOND / 4).await;
    let away = bench.open_for(NIK);
    pass(SECOND / 4).await;
    bench.cancel(away);
    bench.world.does(Does::Take);
    pass(5 * SECOND).await;
    let login = bench.open_for(NIK);
    pass(SECOND).await;
    assert_eq!(
        (bench.world.taken_of(away), bench.world.taken_of(login)),
        (vec![], vec![Kind::Alert])
    );
}

#[tokio::test(start_paused = true)]
async fn those_that_wait_for_a_vendor_ring_no_more_often_than_the_cap_when_it_is_back() {
    let bench = Bench::with_caps(Does::Refuse(Fault::later("http_503", None)), CAPS);
    bench.open_many(20);
    pass(SECOND / 4).await;
    for _ in 0..10 {
        bench.open_for(NIK);
    }
    pass(SECOND / 4).await;
    bench.world.does(Does::Take);
    pass(40 * SECOND).await;
    assert_eq!((bench.world.taken().len(), bench.counted("cap")), (21, 9));
}

#[tokio::test(start_paused = true)]
async fn a_denial_is_remembered_though_the_book_can_t_be_read() {
    let bench = Bench::with_caps(Does::Take, Caps { most: 9, ..CAPS });
    let login = bench.open_for(NIK);
    pass(SECOND).await;
    bench.world.unreadable.store(true, Ordering::Relaxed);
    bench.deny(login);
    pass(SECOND).await;
    bench.world.unreadable.store(false, Ordering::Relaxed);
    let next = bench.open_for(NIK);
    pass(SECOND).await;
    assert_eq!((bench.world.taken_of(next), bench.counted("after_denial")), (vec![], 1));
}
